//! Keys of either suite, parsed once: what a key is decides which algorithms it is used with. Cloning is cheap.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::rsa_key::{RsaPrivate, RsaPublic};
use super::sm2_key::{Sm2Private, Sm2Public};
use super::suite::Suite;
use super::{CryptoError, pem};

const PRIVATE_LABELS: &str = "PRIVATE KEY or RSA PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// A private key: signs, and decrypts sensitive fields.
#[derive(Clone)]
pub struct SigningKey(Arc<Private>);

enum Private {
    Rsa(RsaPrivate),
    Sm2(Box<Sm2Private>),
}

impl SigningKey {
    /// Reads a private key from PEM: PKCS#8 (`PRIVATE KEY`, WeChat's apiclient_key.pem) with an RSA or SM2 key, or PKCS#1
    /// (`RSA PRIVATE KEY`). Errors when it is none of them, or an RSA key smaller than 2048 bits.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (label, der) = pem::decode(text, PRIVATE_LABELS)?;
        match label.as_str() {
            "PRIVATE KEY" => Self::from_pkcs8_der(&der),
            "RSA PRIVATE KEY" => Ok(Self(Arc::new(Private::Rsa(RsaPrivate::from_pkcs1_der(&der)?)))),
            _ => Err(CryptoError::Pem { expected: PRIVATE_LABELS }),
        }
    }

    /// Reads a private key from PKCS#8 DER bytes.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, CryptoError> {
        let key = match RsaPrivate::from_pkcs8_der(der) {
            Ok(key) => Private::Rsa(key),
            Err(_) => Private::Sm2(Box::new(Sm2Private::from_pkcs8_der(der)?)),
        };
        Ok(Self(Arc::new(key)))
    }

    /// Makes a new key (RSA-2048, or SM2), for stand-ins and tests. Errors only when the system has no randomness.
    pub fn generate(suite: Suite) -> Result<Self, CryptoError> {
        Ok(Self(Arc::new(match suite {
            Suite::International => Private::Rsa(RsaPrivate::generate()?),
            Suite::ShangMi => Private::Sm2(Box::new(Sm2Private::generate()?)),
        })))
    }

    /// The algorithms it is used with.
    pub fn suite(&self) -> Suite {
        match &*self.0 {
            Private::Rsa(_) => Suite::International,
            Private::Sm2(_) => Suite::ShangMi,
        }
    }

    /// The key as PKCS#8 PEM.
    pub fn to_pkcs8_pem(&self) -> Result<String, CryptoError> {
        let der = match &*self.0 {
            Private::Rsa(key) => key.to_pkcs8_der()?,
            Private::Sm2(key) => key.to_pkcs8_der()?,
        };
        Ok(pem::encode("PRIVATE KEY", &der))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        let key = match &*self.0 {
            Private::Rsa(key) => key.public().map(Public::Rsa),
            Private::Sm2(key) => key.public().map(|key| Public::Sm2(Box::new(key))),
        };
        VerifyingKey(Arc::new(key.expect("the public half of a parsed key parses")))
    }

    /// Signs `message` and returns standard base64 without line breaks (pay v3 §2).
    pub fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(match &*self.0 {
            Private::Rsa(key) => key.sign(message),
            Private::Sm2(key) => key.sign(message),
        })
    }

    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match &*self.0 {
            Private::Rsa(key) => key.decrypt(ciphertext),
            Private::Sm2(key) => key.decrypt(ciphertext),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

/// A public key: verifies, and encrypts sensitive fields.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Public>);

enum Public {
    Rsa(RsaPublic),
    Sm2(Box<Sm2Public>),
}

impl VerifyingKey {
    /// Reads a public key from SPKI PEM (`PUBLIC KEY`, WeChat's pub_key.pem).
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (label, der) = pem::decode(text, PUBLIC_LABEL)?;
        if label != PUBLIC_LABEL {
            return Err(CryptoError::Pem { expected: PUBLIC_LABEL });
        }
        Self::from_spki_der(&der)
    }

    /// Reads a public key from SubjectPublicKeyInfo DER bytes.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let key = match RsaPublic::from_spki_der(der) {
            Ok(key) => Public::Rsa(key),
            Err(_) => Public::Sm2(Box::new(Sm2Public::from_spki_der(der)?)),
        };
        Ok(Self(Arc::new(key)))
    }

    /// The algorithms it is used with.
    pub fn suite(&self) -> Suite {
        match &*self.0 {
            Public::Rsa(_) => Suite::International,
            Public::Sm2(_) => Suite::ShangMi,
        }
    }

    /// Verifies a base64 signature over `message`. The alphabet is the standard one, strictly: URL-safe
    /// characters, missing padding and line breaks count as a wrong signature, never as a crash.
    pub fn verify(&self, message: &[u8], signature_base64: &str) -> Result<(), CryptoError> {
        let signature = STANDARD.decode(signature_base64).map_err(|_| CryptoError::Signature)?;
        match &*self.0 {
            Public::Rsa(key) => key.verify(message, &signature),
            Public::Sm2(key) => key.verify(message, &signature),
        }
    }

    /// The key as SubjectPublicKeyInfo DER.
    pub fn spki_der(&self) -> &[u8] {
        match &*self.0 {
            Public::Rsa(key) => key.spki_der(),
            Public::Sm2(key) => key.spki_der(),
        }
    }

    /// The key as SPKI PEM.
    pub fn to_pem(&self) -> String {
        pem::encode(PUBLIC_LABEL, self.spki_der())
    }

    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match &*self.0 {
            Public::Rsa(key) => key.encrypt(plaintext),
            Public::Sm2(key) => key.encrypt(plaintext),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VerifyingKey(..)")
    }
}
