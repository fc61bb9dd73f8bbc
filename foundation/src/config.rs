//! Configuration: commented defaults compiled in → a file → environment variables. The defaults name every key, so an
//! unknown key is refused by name, and the type of the default decides how an environment text is read (a merchant
//! number made of digits stays a text).

mod changing;
mod layers;
mod sections;
mod values;

use std::path::Path;

pub use changing::Changing;
pub use layers::ConfigError;
pub use sections::*;

/// The commented defaults; `tejian doctor --defaults` prints them.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The least that `login.ended_sessions_days` may be. The law wants records of who used the network kept for six months
/// (网络安全法), which are 184 days at most.
pub const ENDED_SESSIONS_DAYS_MIN: i64 = 184;

impl Config {
    /// Defaults, then `file`, then the environment (`TEJIAN__SECTION__KEY`), then secrets named by `*_file`.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_from(file, std::env::vars())
    }

    /// As [`Config::load`], over other defaults: `preset` (as environment variables would say it) lies below the file, so
    /// that what a person sets still wins.
    pub fn load_over(preset: &[(&str, &str)], file: Option<&Path>) -> Result<Self, ConfigError> {
        layers::merge(DEFAULTS, preset, file, std::env::vars())
    }

    /// As [`Config::load`] with a given environment.
    pub fn load_from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        layers::merge(DEFAULTS, &[], file, environment)
    }

    /// What is wrong, in plain words; empty when all is well. Production is stricter than demo and test.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = values::complaints(self);
        let mut demand = |fine: bool, complaint: &str| {
            if !fine {
                complaints.push(complaint.to_owned());
            }
        };
        let production = self.service.environment == Environment::Production;
        demand(!self.service.public_base_url.ends_with('/'), "service.public_base_url 末尾不要加斜杠");
        demand(
            self.transfer.remind_days < self.transfer.code_valid_days
                && self.transfer.code_valid_days <= self.transfer.valid_days,
            "应有 transfer.remind_days < transfer.code_valid_days <= transfer.valid_days",
        );
        demand(
            (1..=3_650).contains(&self.messages.conversation_days),
            "messages.conversation_days 应在 1 与 3650 之间",
        );
        demand(
            self.archive.after_months == 0 || (6..=1_200).contains(&self.archive.after_months),
            "archive.after_months 应为 0（不归档）或在 6 与 1200 之间",
        );
        demand((80..=100).contains(&self.bank.automatic_score), "bank.automatic_score 应在 80 与 100 之间");
        if production {
            demand(
                self.service.public_base_url.starts_with("https://"),
                "生产环境 service.public_base_url 必须是 https 地址",
            );
            demand(self.links.secret.len() >= 32, "生产环境必须设置 links.secret（至少 32 个字符）");
            demand(
                !self.secrets.keys.is_empty(),
                "生产环境必须设置 secrets.keys（如 a1:后接 openssl rand -base64 32 的输出），用于加密验证器和通知密钥",
            );
            demand(
                !self.secrets.index_key.is_empty(),
                "生产环境必须设置 secrets.index_key（openssl rand -base64 32 的输出），用于按手机号查找加密的个人信息",
            );
            demand(
                self.integration.secret.is_empty() || self.integration.secret.len() >= 32,
                "integration.secret 至少 32 个字符",
            );
            for (key, old) in
                [("links.secret_old", &self.links.secret_old), ("integration.secret_old", &self.integration.secret_old)]
            {
                demand(old.is_empty() || old.len() >= 32, &format!("{key} 至少 32 个字符，没有就留空"));
            }
            let pay = &self.wechat.pay;
            demand(!pay.mch_id.is_empty(), "缺少 wechat.pay.mch_id（商户号）");
            demand(!pay.merchant_private_key.is_empty(), "缺少 wechat.pay.merchant_private_key（商户 API 私钥）");
            demand(pay.api_v3_key.len() == 32, "wechat.pay.api_v3_key 应为 32 个字符（未设置时微信不会发送回调）");
            demand(
                !pay.public_key_id.is_empty() || !pay.platform_certificates.is_empty() || pay.download_certificates,
                "缺少验签密钥：请设置 wechat.pay.public_key_id 与 public_key，或平台证书",
            );
        }
        demand(
            ["international", "shangmi"].contains(&self.wechat.pay.suite.as_str()),
            "wechat.pay.suite 应为 international 或 shangmi",
        );
        demand(
            self.wechat.pay.api_v3_key_old.is_empty() || self.wechat.pay.api_v3_key_old.len() == 32,
            "wechat.pay.api_v3_key_old 应为 32 个字符，没有就留空",
        );
        demand(
            self.wechat.pay.public_key_id.is_empty() || self.wechat.pay.public_key_id.starts_with("PUB_KEY_ID_"),
            "wechat.pay.public_key_id 应以 PUB_KEY_ID_ 开头",
        );
        demand(
            self.wechat.mp.encoding_aes_key.is_empty() || self.wechat.mp.encoding_aes_key.len() == 43,
            "wechat.mp.encoding_aes_key 应为 43 个字符",
        );
        for (key, old) in [
            ("wechat.mp.encoding_aes_key_old", &self.wechat.mp.encoding_aes_key_old),
            ("wechat.mini.encoding_aes_key_old", &self.wechat.mini.encoding_aes_key_old),
        ] {
            demand(old.is_empty() || old.len() == 43, &format!("{key} 应为 43 个字符，没有就留空"));
        }
        // Alone it would be the key itself, which nobody meant it to be.
        for Changing { key, value, old } in self.changing() {
            demand(
                old.is_empty() || !value.is_empty(),
                &format!("{key}_old 只在更换期间与 {key} 一起填写，不能单独填"),
            );
        }
        if !self.secrets.keys.is_empty()
            && let Err(error) = crate::vault::Vault::parse(self.secrets.keys.expose())
        {
            complaints.push(error.to_string());
        }
        if let Err(error) = crate::sealed::FieldKeys::of_config(self) {
            let text = error.to_string();
            if !complaints.contains(&text) {
                complaints.push(text);
            }
        }
        complaints.extend(values::complaints_of_production(self));
        complaints
    }
}

#[cfg(test)]
mod tests;
