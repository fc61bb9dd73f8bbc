//! The keys WeChat Pay signs with, found by the text of their serial: platform certificates and public keys side by
//! side, because both sign while a merchant switches or a certificate rotates (pitfalls A4).

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::crypto::certificate::Certificate;
use crate::crypto::keys::VerifyingKey;

/// serial → key. Shared between threads; reading does not block reading.
#[derive(Debug, Default)]
pub struct Keyring {
    entries: RwLock<HashMap<String, Entry>>,
}

#[derive(Debug, Clone)]
enum Entry {
    PublicKey(VerifyingKey),
    Certificate(Certificate),
}

impl Keyring {
    /// An empty ring.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the WeChat Pay public key under its id; it has no expiry.
    pub fn insert_public_key(&self, id: &str, key: VerifyingKey) {
        self.insert(id.to_owned(), Entry::PublicKey(key));
    }

    /// Adds a platform certificate under its own serial.
    pub fn insert_certificate(&self, certificate: Certificate) {
        self.insert(certificate.serial().to_owned(), Entry::Certificate(certificate));
    }

    /// The key with exactly this serial, unless its certificate is not valid at `now` (unix seconds).
    pub fn get(&self, serial: &str, now: i64) -> Option<VerifyingKey> {
        match self.entries.read().unwrap_or_else(PoisonError::into_inner).get(serial)? {
            Entry::PublicKey(key) => Some(key.clone()),
            Entry::Certificate(certificate) => certificate.is_valid_at(now).then(|| certificate.key().clone()),
        }
    }

    /// The key to encrypt sensitive fields with: the public key, else the valid certificate that began last.
    pub fn for_encryption(&self, now: i64) -> Option<(String, VerifyingKey)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries
            .iter()
            .filter_map(|(serial, entry)| match entry {
                Entry::PublicKey(key) => Some((i64::MAX, serial, key)),
                Entry::Certificate(certificate) => {
                    certificate.is_valid_at(now).then(|| (certificate.not_before(), serial, certificate.key()))
                }
            })
            .max_by_key(|(since, serial, _)| (*since, *serial))
            .map(|(_, serial, key)| (serial.clone(), key.clone()))
    }

    /// When each platform certificate ends: its serial, and unix seconds. Public keys have no end.
    pub fn certificate_ends(&self) -> Vec<(String, i64)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let end = |(serial, entry): (&String, &Entry)| match entry {
            Entry::PublicKey(_) => None,
            Entry::Certificate(certificate) => Some((serial.clone(), certificate.not_after())),
        };
        entries.iter().filter_map(end).collect()
    }

    fn insert(&self, serial: String, entry: Entry) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(serial, entry);
    }
}
