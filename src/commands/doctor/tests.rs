use foundation::config::Secret;

use super::report::Report;
use super::{Arguments, examine};
use crate::{accounts, testing};

fn offline() -> Arguments {
    Arguments { defaults: false, offline: true, live: false, merchant_certificate: None }
}

#[tokio::test]
async fn sound_settings_are_called_healthy() {
    let mut report = Report::default();
    examine(&testing::config(), &offline(), &mut report).await;
    assert!(report.is_healthy(), "{report}");
}

#[tokio::test]
async fn a_wrong_key_is_named_in_the_words_of_the_merchant_platform() {
    let mut config = testing::config();
    config.wechat.pay.merchant_serial = "123".to_owned();
    let mut report = Report::default();
    examine(&config, &offline(), &mut report).await;
    assert!(!report.is_healthy());
    let text = report.to_string();
    assert!(text.contains("商户证书序列号") && text.contains("发现 1 个问题"), "{text}");
}

#[tokio::test]
async fn keys_of_another_suite_than_agreed_are_named() {
    let national = simulator::Identities::fixed_shangmi();
    let mut all = testing::config();
    all.wechat.pay.suite = "shangmi".to_owned();
    let mut public_key = testing::config();
    public_key.wechat.pay.public_key = national.public_key_pem.clone();
    let mut certificate = testing::config();
    certificate.wechat.pay.platform_certificates = national.platform_certificates[0].certificate_pem.clone();
    let mut own_key = all.clone();
    own_key.wechat.pay.merchant_private_key = Secret::new(&national.merchant_private_key_pem);
    let cases = [(all, "商户私钥"), (public_key, "微信支付公钥"), (certificate, "平台证书"), (own_key, "微信支付公钥")];
    for (config, named) in cases {
        let mut report = Report::default();
        examine(&config, &offline(), &mut report).await;
        let text = report.to_string();
        let line = text.lines().find(|line| line.contains("wechat.pay.suite")).unwrap_or_else(|| panic!("{text}"));
        assert!(line.contains("[问题]") && line.contains(named), "{text}");
        assert!(text.contains("办法") && text.contains("国密"), "{text}");
    }
}

#[tokio::test]
async fn a_second_apiv3_key_is_checked_and_remembered() {
    let mut config = testing::config();
    config.wechat.pay.api_v3_key_old = Secret::new("another APIv3 key of 32 letters.");
    let mut report = Report::default();
    examine(&config, &offline(), &mut report).await;
    assert!(report.is_healthy() && report.to_string().contains("api_v3_key_old"), "{report}");
    config.wechat.pay.api_v3_key_old = Secret::new("short");
    let mut report = Report::default();
    examine(&config, &offline(), &mut report).await;
    assert!(!report.is_healthy() && report.to_string().contains("api_v3_key_old"), "{report}");
}

#[tokio::test]
async fn every_second_value_that_still_stands_is_told_by_its_name() {
    let mut config = testing::config();
    let told = async |config: &foundation::config::Config| {
        let mut report = Report::default();
        examine(config, &offline(), &mut report).await;
        (report.is_healthy(), report.to_string())
    };
    let (_, text) = told(&config).await;
    assert!(!text.contains("_old"), "{text}");
    config.links.secret = Secret::new("the links of today are signed with this");
    config.links.secret_old = Secret::new("the links of yesterday were signed so");
    config.integration.secret = Secret::new("the core system and we know this one");
    config.integration.secret_old = Secret::new("the core system and we knew this one");
    config.wechat.mp.token_old = Secret::new("before");
    config.wechat.mp.encoding_aes_key_old = config.wechat.mini.encoding_aes_key.clone();
    config.wechat.mini.token_old = Secret::new("before");
    config.wechat.mini.encoding_aes_key_old = config.wechat.mp.encoding_aes_key.clone();
    let (healthy, text) = told(&config).await;
    assert!(healthy, "{text}");
    let changing = config.changing();
    assert!(changing.iter().all(|changing| !changing.old.is_empty()), "every one of them is tried here");
    for changing in changing {
        let line = text.lines().find(|line| line.contains(&format!("{}_old", changing.key)));
        let line = line.unwrap_or_else(|| panic!("{} in {text}", changing.key));
        assert!(line.contains("[提示]") && line.contains("去掉"), "{line}");
        assert!(!text.contains(changing.old.expose()), "{text}");
    }

    config.links.secret_old = config.links.secret.clone();
    config.integration.secret = Secret::default();
    let (healthy, text) = told(&config).await;
    assert!(!healthy && text.contains("links.secret_old 与 links.secret 相同"), "{text}");
    let alone = text.lines().find(|line| line.contains("integration.secret_old") && line.contains("[问题]"));
    assert!(alone.is_some_and(|line| line.contains("不能单独填")), "{text}");
}

