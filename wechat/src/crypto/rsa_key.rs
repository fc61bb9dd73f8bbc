//! RSA keys, parsed once: signing and verifying with RSASSA-PKCS1-v1_5 and SHA-256, OAEP with SHA-1 for single fields.
//!
//! aws-lc-rs does every operation with a key, in constant time. The `rsa` crate only rewrites PKCS#1 as PKCS#8, so
//! that RUSTSEC-2023-0071 (timing of its private operations) does not touch us.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;

use super::CryptoError;

/// A private RSA key.
pub(super) struct RsaPrivate {
    pair: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
}

impl RsaPrivate {
    pub(super) fn from_pkcs1_der(der: &[u8]) -> Result<Self, CryptoError> {
        let key = rsa::RsaPrivateKey::from_pkcs1_der(der).map_err(|_| CryptoError::Key)?;
        let pkcs8 = key.to_pkcs8_der().map_err(|_| CryptoError::Key)?;
        Self::from_pkcs8_der(pkcs8.as_bytes())
    }

    pub(super) fn from_pkcs8_der(der: &[u8]) -> Result<Self, CryptoError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| CryptoError::Key)?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(der)
            .map_err(|_| CryptoError::Key)
            .and_then(|key| OaepPrivateDecryptingKey::new(key).map_err(|_| CryptoError::Key))?;
        Ok(Self { pair, decrypting })
    }

    pub(super) fn generate() -> Result<Self, CryptoError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| CryptoError::Key)?;
        let der = AsDer::<Pkcs8V1Der>::as_der(&pair).map_err(|_| CryptoError::Key)?;
        Self::from_pkcs8_der(der.as_ref())
    }

    pub(super) fn to_pkcs8_der(&self) -> Result<Vec<u8>, CryptoError> {
        let der = AsDer::<Pkcs8V1Der>::as_der(&self.pair).map_err(|_| CryptoError::Key)?;
        Ok(der.as_ref().to_vec())
    }

    pub(super) fn public(&self) -> Result<RsaPublic, CryptoError> {
        let der: PublicKeyX509Der<'static> = self.pair.public_key().as_der().map_err(|_| CryptoError::Key)?;
        RsaPublic::from_spki_der(der.as_ref())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a parsed RSA key signs messages of any length");
        signature
    }

    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut buffer = vec![0; self.decrypting.min_output_size()];
        let plaintext = self
            .decrypting
            .decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut buffer, None)
            .map_err(|_| CryptoError::Decrypt("RSA-OAEP"))?;
        Ok(plaintext.to_vec())
    }
}

/// A public RSA key.
pub(super) struct RsaPublic {
    verifying: ParsedPublicKey,
    encrypting: OaepPublicEncryptingKey,
    spki_der: Vec<u8>,
}

impl RsaPublic {
    pub(super) fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let verifying = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map_err(|_| CryptoError::Key)?;
        let encrypting = PublicEncryptingKey::from_der(der)
            .map_err(|_| CryptoError::Key)
            .and_then(|key| OaepPublicEncryptingKey::new(key).map_err(|_| CryptoError::Key))?;
        Ok(Self { verifying, encrypting, spki_der: der.to_vec() })
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.verifying.verify_sig(message, signature).map_err(|_| CryptoError::Signature)
    }

    pub(super) fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if plaintext.len() > self.encrypting.max_plaintext_size(&OAEP_SHA1_MGF1SHA1) {
            return Err(CryptoError::Encrypt("too long for one RSA block"));
        }
        let mut buffer = vec![0; self.encrypting.ciphertext_size()];
        let ciphertext = self
            .encrypting
            .encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut buffer, None)
            .map_err(|_| CryptoError::Encrypt("RSA-OAEP"))?;
        Ok(ciphertext.to_vec())
    }
}
