use super::*;

fn load(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load_from(None, environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn the_defaults_are_complete() {
    let config = load(&[]).expect("defaults fit the sections");
    assert_eq!(config.http.listen, "127.0.0.1:8080");
    assert_eq!(config.payments.query_schedule().unwrap(), [5, 30, 60, 180, 300, 600, 1800].map(|s| s * 1_000));
}

#[test]
fn the_environment_overrides_and_digits_stay_text() {
    let config =
        load(&[("TEJIAN__WECHAT__PAY__MCH_ID", "1981868759"), ("TEJIAN__DATABASE__MAX_CONNECTIONS", "3")]).unwrap();
    assert_eq!(config.wechat.pay.mch_id, "1981868759");
    assert_eq!(config.database.max_connections, 3);
}

#[test]
fn template_ids_are_given_by_any_name_the_product_may_know() {
    let config = load(&[("TEJIAN__WECHAT__TEMPLATES__MINI_CREDIT_DUE", "an-id")]).unwrap();
    assert_eq!(config.wechat.templates.subscription("credit_due"), "an-id");
    assert_eq!(config.wechat.templates.template("credit_due"), "");
    assert_eq!(config.wechat.templates.mini_ids(), ["an-id"]);
}

#[test]
fn unknown_and_wrong_keys_are_named() {
    let unknown = load(&[("TEJIAN__HTTP__LISSTEN", "x")]).unwrap_err().to_string();
    assert!(unknown.contains("http.lissten") && unknown.contains("TEJIAN__HTTP__LISSTEN"), "{unknown}");
    let wrong = load(&[("TEJIAN__LOGIN__FAILURES_MAX", "five")]).unwrap_err().to_string();
    assert!(wrong.contains("login.failures_max") && wrong.contains("整数"), "{wrong}");
}

#[test]
fn secrets_come_from_files_and_never_show() {
    let path = std::env::temp_dir().join(format!("tejian-secret-{}", crate::secret_hash::new_token()));
    std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
    let config = load(&[("TEJIAN__WECHAT__PAY__API_V3_KEY_FILE", path.to_str().unwrap())]).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(config.wechat.pay.api_v3_key.expose(), "0123456789abcdef0123456789abcdef");
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
}

#[test]
fn production_refuses_the_simulator_and_missing_keys() {
    let config = load(&[("TEJIAN__WECHAT__PAY_BASE", "http://127.0.0.1:9000")]).unwrap();
    let complaints = config.complaints().join("\n");
    assert!(
        complaints.contains("wechat.pay_base 不能指向本机")
            && complaints.contains("商户号")
            && complaints.contains("links.secret"),
        "{complaints}"
    );
}

#[test]
fn a_preset_lies_below_what_a_person_sets() {
    let preset = [("TEJIAN__SERVICE__ENVIRONMENT", "demo"), ("TEJIAN__HTTP__LISTEN", "127.0.0.1:1")];
    let environment = [("TEJIAN__HTTP__LISTEN".to_owned(), "127.0.0.1:2".to_owned())];
    let config: Config = layers::merge(DEFAULTS, &preset, None, environment).unwrap();
    assert_eq!(config.service.environment, Environment::Demo);
    assert_eq!(config.http.listen, "127.0.0.1:2");
}

#[test]
fn every_unknown_key_is_told_and_not_only_the_first() {
    let path = std::env::temp_dir().join(format!("tejian-config-{}", crate::secret_hash::new_token()));
    std::fs::write(&path, "[http]\nlissten = \"x\"\n[orderz]\na = 1\n[login]\nfailures_max = \"five\"\n").unwrap();
    let variables = [("TEJIAN__SMS__PROVIDR".to_owned(), "log".to_owned())];
    let error = Config::load_from(Some(&path), variables).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    let told: Vec<String> = error.each().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    for key in ["http.lissten", "orderz", "login.failures_max", "sms.providr"] {
        assert!(told.iter().any(|told| told.contains(key)), "{key} in {told:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_in_chinese_alone() {
    let path = std::env::temp_dir().join(format!("tejian-config-{}", crate::secret_hash::new_token()));
    std::fs::write(&path, "[http]\nlisten = 1.2.3\n").unwrap();
    let not_toml = Config::load_from(Some(&path), []).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(not_toml.contains("第 2 行"), "{not_toml}");
    let missing = Config::load_from(Some(&path), []).unwrap_err().to_string();
    assert!(missing.contains("文件不存在"), "{missing}");
    let variant = load(&[("TEJIAN__SERVICE__ENVIRONMENT", "prod")]).unwrap_err().to_string();
    assert!(variant.contains("service.environment") && variant.contains("production、demo、test"), "{variant}");
    let range = load(&[("TEJIAN__HTTP__REQUEST_TIMEOUT_MS", "-1")]).unwrap_err().to_string();
    assert!(range.contains("http.request_timeout_ms") && !range.contains("expected"), "{range}");
}

#[test]
fn values_that_cannot_work_are_named() {
    let good = load(&[("TEJIAN__SERVICE__ENVIRONMENT", "test")]).unwrap();
    assert_eq!(good.complaints(), [""; 0]);
    for (variable, value) in [
        ("HTTP__LISTEN", "8080"),
        ("HTTP__METRICS_LISTEN", "nowhere"),
        ("HTTP__REQUEST_TIMEOUT_MS", "0"),
        ("STAFF__PASSWORD_DAYS_MAX", "-1"),
        ("LOGIN__ENDED_SESSIONS_DAYS", "183"),
        ("LOGIN__ENDED_SESSIONS_DAYS", "3651"),
        ("SMS__PROVIDER", "aliyun"),
        ("SMS__PROVIDER", "http"),
        ("FISCAL__PROVIDER", "ftp"),
        ("FISCAL__PROVIDER", "http"),
        ("CHECKOUT__SECOND_CONFIRMATION", "native,cash"),
        ("ORDERS__EXPIRE_HOURS", "0"),
        ("PAYMENTS__ATTEMPT_MINUTES", "0"),
        ("PAYMENTS__QUERY_SCHEDULE_S", "5,0"),
        ("WECHAT__API_BASE", "api.weixin.qq.com"),
    ] {
        let key = variable.to_lowercase().replace("__", ".");
        let config =
            load(&[("TEJIAN__SERVICE__ENVIRONMENT", "test"), (&format!("TEJIAN__{variable}"), value)]).unwrap();
        let complaints = config.complaints();
        assert!(complaints.len() == 1 && complaints[0].contains(&key), "{variable}={value}: {complaints:?}");
    }
}

#[test]
fn a_second_value_stands_beside_the_first_and_is_as_long() {
    let names = |name: &str| (format!("TEJIAN__{name}"), format!("TEJIAN__{name}_OLD"));
    let with = |environment: &str, settings: &[(&str, &str)]| {
        let settings: Vec<(String, String)> = [("TEJIAN__SERVICE__ENVIRONMENT", environment)]
            .iter()
            .chain(settings)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Config::load_from(None, settings).unwrap().complaints()
    };
    for name in ["LINKS__SECRET", "INTEGRATION__SECRET", "WECHAT__MP__TOKEN", "WECHAT__MINI__TOKEN"] {
        let (name, old) = names(name);
        let (name, old) = (name.as_str(), old.as_str());
        let alone = with("test", &[(old, "before")]);
        assert!(alone.len() == 1 && alone[0].contains("不能单独填"), "{old}: {alone:?}");
        assert_eq!(with("test", &[(name, "now"), (old, "before")]), [""; 0], "{old}");
    }
    let (now, before) = ("n".repeat(43), "b".repeat(43));
    let (now, before) = (now.as_str(), before.as_str());
    for name in ["WECHAT__MP__ENCODING_AES_KEY", "WECHAT__MINI__ENCODING_AES_KEY"] {
        let (name, old) = names(name);
        let (name, old) = (name.as_str(), old.as_str());
        assert_eq!(with("test", &[(name, now), (old, before)]), [""; 0], "{old}");
        let short = with("test", &[(name, now), (old, "short")]);
        assert!(short.len() == 1 && short[0].contains("43 个字符"), "{old}: {short:?}");
        let alone = with("test", &[(old, before)]);
        assert!(alone.len() == 1 && alone[0].contains("不能单独填"), "{old}: {alone:?}");
    }
    let long = "0123456789abcdef0123456789abcdef";
    for name in ["LINKS__SECRET", "INTEGRATION__SECRET"] {
        let (name, old) = names(name);
        let (name, old) = (name.as_str(), old.as_str());
        let key = old.trim_start_matches("TEJIAN__").to_lowercase().replace("__", ".");
        let is_told = |complaints: Vec<String>| complaints.iter().any(|told| told.contains(&key));
        assert!(is_told(with("production", &[(name, long), (old, "short")])), "{key}");
        assert!(!is_told(with("production", &[(name, long), (old, long)])), "{key}");
    }
}

#[test]
fn production_wants_real_messages_and_the_secrets_of_the_service_account() {
    let config =
        load(&[("TEJIAN__WECHAT__PAY_BASE", "http://0.0.0.0:9000"), ("TEJIAN__WECHAT__API_BASE", "http://a.example")]);
    let complaints = config.unwrap().complaints().join("\n");
    for wanted in [
        "sms.provider",
        "wechat.mp.app_secret",
        "wechat.mp.token",
        "wechat.mp.encoding_aes_key",
        "wechat.pay_base 不能指向本机",
        "wechat.api_base 必须是 https",
    ] {
        assert!(complaints.contains(wanted), "{wanted} in {complaints}");
    }
}
