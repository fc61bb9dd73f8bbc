//! Sensitive fields (names, phone numbers, mail addresses): RSA-OAEP with SHA-1 and MGF1-SHA-1 (pay v3 §3), or SM2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CryptoError;
use super::keys::{SigningKey, VerifyingKey};

/// Encrypts `plaintext` for the owner of `key` and returns base64. At most 214 bytes for an RSA key of 2048 bits.
///
/// The request that carries the field must name the key in `Wechatpay-Serial`.
pub fn encrypt_for(key: &VerifyingKey, plaintext: &str) -> Result<String, CryptoError> {
    Ok(STANDARD.encode(key.encrypt(plaintext.as_bytes())?))
}

/// Decrypts a base64 field that was encrypted for `key`.
pub fn decrypt(key: &SigningKey, ciphertext_base64: &str) -> Result<String, CryptoError> {
    let ciphertext = STANDARD.decode(ciphertext_base64).map_err(|_| CryptoError::Decrypt("not base64"))?;
    let plaintext = key.decrypt(&ciphertext)?;
    String::from_utf8(plaintext).map_err(|_| CryptoError::Decrypt("not UTF-8"))
}
