//! Secrets that must be read again later (second factors, keys of webhooks), encrypted where they rest: AES-256-GCM with a
//! key of the configuration, whose name stands in the stored text, so that keys can be changed while the old one is kept
//! for reading. What a secret belongs to is authenticated with it: a text moved to another row does not open.

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore;
use sha2::{Digest, Sha256};

use crate::config::{Config, Environment};

/// How a sealed text begins; nothing else that is stored does.
const MARK: &str = "sealed:";
const KEY_BYTES: usize = 32;
/// Put in front of a key before it is hashed: the hash is good for nothing else.
const FINGERPRINT_OF: &[u8] = b"tejian: fingerprint of a key\n";
/// Enough to tell keys apart; of a random key nothing is learned from it.
const FINGERPRINT_BYTES: usize = 8;

/// A text that was sealed under a key which this process was not given: of another node that has it already, or of one
/// whose key was taken out of the configuration too soon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secrets.keys 里没有名为 {name} 的密钥")]
pub struct UnknownKey {
    /// Name of the key.
    pub name: String,
}

/// A key, its name, and what tells it apart from another key of the same name.
#[derive(Clone)]
struct NamedKey {
    name: String,
    fingerprint: String,
    key: Arc<LessSafeKey>,
}

impl NamedKey {
    fn of(name: &str, bytes: &[u8]) -> anyhow::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| anyhow::anyhow!("a key needs 32 bytes"))?;
        let digest = Sha256::new().chain_update(FINGERPRINT_OF).chain_update(bytes).finalize();
        Ok(Self {
            name: name.to_owned(),
            fingerprint: hex::encode(&digest[..FINGERPRINT_BYTES]),
            key: Arc::new(LessSafeKey::new(key)),
        })
    }
}

/// Seals and opens secrets. The first key seals, every key opens.
#[derive(Clone)]
pub struct Vault {
    keys: Vec<NamedKey>,
}

impl Vault {
    /// The keys of `secrets.keys`: `name:base64 of 32 bytes`, separated by commas, the newest first. Outside production a
    /// missing key is derived from the address of the database, so that a demonstration survives its restart.
    ///
    /// # Errors
    /// When a key is malformed or named twice, or there is none in production.
    pub fn of_config(config: &Config) -> anyhow::Result<Self> {
        if !config.secrets.keys.is_empty() {
            return Self::parse(config.secrets.keys.expose());
        }
        if config.service.environment == Environment::Production {
            bail!("生产环境必须设置 secrets.keys");
        }
        let derived = Sha256::digest(format!("tejian vault of {}", config.database.url.expose()).as_bytes());
        Self::of_key("derived", &derived)
    }

