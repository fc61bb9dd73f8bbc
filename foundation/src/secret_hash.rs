//! Random secrets that we hand out and only remember as a hash: session tokens, tickets, codes.

use rand::RngCore;
use sha2::{Digest, Sha256};

/// A fresh 256-bit token as 64 hex digits.
pub fn new_token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

/// SHA-256 as hex: enough for tokens of full entropy; passwords use Argon2id instead.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// SHA-256 of any bytes as hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
