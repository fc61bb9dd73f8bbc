//! What is wrong with keys and secrets: those of WeChat, those that change without a stop, and those that seal.

use super::demands::Demands;
use super::{Changing, Config};

/// Complains of every key that cannot be what it is meant to be.
pub(super) fn check(config: &Config, demands: &mut Demands) {
    demands.demand(
        ["international", "shangmi"].contains(&config.wechat.pay.suite.as_str()),
        "wechat.pay.suite 应为 international 或 shangmi",
    );
    demands.demand(
        config.wechat.pay.api_v3_key_old.is_empty() || config.wechat.pay.api_v3_key_old.len() == 32,
        "wechat.pay.api_v3_key_old 应为 32 个字符，没有就留空",
    );
    demands.demand(
        config.wechat.pay.public_key_id.is_empty() || config.wechat.pay.public_key_id.starts_with("PUB_KEY_ID_"),
        "wechat.pay.public_key_id 应以 PUB_KEY_ID_ 开头",
    );
    demands.demand(
        config.wechat.mp.encoding_aes_key.is_empty() || config.wechat.mp.encoding_aes_key.len() == 43,
        "wechat.mp.encoding_aes_key 应为 43 个字符",
    );
    for (key, old) in [
        ("wechat.mp.encoding_aes_key_old", &config.wechat.mp.encoding_aes_key_old),
        ("wechat.mini.encoding_aes_key_old", &config.wechat.mini.encoding_aes_key_old),
    ] {
        demands.demand(old.is_empty() || old.len() == 43, format!("{key} 应为 43 个字符，没有就留空"));
    }
    // Alone it would be the key itself, which nobody meant it to be.
    for Changing { key, value, old } in config.changing() {
        demands.demand(
            old.is_empty() || !value.is_empty(),
            format!("{key}_old 只在更换期间与 {key} 一起填写，不能单独填"),
        );
    }
    if !config.secrets.keys.is_empty()
        && let Err(error) = crate::vault::Vault::parse(config.secrets.keys.expose())
    {
        demands.add(error.to_string());
    }
    if let Err(error) = crate::sealed::FieldKeys::of_config(config) {
        demands.add(error.to_string());
    }
}