#[tokio::test]
async fn a_merchants_certificate_of_another_serial_is_told_and_keeps_the_process_from_starting() {
    let identities = simulator::Identities::fixed();
    let mut config = testing::config();
    config.wechat.pay.merchant_certificate.clone_from(&identities.merchant_certificate_pem);
    let mut report = Report::default();
    examine(&config, &offline(), &mut report).await;
    assert!(report.to_string().contains("商户私钥与证书是一对"), "{report}");

    config.wechat.pay.merchant_certificate.clone_from(&identities.platform_certificates[0].certificate_pem);
    let mut report = Report::default();
    examine(&config, &offline(), &mut report).await;
    assert!(!report.is_healthy() && report.to_string().contains("wechat.pay.merchant_certificate"), "{report}");
    let refused = crate::app::merchant_certificate(&config).unwrap_err();
    assert!(refused.to_string().contains("不是同一份"), "{refused}");
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_without_failing_the_rest() {
    let mut report = Report::default();
    let arguments = Arguments { offline: false, ..offline() };
    examine(&testing::config(), &arguments, &mut report).await;
    let text = report.to_string();
    assert!(text.contains("连接不上微信支付") && text.contains("数据库 SQLite 可以连接"), "{text}");
}

#[tokio::test]
async fn looking_makes_no_database_and_no_directory() {
    let directory = std::env::temp_dir().join(foundation::ids::new_id_text("doctor"));
    let mut config = testing::config();
    let database = directory.join("tejian.db");
    config.database.url = Secret::new(format!("sqlite://{}?mode=rwc", database.display()));
    config.files.directory = directory.join("files").display().to_string();
    let mut report = Report::default();
    examine(&config, &Arguments { offline: false, ..offline() }, &mut report).await;
    assert!(!directory.exists(), "{report}");
    assert!(report.to_string().contains("首次启动时建立"), "{report}");
}

#[tokio::test]
async fn an_address_that_nobody_answers_is_told_once_and_in_chinese() {
    let mut config = testing::config();
    config.wechat.pay.download_certificates = true;
    let mut report = Report::default();
    examine(&config, &Arguments { offline: false, ..offline() }, &mut report).await;
    let text = report.to_string();
    for english in ["refused", "error", "builder", "reached"] {
        assert!(!text.to_lowercase().contains(english), "{english} in {text}");
    }
    assert!(text.contains("对方拒绝连接") && !text.contains("config/default.toml"), "{text}");
}

#[tokio::test]
async fn keys_that_do_not_open_what_rests_in_the_database_are_told() {
    let directory = std::env::temp_dir().join(foundation::ids::new_id_text("doctor"));
    let mut config = testing::config();
    config.database.url = Secret::new(format!("sqlite://{}/tejian.db?mode=rwc", directory.display()));
    let (app, _clock) = testing::app_with(config.clone()).await;
    let transaction = app.database.begin_write().await.unwrap();
    accounts::ensure_person(&*transaction, "13900000001", "测试一号", app.now_ms()).await.unwrap();
    transaction.commit().await.unwrap();
    let told = async |config: &foundation::config::Config| {
        let mut report = Report::default();
        examine(config, &Arguments { offline: false, ..offline() }, &mut report).await;
        report.to_string()
    };
    let fitting = told(&config).await;
    assert!(fitting.contains("密钥打得开数据库里加密的内容"), "{fitting}");
    config.secrets.keys = Secret::new("lost:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    let missing = told(&config).await;
    std::fs::remove_dir_all(&directory).ok();
    assert!(missing.contains("加密的内容，secrets.keys 里没有它"), "{missing}");
    assert!(!missing.contains("密钥打得开"), "{missing}");
}

#[tokio::test]
async fn a_node_that_takes_everybody_for_its_proxy_is_told_of() {
    let mut config = testing::config();
    config.service.public_base_url = "https://pay.example.com".to_owned();
    let told = async |config: &foundation::config::Config| {
        let mut report = Report::default();
        examine(config, &offline(), &mut report).await;
        (report.is_healthy(), report.to_string())
    };
    let (healthy, text) = told(&config).await;
    assert!(!healthy && text.contains("http.trust_forwarded_for = true"), "{text}");
    config.http.trust_forwarded_for = true;
    let (healthy, text) = told(&config).await;
    assert!(healthy, "{text}");
}
