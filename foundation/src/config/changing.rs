//! Secrets that change while nodes run: for a time a second value is accepted beside the one that is used.

use super::{Config, Secret};

/// A secret that may have a second value, which is set under its name with `_old`.
#[derive(Debug, Clone, Copy)]
pub struct Changing<'a> {
    /// Name of the setting, without `_old`.
    pub key: &'static str,
    /// What is used and accepted.
    pub value: &'a Secret,
    /// What is accepted beside it; empty when nothing is being changed.
    pub old: &'a Secret,
}

impl Config {
    /// The secrets that others sign or seal with, and that of links. The APIv3 key is judged with the others of WeChat Pay.
    pub fn changing(&self) -> [Changing<'_>; 6] {
        let (links, integration) = (&self.links, &self.integration);
        let (mp, mini) = (&self.wechat.mp, &self.wechat.mini);
        [
            ("links.secret", &links.secret, &links.secret_old),
            ("integration.secret", &integration.secret, &integration.secret_old),
            ("wechat.mp.token", &mp.token, &mp.token_old),
            ("wechat.mp.encoding_aes_key", &mp.encoding_aes_key, &mp.encoding_aes_key_old),
            ("wechat.mini.token", &mini.token, &mini.token_old),
            ("wechat.mini.encoding_aes_key", &mini.encoding_aes_key, &mini.encoding_aes_key_old),
        ]
        .map(|(key, value, old)| Changing { key, value, old })
    }
}
