//! Sensitive fields (names, phone numbers, mail addresses): RSA-OAEP with SHA-1 and MGF1-SHA-1 (pay v3 §3).

use aws_lc_rs::rsa::OAEP_SHA1_MGF1SHA1;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CryptoError;
use super::rsa_key::{SigningKey, VerifyingKey};

/// Encrypts `plaintext` for the owner of `key` and returns base64. At most 214 bytes for a 2048-bit key.
///
/// The request that carries the field must name the key in `Wechatpay-Serial`.
pub fn encrypt_for(key: &VerifyingKey, plaintext: &str) -> Result<String, CryptoError> {
    let key = key.encrypting();
    if plaintext.len() > key.max_plaintext_size(&OAEP_SHA1_MGF1SHA1) {
        return Err(CryptoError::Encrypt("too long for one RSA block"));
    }
    let mut buffer = vec![0; key.ciphertext_size()];
    let ciphertext = key
        .encrypt(&OAEP_SHA1_MGF1SHA1, plaintext.as_bytes(), &mut buffer, None)
        .map_err(|_| CryptoError::Encrypt("RSA-OAEP"))?;
    Ok(STANDARD.encode(ciphertext))
}

/// Decrypts a base64 field that was encrypted for `key`.
pub fn decrypt(key: &SigningKey, ciphertext_base64: &str) -> Result<String, CryptoError> {
    let ciphertext = STANDARD.decode(ciphertext_base64).map_err(|_| CryptoError::Decrypt("not base64"))?;
    let key = key.decrypting();
    let mut buffer = vec![0; key.min_output_size()];
    let plaintext = key
        .decrypt(&OAEP_SHA1_MGF1SHA1, &ciphertext, &mut buffer, None)
        .map_err(|_| CryptoError::Decrypt("RSA-OAEP"))?;
    String::from_utf8(plaintext.to_vec()).map_err(|_| CryptoError::Decrypt("not UTF-8"))
}
