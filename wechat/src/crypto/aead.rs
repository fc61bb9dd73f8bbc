//! Encrypted resources of notices and of the certificate list (pay v3 §3): AEAD_AES_256_GCM, or AEAD_SM4_GCM in the
//! national suite, which takes the first half of the SM3 hash of the APIv3 key.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sm3::Digest;

use super::CryptoError;
use super::suite::Suite;

/// The name of the algorithm of the first suite.
pub const ALGORITHM: &str = "AEAD_AES_256_GCM";

type Sm4Gcm = AesGcm<sm4::Sm4, U12>;

/// Encrypts `plaintext` under an APIv3 key as the suite does; returns base64 of ciphertext followed by the 16-byte tag.
///
/// `nonce` has 12 bytes, and must never be used twice with one key.
pub fn seal(
    suite: Suite,
    api_v3_key: &[u8],
    nonce: &[u8],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Result<String, CryptoError> {
    match suite {
        Suite::International => encrypt(api_v3_key, nonce, associated_data, plaintext),
        Suite::ShangMi => {
            let nonce: [u8; NONCE_LEN] =
                nonce.try_into().map_err(|_| CryptoError::Encrypt("the nonce needs 12 bytes"))?;
            let payload = Payload { msg: plaintext, aad: associated_data };
            let sealed =
                sm4_gcm(api_v3_key)?.encrypt(&nonce.into(), payload).map_err(|_| CryptoError::Encrypt("SM4-GCM"))?;
            Ok(STANDARD.encode(sealed))
        }
    }
}

/// Decrypts what [`seal`] makes. The tag is always checked; errors say nothing about the content.
pub fn open(
    suite: Suite,
    api_v3_key: &[u8],
    nonce: &[u8],
    associated_data: &[u8],
    ciphertext_base64: &str,
) -> Result<Vec<u8>, CryptoError> {
    match suite {
        Suite::International => decrypt(api_v3_key, nonce, associated_data, ciphertext_base64),
        Suite::ShangMi => {
            let nonce: [u8; NONCE_LEN] =
                nonce.try_into().map_err(|_| CryptoError::Decrypt("the nonce needs 12 bytes"))?;
            let sealed = STANDARD.decode(ciphertext_base64).map_err(|_| CryptoError::Decrypt("not base64"))?;
            sm4_gcm(api_v3_key)?
                .decrypt(&nonce.into(), Payload { msg: &sealed, aad: associated_data })
                .map_err(|_| CryptoError::Decrypt("wrong key, nonce or associated data, or damaged"))
        }
    }
}

/// AES-256-GCM: encrypts `plaintext` and returns base64 of ciphertext followed by the 16-byte tag.
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

/// AES-256-GCM: decrypts base64 of ciphertext and tag. The tag is always checked; errors say nothing about the content.
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

fn sm4_gcm(api_v3_key: &[u8]) -> Result<Sm4Gcm, CryptoError> {
    if api_v3_key.len() != AES_256_GCM.key_len() {
        return Err(CryptoError::KeyLength { expected: AES_256_GCM.key_len() });
    }
    let digest = sm3::Sm3::digest(api_v3_key);
    Sm4Gcm::new_from_slice(&digest[..16]).map_err(|_| CryptoError::KeyLength { expected: 16 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_gives_what_the_standard_gives() {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let cipher = Sm4Gcm::new_from_slice(&bytes("0123456789abcdeffedcba9876543210")).unwrap();
        let nonce: [u8; 12] = bytes("00001234567800000000abcd").try_into().unwrap();
        let plain = ["aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa"].map(|byte| byte.repeat(8)).concat();
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: &bytes(&plain), aad: &aad }).unwrap();
        assert_eq!(
            hex::encode(sealed),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec"
        );
    }

    /// A resource made by another implementation under an APIv3 key (the test of WeChat's Java library has it).
    #[test]
    fn a_resource_of_another_implementation_opens_and_a_changed_one_does_not() {
        let open = |ciphertext: &str| {
            super::open(
                Suite::ShangMi,
                b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb",
                b"uluk4a9R25RW",
                b"associatedData",
                ciphertext,
            )
        };
        assert_eq!(open("+lcLNfkZQQx+iQm20Apa3x9Mb/5L7PgZ7w==").as_deref(), Ok(&b"plaintext"[..]));
        assert!(open("+lcLNfkZQQx+iQm20Apa3x9Mb/5L7PgZ8w==").is_err());
        assert!(open("").is_err());
    }

    #[test]
    fn neither_suite_opens_what_the_other_sealed() {
        let key = b"0123456789abcdef0123456789abcdef";
        for [ours, other] in [Suite::ALL, [Suite::ShangMi, Suite::International]] {
            let sealed = seal(ours, key, b"0123456789ab", b"a", b"content").unwrap();
            assert_eq!(super::open(ours, key, b"0123456789ab", b"a", &sealed).as_deref(), Ok(&b"content"[..]));
            assert!(super::open(other, key, b"0123456789ab", b"a", &sealed).is_err());
            assert!(super::open(ours, &key[..16], b"0123456789ab", b"a", &sealed).is_err());
        }
    }
}
