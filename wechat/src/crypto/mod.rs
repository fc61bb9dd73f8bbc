//! The cryptography of WeChat as pure functions, usable by both sides of a conversation: a merchant signs with
//! its key and verifies with WeChat's; a stand-in for WeChat does the reverse with the same code.
//!
//! RSA and AES-GCM run on aws-lc-rs with keys parsed once; AES-CBC of the message encryption and the national suite
//! ([`suite::Suite::ShangMi`]) on RustCrypto.

pub mod aead;
pub mod certificate;
pub mod digest;
pub mod keys;
pub mod message;
pub mod pem;
mod rsa_key;
pub mod sensitive;
mod sm2_key;
pub mod suite;

/// Why a cryptographic operation failed. Texts never contain key material or plaintext.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// The text is not a PEM block of the wanted kind.
    #[error("not a PEM block of the expected kind ({expected})")]
    Pem {
        /// The labels that would have been accepted.
        expected: &'static str,
    },
    /// The bytes are neither an RSA key of 2048 to 8192 bits nor an SM2 key.
    #[error("not an RSA key of 2048 to 8192 bits, nor an SM2 key, in the expected encoding")]
    Key,
    /// The bytes are not an X.509 certificate with an RSA or SM2 key.
    #[error("not an X.509 certificate with an RSA or SM2 key")]
    Certificate,
    /// A symmetric key has the wrong length.
    #[error("the key must have {expected} bytes")]
    KeyLength {
        /// The length that is needed, in bytes.
        expected: usize,
    },
    /// The signature does not fit message and key, or is not base64 at all.
    #[error("the signature does not fit")]
    Signature,
    /// Decryption failed: wrong key, wrong nonce, damaged data, bad padding or a foreign receiver.
    #[error("decryption failed: {0}")]
    Decrypt(&'static str),
    /// Encryption was refused: the plaintext is too long or a parameter has the wrong length.
    #[error("encryption refused: {0}")]
    Encrypt(&'static str),
}
