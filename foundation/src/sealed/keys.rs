//! The keys of personal fields. They belong to the process, because the conversion of a column has nobody to ask.

use std::sync::{Arc, RwLock};

use anyhow::{Context, ensure};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::MARK;
use crate::config::{Config, Environment};
use crate::vault::Vault;

const KEY_BYTES: usize = 32;
/// 128 bits tell all phones of the world apart.
const INDEX_BYTES: usize = 16;

static KEYS: RwLock<Option<Arc<FieldKeys>>> = RwLock::new(None);

/// What seals fields, and what finds them again.
pub struct FieldKeys {
    vault: Vault,
    index: hmac::Key,
}

impl FieldKeys {
    /// `secrets.keys` and `secrets.index_key`. Outside production what is missing is always the same made-up key: a
    /// demonstration survives its restart, and protects nobody.
    ///
    /// # Errors
    /// When a key is malformed, or missing in production.
    pub fn of_config(config: &Config) -> anyhow::Result<Self> {
        let production = config.service.environment == Environment::Production;
        let made_up = |what: &str| Sha256::digest(format!("tejian, {what} outside production").as_bytes());
        let vault = if !config.secrets.keys.is_empty() {
            Vault::parse(config.secrets.keys.expose())?
        } else {
            ensure!(!production, "生产环境必须设置 secrets.keys");
            Vault::of_key("demo", &made_up("personal fields"))?
        };
        let index = if config.secrets.index_key.is_empty() {
            ensure!(!production, "生产环境必须设置 secrets.index_key");
            made_up("index of personal fields").to_vec()
        } else {
            let bytes = STANDARD.decode(config.secrets.index_key.expose().trim()).ok();
            bytes.filter(|bytes| bytes.len() == KEY_BYTES).context("secrets.index_key 应为 32 字节的 Base64")?
        };
        Ok(Self { vault, index: hmac::Key::new(hmac::HMAC_SHA256, &index) })
    }

    /// What seals and opens.
    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Name of the key that seals now.
    pub fn newest(&self) -> &str {
        self.vault.newest()
    }

    /// What tells its keys apart, the one that seals now first; none is given away ([`Vault::marks`]).
    pub fn marks(&self) -> Vec<String> {
        self.vault.marks()
    }

    /// `~` and 22 characters.
    pub(super) fn index_of(&self, text: &str) -> String {
        let tag = hmac::sign(&self.index, text.as_bytes());
        format!("{MARK}{}", URL_SAFE_NO_PAD.encode(&tag.as_ref()[..INDEX_BYTES]))
    }
}

/// Makes these the keys of the process. Keys that were known before go on opening what they sealed.
pub fn install(mut new: FieldKeys) {
    let mut keys = KEYS.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(before) = keys.as_ref() {
        new.vault = new.vault.and_opening(&before.vault);
    }
    *keys = Some(Arc::new(new));
}

/// The keys of the process.
///
/// # Panics
/// When nobody installed them: a process that would write people's data in the clear must not go on.
pub fn keys() -> Arc<FieldKeys> {
    let keys = KEYS.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    keys.clone().expect("the keys of personal fields are installed before the database is used")
}