    /// One key of that name.
    ///
    /// # Errors
    /// When it has not 32 bytes.
    pub fn of_key(name: &str, bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self { keys: vec![NamedKey::of(name, bytes)?] })
    }

    /// The same, opening also what the keys of `older` sealed.
    #[must_use]
    pub fn and_opening(mut self, older: &Self) -> Self {
        for key in &older.keys {
            if !self.keys.iter().any(|known| known.name == key.name) {
                self.keys.push(key.clone());
            }
        }
        self
    }

    /// Name of the key that seals now.
    pub fn newest(&self) -> &str {
        &self.keys[0].name
    }

    /// The mark of each key, the one that seals now first: `name:fingerprint`. It gives no key away, and two keys of one
    /// name have two marks.
    pub fn marks(&self) -> Vec<String> {
        self.keys.iter().map(|key| format!("{}:{}", key.name, key.fingerprint)).collect()
    }

    /// Keys as written in the configuration.
    ///
    /// # Errors
    /// When a key is malformed or named twice, or there is none.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut keys: Vec<NamedKey> = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, key) = entry.split_once(':').context("secrets.keys 的每一项应为 名称:Base64 密钥")?;
            let name_fits = (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            ensure!(name_fits, "secrets.keys 的密钥名称应为 1–32 个字母或数字");
            let twice = keys.iter().any(|known| known.name.eq_ignore_ascii_case(name));
            ensure!(!twice, "secrets.keys 中 {name} 出现了两次");
            let bytes = STANDARD.decode(key).ok().filter(|bytes| bytes.len() == KEY_BYTES);
            let bytes = bytes.with_context(|| format!("secrets.keys 中 {name} 应为 32 字节的 Base64"))?;
            keys.push(NamedKey::of(name, &bytes)?);
        }
        ensure!(!keys.is_empty(), "secrets.keys 里没有密钥");
        Ok(Self { keys })
    }

    /// Seals a secret of `owner` (such as `staff:stf_…`).
    pub fn seal(&self, owner: &str, secret: &str) -> String {
        let NamedKey { name, key, .. } = &self.keys[0];
        let mut nonce = [0u8; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let mut sealed = secret.as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner.as_bytes()), &mut sealed)
            .expect("a short text can be sealed");
        format!("{MARK}{name}:{}", STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed for `owner`. A text from the time before secrets were sealed is given back as it is.
    ///
    /// # Errors
    /// [`UnknownKey`] when its key is not (any more) in the configuration; another when the text was changed or belongs to
    /// somebody else.
    pub fn open(&self, owner: &str, stored: &str) -> anyhow::Result<String> {
        let Some(rest) = stored.strip_prefix(MARK) else { return Ok(stored.to_owned()) };
        let (name, text) = rest.split_once(':').context("a sealed text without the name of its key")?;
        let Some(NamedKey { key, .. }) = self.keys.iter().find(|known| known.name == name) else {
            // Whoever watches is told: people wait until the key is there.
            metrics::counter!("tejian_unknown_keys_total").increment(1);
            return Err(UnknownKey { name: name.to_owned() }.into());
        };
        let mut bytes = STANDARD.decode(text).context("a sealed text that is no base64")?;
        ensure!(bytes.len() > NONCE_LEN, "a sealed text that is too short");
        let mut sealed = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| anyhow::anyhow!("a nonce that is none"))?;
        let opened = key
            .open_in_place(nonce, Aad::from(owner.as_bytes()), &mut sealed)
            .map_err(|_| anyhow::anyhow!("a sealed text that was changed or belongs to somebody else"))?;
        Ok(String::from_utf8(opened.to_vec())?)
    }

    /// Whether a stored text is in the clear, as a release wrote it that did not seal yet.
    pub fn is_clear(stored: &str) -> bool {
        !stored.starts_with(MARK)
    }

    /// Whether a stored text should be sealed (again): it is in the clear, or under an older key.
    pub fn is_stale(&self, stored: &str) -> bool {
        let current = format!("{MARK}{}:", self.newest());
        !stored.starts_with(&current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fill: u8) -> String {
        STANDARD.encode([fill; KEY_BYTES])
    }

    #[test]
    fn what_was_sealed_opens_for_its_owner_alone_and_unchanged() {
        let vault = Vault::parse(&format!("a:{}", key(1))).unwrap();
        let sealed = vault.seal("staff:1", "JBSWY3DPEHPK3PXP");
        assert!(!sealed.contains("JBSWY3DPEHPK3PXP"));
        assert_ne!(sealed, vault.seal("staff:1", "JBSWY3DPEHPK3PXP"), "every sealing has its own nonce");
        assert_eq!(vault.open("staff:1", &sealed).unwrap(), "JBSWY3DPEHPK3PXP");
        assert!(vault.open("staff:2", &sealed).is_err());
        let last = if sealed.ends_with('A') { 'B' } else { 'A' };
        let changed = format!("{}{last}", &sealed[..sealed.len() - 1]);
        assert!(vault.open("staff:1", &changed).is_err());
    }

    #[test]
    fn an_old_key_still_opens_and_a_missing_one_does_not() {
        let sealed = Vault::parse(&format!("a:{}", key(1))).unwrap().seal("x", "secret");
        let both = Vault::parse(&format!("b:{}, a:{}", key(2), key(1))).unwrap();
        assert_eq!(both.open("x", &sealed).unwrap(), "secret");
        assert!(both.is_stale(&sealed) && both.is_stale("secret") && !both.is_stale(&both.seal("x", "secret")));
        let only_new = Vault::parse(&format!("b:{}", key(2))).unwrap();
        assert!(only_new.open("x", &sealed).unwrap_err().to_string().contains("名为 a"));
        assert_eq!(only_new.open("x", "in the clear").unwrap(), "in the clear");
        assert!(Vault::is_clear("in the clear") && !Vault::is_clear(&sealed));
    }

    #[test]
    fn marks_tell_keys_apart_and_give_none_away() {
        let marks = |text: &str| Vault::parse(text).unwrap().marks();
        let both = marks(&format!("b:{},a:{}", key(2), key(1)));
        assert_eq!(both[1..], marks(&format!("a:{}", key(1))), "a key has one mark wherever it stands");
        assert!(both[0].starts_with("b:") && both[1].starts_with("a:"), "{both:?}");
        assert_ne!(marks(&format!("a:{}", key(1))), marks(&format!("a:{}", key(2))), "of one name, and not the same");
        let told = both.join(",");
        for secret in [key(1), key(2), hex::encode([1u8; 4]), hex::encode([2u8; 4])] {
            assert!(!told.contains(&secret), "{told}");
        }
    }

    #[test]
    fn malformed_keys_are_refused() {
        for wrong in ["", "a", "a:short", &format!("a:{},a:{}", key(1), key(2)), &format!("a b:{}", key(1))] {
            assert!(Vault::parse(wrong).is_err(), "{wrong}");
        }
    }
}
