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
        complaints.contains("模拟器") && complaints.contains("商户号") && complaints.contains("links.secret"),
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
