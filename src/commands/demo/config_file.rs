//! The demonstration's configuration as a file, so that the other commands can be tried beside it:
//! `tejian --config var/demo/tejian.toml import fees FILE`.

use std::path::Path;

use anyhow::Context;
use foundation::config::Config;
use toml::{Table, Value};

const EXPLANATION: &str = "# 由 tejian demo 写入，供其他命令使用，例如：\n\
                           #   tejian --config var/demo/tejian.toml import fees 文件.csv\n\
                           #   tejian --config var/demo/tejian.toml doctor\n\
                           # 其中的密钥只对内置模拟器有效。\n\n";

/// Sections that say where everything outside is.
const OUTSIDE: [&str; 3] = ["wechat", "fiscal", "sms"];

/// Writes what the demonstration set, readable by its owner alone.
pub fn write(config: &Config, path: &Path) -> anyhow::Result<()> {
    let mut whole = Table::new();
    for (key, value) in settings(config) {
        set(&mut whole, &key, value);
    }
    save(EXPLANATION, &whole, path)
}

/// What stands for an installation whose own settings are `whole`, and whose WeChat, fiscal system and SMS provider are
/// those of `config`.
pub(super) fn with_outside_of(config: &Config, mut whole: Table) -> Table {
    for section in OUTSIDE {
        whole.remove(section);
    }
    for (key, value) in settings(config) {
        let is_outside = key.split_once('.').is_some_and(|(section, _)| OUTSIDE.contains(&section));
        if is_outside || key == "service.public_base_url" {
            set(&mut whole, &key, value);
        }
    }
    whole
}

/// Writes settings, readable by their owner alone.
pub(super) fn save(explanation: &str, whole: &Table, path: &Path) -> anyhow::Result<()> {
    let text = format!("{explanation}{}", toml::to_string_pretty(whole)?);
    write_private(path, &text).with_context(|| format!("无法写 {}", path.display()))
}

fn settings(config: &Config) -> Vec<(String, Value)> {
    let wechat = &config.wechat;
    let texts = [
        ("service.environment", "demo"),
        ("service.public_base_url", &config.service.public_base_url),
        ("service.log_level", "warn"),
        ("database.url", config.database.url.expose()),
        ("files.directory", &config.files.directory),
        ("integration.client_id", &config.integration.client_id),
        ("integration.secret", config.integration.secret.expose()),
        ("wechat.api_base", &wechat.api_base),
        ("wechat.pay_base", &wechat.pay_base),
        ("wechat.open_base", &wechat.open_base),
        ("wechat.pay.mch_id", &wechat.pay.mch_id),
        ("wechat.pay.suite", &wechat.pay.suite),
        ("wechat.pay.merchant_serial", &wechat.pay.merchant_serial),
        ("wechat.pay.merchant_private_key", wechat.pay.merchant_private_key.expose()),
        ("wechat.pay.api_v3_key", wechat.pay.api_v3_key.expose()),
        ("wechat.pay.public_key_id", &wechat.pay.public_key_id),
        ("wechat.pay.public_key", &wechat.pay.public_key),
        ("wechat.mp.app_id", &wechat.mp.app_id),
        ("wechat.mp.app_secret", wechat.mp.app_secret.expose()),
        ("wechat.mp.original_id", &wechat.mp.original_id),
        ("wechat.mp.token", wechat.mp.token.expose()),
        ("wechat.mp.encoding_aes_key", wechat.mp.encoding_aes_key.expose()),
        ("wechat.mini.app_id", &wechat.mini.app_id),
        ("wechat.mini.app_secret", wechat.mini.app_secret.expose()),
        ("wechat.mini.token", wechat.mini.token.expose()),
        ("wechat.mini.encoding_aes_key", wechat.mini.encoding_aes_key.expose()),
        ("fiscal.provider", &config.fiscal.provider),
        ("fiscal.url", &config.fiscal.url),
        ("fiscal.secret", config.fiscal.secret.expose()),
        ("mail.provider", &config.mail.provider),
        ("mail.host", &config.mail.host),
        ("mail.security", &config.mail.security),
        ("mail.from", &config.mail.from),
        ("sms.provider", &config.sms.provider),
        ("sms.url", &config.sms.url),
        ("sms.secret", config.sms.secret.expose()),
    ];
    let texts = texts.into_iter().map(|(key, text)| (key.to_owned(), Value::String(text.to_owned())));
    let templates =
        wechat.templates.iter().map(|(key, id)| (format!("wechat.templates.{key}"), Value::String(id.to_owned())));
    texts
        .chain(templates)
        .chain([
            ("mail.port".to_owned(), Value::Integer(i64::from(config.mail.port))),
            ("service.log_json".to_owned(), Value::Boolean(false)),
            ("wechat.pay.download_certificates".to_owned(), Value::Boolean(wechat.pay.download_certificates)),
        ])
        .collect()
}

pub(super) fn set(whole: &mut Table, key: &str, value: Value) {
    let Some((section, rest)) = key.split_once('.') else {
        whole.insert(key.to_owned(), value);
        return;
    };
    let inner = whole.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(inner) = inner {
        set(inner, rest, value);
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_written_is_read_back_as_the_same_settings() {
        let mut config = testing::config();
        config.service.environment = foundation::config::Environment::Demo;
        let directory = std::env::temp_dir().join(foundation::ids::new_id_text("tejian-test"));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("tejian.toml");
        write(&config, &path).unwrap();
        let read = Config::load_from(Some(&path), []).unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
        assert_eq!(read.wechat.pay.merchant_private_key.expose(), config.wechat.pay.merchant_private_key.expose());
        assert_eq!(read.wechat.mp.encoding_aes_key.expose(), config.wechat.mp.encoding_aes_key.expose());
        assert_eq!(read.database.url.expose(), config.database.url.expose());
        assert!(read.complaints().is_empty(), "{:?}", read.complaints());
    }
}
