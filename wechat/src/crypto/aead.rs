//! AEAD_AES_256_GCM of notices and of the certificate list (pay v3 §3).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CryptoError;

/// The only algorithm name WeChat uses for encrypted resources.
pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// Encrypts `plaintext` and returns base64 of ciphertext followed by the 16-byte tag.
///
/// `key` has 32 bytes (the APIv3 key as it stands), `nonce` 12. A nonce must never be used twice with one key.
pub fn encrypt(key: &[u8], nonce: &[u8], associated_data: &[u8], plaintext: &[u8]) -> Result<String, CryptoError> {
    let nonce =
        Nonce::try_assume_unique_for_key(nonce).map_err(|_| CryptoError::Encrypt("the nonce needs 12 bytes"))?;
    let mut sealed = plaintext.to_vec();
    sealing_key(key)?
        .seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut sealed)
        .map_err(|_| CryptoError::Encrypt("AES-256-GCM"))?;
    Ok(STANDARD.encode(sealed))
}

/// Decrypts base64 of ciphertext and tag. The tag is always checked; errors say nothing about the content.
pub fn decrypt(
    key: &[u8],
    nonce: &[u8],
    associated_data: &[u8],
    ciphertext_base64: &str,
) -> Result<Vec<u8>, CryptoError> {
    if nonce.len() != NONCE_LEN {
        return Err(CryptoError::Decrypt("the nonce needs 12 bytes"));
    }
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CryptoError::Decrypt("nonce"))?;
    let mut sealed = STANDARD.decode(ciphertext_base64).map_err(|_| CryptoError::Decrypt("not base64"))?;
    let length = sealing_key(key)?
        .open_in_place(nonce, Aad::from(associated_data), &mut sealed)
        .map_err(|_| CryptoError::Decrypt("wrong key, nonce or associated data, or damaged"))?
        .len();
    sealed.truncate(length);
    Ok(sealed)
}

fn sealing_key(key: &[u8]) -> Result<LessSafeKey, CryptoError> {
    UnboundKey::new(&AES_256_GCM, key)
        .map(LessSafeKey::new)
        .map_err(|_| CryptoError::KeyLength { expected: AES_256_GCM.key_len() })
}
