//! Random texts for nonces. The generator is seeded by the operating system.

use rand::Rng;
use rand::distr::Alphanumeric;

/// `length` random characters of `0-9A-Za-z`.
pub fn alphanumeric(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

/// A nonce as WeChat Pay's own libraries make them: 32 characters of `0-9A-Za-z`.
pub fn nonce() -> String {
    alphanumeric(32)
}
