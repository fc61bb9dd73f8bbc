//! RSA keys, parsed once: signing and verifying with RSASSA-PKCS1-v1_5 and SHA-256.
//!
//! aws-lc-rs does every operation with a key, in constant time. The `rsa` crate only rewrites PKCS#1 as PKCS#8, so
//! that RUSTSEC-2023-0071 (timing of its private operations) does not touch us.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, KeySize, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;

use super::{CryptoError, pem};

const PRIVATE_LABELS: &str = "PRIVATE KEY or RSA PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// A private RSA key: signs, and decrypts sensitive fields. Cloning is cheap.
#[derive(Clone)]
pub struct SigningKey {
    inner: Arc<SigningKeyParts>,
}

struct SigningKeyParts {
    pair: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
}

impl SigningKey {
    /// Reads a private key from PEM, PKCS#8 (`PRIVATE KEY`, WeChat's apiclient_key.pem) or PKCS#1
    /// (`RSA PRIVATE KEY`). Errors when it is neither or smaller than 2048 bits.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (label, der) = pem::decode(text, PRIVATE_LABELS)?;
        match label.as_str() {
            "PRIVATE KEY" => Self::from_pkcs8_der(&der),
            "RSA PRIVATE KEY" => {
                let key = rsa::RsaPrivateKey::from_pkcs1_der(&der).map_err(|_| CryptoError::Key)?;
                let pkcs8 = key.to_pkcs8_der().map_err(|_| CryptoError::Key)?;
                Self::from_pkcs8_der(pkcs8.as_bytes())
            }
            _ => Err(CryptoError::Pem { expected: PRIVATE_LABELS }),
        }
    }

    /// Reads a private key from PKCS#8 DER bytes.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, CryptoError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| CryptoError::Key)?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(der)
            .map_err(|_| CryptoError::Key)
            .and_then(|key| OaepPrivateDecryptingKey::new(key).map_err(|_| CryptoError::Key))?;
        Ok(Self { inner: Arc::new(SigningKeyParts { pair, decrypting }) })
    }

    /// Makes a new RSA-2048 key, for stand-ins and tests. Errors only when the system has no randomness.
    pub fn generate() -> Result<Self, CryptoError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| CryptoError::Key)?;
        let der = AsDer::<Pkcs8V1Der>::as_der(&pair).map_err(|_| CryptoError::Key)?;
        Self::from_pkcs8_der(der.as_ref())
    }

    /// The key as PKCS#8 PEM.
    pub fn to_pkcs8_pem(&self) -> Result<String, CryptoError> {
        let der = AsDer::<Pkcs8V1Der>::as_der(&self.inner.pair).map_err(|_| CryptoError::Key)?;
        Ok(pem::encode("PRIVATE KEY", der.as_ref()))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        let der: PublicKeyX509Der<'static> =
            self.inner.pair.public_key().as_der().expect("the public half of a parsed RSA key encodes");
        VerifyingKey::from_spki_der(der.as_ref()).expect("the public half of a parsed RSA key parses")
    }

    /// Signs `message` with SHA-256 and returns standard base64 without line breaks (pay v3 §2).
    pub fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.inner.pair.public_modulus_len()];
        self.inner
            .pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a parsed RSA key signs messages of any length");
        STANDARD.encode(signature)
    }

    pub(crate) fn decrypting(&self) -> &OaepPrivateDecryptingKey {
        &self.inner.decrypting
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

/// A public RSA key: verifies, and encrypts sensitive fields. Cloning is cheap.
#[derive(Clone)]
pub struct VerifyingKey {
    inner: Arc<VerifyingKeyParts>,
}

struct VerifyingKeyParts {
    verifying: ParsedPublicKey,
    encrypting: OaepPublicEncryptingKey,
    spki_der: Vec<u8>,
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
        let verifying = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map_err(|_| CryptoError::Key)?;
        let encrypting = PublicEncryptingKey::from_der(der)
            .map_err(|_| CryptoError::Key)
            .and_then(|key| OaepPublicEncryptingKey::new(key).map_err(|_| CryptoError::Key))?;
        Ok(Self { inner: Arc::new(VerifyingKeyParts { verifying, encrypting, spki_der: der.to_vec() }) })
    }

    /// Verifies a base64 signature over `message`. The alphabet is the standard one, strictly: URL-safe
    /// characters, missing padding and line breaks count as a wrong signature, never as a crash.
    pub fn verify(&self, message: &[u8], signature_base64: &str) -> Result<(), CryptoError> {
        let signature = STANDARD.decode(signature_base64).map_err(|_| CryptoError::Signature)?;
        self.inner.verifying.verify_sig(message, &signature).map_err(|_| CryptoError::Signature)
    }

    /// The key as SubjectPublicKeyInfo DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.inner.spki_der
    }

    /// The key as SPKI PEM.
    pub fn to_pem(&self) -> String {
        pem::encode(PUBLIC_LABEL, self.spki_der())
    }

    pub(crate) fn encrypting(&self) -> &OaepPublicEncryptingKey {
        &self.inner.encrypting
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VerifyingKey(..)")
    }
}
