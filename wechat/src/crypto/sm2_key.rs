//! SM2 keys (GM/T 0003), parsed once: signing and verifying with SM3, and encryption of single fields.
//!
//! Signatures are ASN.1 DER over the identity `1234567812345678`, as every party of the national suite uses it; ciphertexts
//! are ASN.1 DER in the order C1, C3, C2. The `sm2` crate is not audited: these keys are used by merchants alone who have
//! agreed on them with WeChat Pay.

use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use sm2::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use sm2::pke::{DecryptingKey, EncryptingKey};
use sm2::{PublicKey, SecretKey};

use super::CryptoError;

/// The signer's identity that goes into every signature (GM/T 0009 §10).
const IDENTITY: &str = "1234567812345678";

/// A private SM2 key.
pub(super) struct Sm2Private {
    signing: SigningKey,
    decrypting: DecryptingKey,
    secret: SecretKey,
}

impl Sm2Private {
    pub(super) fn from_pkcs8_der(der: &[u8]) -> Result<Self, CryptoError> {
        let secret = SecretKey::from_pkcs8_der(der).map_err(|_| CryptoError::Key)?;
        Self::of(secret)
    }

    pub(super) fn generate() -> Result<Self, CryptoError> {
        // A number beyond the order of the curve is drawn again; it practically never is.
        for _ in 0..8 {
            if let Ok(secret) = SecretKey::from_slice(&rand::random::<[u8; 32]>()) {
                return Self::of(secret);
            }
        }
        Err(CryptoError::Key)
    }

    fn of(secret: SecretKey) -> Result<Self, CryptoError> {
        let signing = SigningKey::new(IDENTITY, &secret).map_err(|_| CryptoError::Key)?;
        Ok(Self { signing, decrypting: DecryptingKey::new(secret.clone()), secret })
    }

    pub(super) fn to_pkcs8_der(&self) -> Result<Vec<u8>, CryptoError> {
        self.secret.to_pkcs8_der().map(|der| der.as_bytes().to_vec()).map_err(|_| CryptoError::Key)
    }

    pub(super) fn public(&self) -> Result<Sm2Public, CryptoError> {
        Sm2Public::of(self.secret.public_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.signing.sign(message);
        signature.to_der().as_ref().to_vec()
    }

    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.decrypting.decrypt_der(ciphertext).map_err(|_| CryptoError::Decrypt("SM2"))
    }
}

/// A public SM2 key.
pub(super) struct Sm2Public {
    verifying: VerifyingKey,
    encrypting: EncryptingKey,
    spki_der: Vec<u8>,
}

impl Sm2Public {
    pub(super) fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        Self::of(PublicKey::from_public_key_der(der).map_err(|_| CryptoError::Key)?)
    }

    fn of(key: PublicKey) -> Result<Self, CryptoError> {
        let spki_der = key.to_public_key_der().map_err(|_| CryptoError::Key)?.as_bytes().to_vec();
        let verifying = VerifyingKey::new(IDENTITY, key).map_err(|_| CryptoError::Key)?;
        Ok(Self { verifying, encrypting: EncryptingKey::new(key), spki_der })
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let signature = Signature::from_der(signature).map_err(|_| CryptoError::Signature)?;
        self.verifying.verify(message, &signature).map_err(|_| CryptoError::Signature)
    }

    pub(super) fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        // An empty text has no ciphertext in this scheme.
        if plaintext.is_empty() {
            return Err(CryptoError::Encrypt("nothing to encrypt"));
        }
        self.encrypting.encrypt_der(&mut SystemRandomness, plaintext).map_err(|_| CryptoError::Encrypt("SM2"))
    }
}

/// Randomness of the operating system, as the `sm2` crate wants to be given it.
struct SystemRandomness;

impl TryRng for SystemRandomness {
    type Error = Unavailable;

    fn try_next_u32(&mut self) -> Result<u32, Unavailable> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Unavailable> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Unavailable> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| Unavailable)
    }
}

impl TryCryptoRng for SystemRandomness {}

/// The system has no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system has no randomness")]
struct Unavailable;
