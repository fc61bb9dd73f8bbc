use super::report::Report;
use super::{Arguments, examine};
use crate::testing;

fn offline() -> Arguments {
    Arguments { defaults: false, offline: true, merchant_certificate: None }
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
async fn what_cannot_be_reached_is_told_without_failing_the_rest() {
    let mut report = Report::default();
    let arguments = Arguments { offline: false, ..offline() };
    examine(&testing::config(), &arguments, &mut report).await;
    let text = report.to_string();
    assert!(text.contains("连接不上微信支付") && text.contains("数据库 SQLite 可以连接"), "{text}");
}
