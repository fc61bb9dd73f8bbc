//! Encryption and signatures of service-account and mini-program pushes (mp §1, §2).
//!
//! Plaintext = random16 ‖ length (u32, big endian, bytes) ‖ message ‖ AppID, padded by PKCS#7 over 32-byte blocks,
//! AES-256-CBC with IV = the first 16 bytes of the key.

use std::fmt;

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::CryptoError;
use super::digest::{constant_time_equal, sorted_sha1_hex};

/// Length of the key text in the console: 43 characters, 258 bits, of which 256 are the key.
pub const ENCODING_AES_KEY_LENGTH: usize = 43;
const BLOCK: usize = 32;
/// random16 and the four length bytes.
const PREFIX: usize = 20;

/// Consoles hand out keys whose two spare bits are not zero, which a strict decoder refuses.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The 32 key bytes of an EncodingAESKey. Errors unless it has 43 characters of the base64 alphabet.
pub fn decode_encoding_aes_key(text: &str) -> Result<[u8; 32], CryptoError> {
    let wrong = CryptoError::KeyLength { expected: BLOCK };
    if text.len() != ENCODING_AES_KEY_LENGTH {
        return Err(wrong);
    }
    KEY_BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(wrong)
}

/// The signature of the server URL and of plain messages: SHA-1 over sorted token, timestamp and nonce.
pub fn url_signature(token: &str, timestamp: &str, nonce: &str) -> String {
    sorted_sha1_hex(&[token, timestamp, nonce])
}

/// Tokens, keys and AppID of one account, ready to open and to seal messages.
#[derive(Clone)]
pub struct MessageCrypto {
    /// The newest first, as the keys; there is one of each at least.
    tokens: Vec<String>,
    keys: Vec<[u8; 32]>,
    app_id: String,
}

impl MessageCrypto {
    /// Takes the newest EncodingAESKey first; older ones are only tried for opening, because both are in use for a
    /// while after a change in the console. Errors when a key is malformed or none is given.
    pub fn new(token: &str, encoding_aes_keys: &[&str], app_id: &str) -> Result<Self, CryptoError> {
        let keys = encoding_aes_keys.iter().map(|key| decode_encoding_aes_key(key)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(CryptoError::KeyLength { expected: BLOCK });
        }
        Ok(Self { tokens: vec![token.to_owned()], keys, app_id: app_id.to_owned() })
    }

    /// The same, believing what is signed with this older token as well; it signs nothing. An empty one is none.
    pub fn and_believing(mut self, token_old: &str) -> Self {
        if !token_old.is_empty() {
            self.tokens.push(token_old.to_owned());
        }
        self
    }

    /// `msg_signature`: SHA-1 over sorted token, timestamp, nonce and ciphertext.
    pub fn signature(&self, timestamp: &str, nonce: &str, ciphertext: &str) -> String {
        sorted_sha1_hex(&[&self.tokens[0], timestamp, nonce, ciphertext])
    }

    /// Checks `msg_signature` first and decrypts then; nothing is decrypted under a wrong signature.
    pub fn open(
        &self,
        msg_signature: &str,
        timestamp: &str,
        nonce: &str,
        ciphertext: &str,
    ) -> Result<String, CryptoError> {
        self.open_to_answer(msg_signature, timestamp, nonce, ciphertext).map(|(message, _)| message)
    }

    /// As [`Self::open`], and what the answer is to be sealed with: the token and the key that fitted. While they are being
    /// changed, whoever asked knows those for certain and perhaps no others.
    pub fn open_to_answer(
        &self,
        msg_signature: &str,
        timestamp: &str,
        nonce: &str,
        ciphertext: &str,
    ) -> Result<(String, Self), CryptoError> {
        let signed_with = |token: &&String| {
            constant_time_equal(&sorted_sha1_hex(&[token, timestamp, nonce, ciphertext]), msg_signature)
        };
        let token = self.tokens.iter().find(signed_with).ok_or(CryptoError::Signature)?;
        let (message, key) = self.decrypt_and_tell(ciphertext)?;
        Ok((message, Self { tokens: vec![token.clone()], keys: vec![key], app_id: self.app_id.clone() }))
    }

    /// Decrypts a base64 ciphertext and checks padding, length and AppID.
    pub fn decrypt(&self, ciphertext: &str) -> Result<String, CryptoError> {
        self.decrypt_and_tell(ciphertext).map(|(message, _)| message)
    }

    /// The message, and the key that opened it.
    fn decrypt_and_tell(&self, ciphertext: &str) -> Result<(String, [u8; 32]), CryptoError> {
        let bytes = STANDARD.decode(ciphertext).map_err(|_| CryptoError::Decrypt("not base64"))?;
        if bytes.is_empty() || bytes.len() % 16 != 0 {
            return Err(CryptoError::Decrypt("not a whole number of blocks"));
        }
        let mut failure = CryptoError::Decrypt("no key");
        for key in &self.keys {
            match self.decrypt_with(key, &bytes) {
                Ok(message) => return Ok((message, *key)),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn decrypt_with(&self, key: &[u8; 32], ciphertext: &[u8]) -> Result<String, CryptoError> {
        let mut buffer = ciphertext.to_vec();
        let plain = cbc::Decryptor::<Aes256>::new(key.into(), initial_vector(key).into())
            .decrypt_padded::<NoPadding>(&mut buffer)
            .map_err(|_| CryptoError::Decrypt("AES-256-CBC"))?;
        let content = strip_padding(plain)?;
        let short = CryptoError::Decrypt("shorter than its length says");
        let length_bytes = content.get(16..PREFIX).and_then(|bytes| bytes.try_into().ok()).ok_or(short.clone())?;
        let length = u32::from_be_bytes(length_bytes) as usize;
        let end = PREFIX.checked_add(length).ok_or(short.clone())?;
        let message = content.get(PREFIX..end).ok_or(short)?;
        if &content[end..] != self.app_id.as_bytes() {
            return Err(CryptoError::Decrypt("made for another AppID"));
        }
        String::from_utf8(message.to_vec()).map_err(|_| CryptoError::Decrypt("not UTF-8"))
    }

    /// Encrypts `message` with the newest key and fresh randomness; returns base64.
    pub fn encrypt(&self, message: &str) -> String {
        self.encrypt_with(&rand::random(), message)
    }

    /// Like [`Self::encrypt`] with given randomness, for reproducible answers.
    pub fn encrypt_with(&self, random: &[u8; 16], message: &str) -> String {
        let length = u32::try_from(message.len()).expect("messages are far below 4 GiB");
        let mut plain = Vec::with_capacity(PREFIX + message.len() + self.app_id.len() + BLOCK);
        plain.extend_from_slice(random);
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(message.as_bytes());
        plain.extend_from_slice(self.app_id.as_bytes());
        let padding = BLOCK - plain.len() % BLOCK;
        plain.resize(plain.len() + padding, u8::try_from(padding).expect("at most 32"));
        let key = &self.keys[0];
        let length = plain.len();
        let sealed = cbc::Encryptor::<Aes256>::new(key.into(), initial_vector(key).into())
            .encrypt_padded::<NoPadding>(&mut plain, length)
            .expect("the plaintext is a whole number of blocks");
        STANDARD.encode(sealed)
    }
}

impl fmt::Debug for MessageCrypto {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MessageCrypto").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

fn initial_vector(key: &[u8; 32]) -> &[u8; 16] {
    key.first_chunk().expect("32 bytes begin with 16")
}

fn strip_padding(plain: &[u8]) -> Result<&[u8], CryptoError> {
    let bad = CryptoError::Decrypt("bad padding");
    let count = usize::from(*plain.last().ok_or(bad.clone())?);
    if !(1..=BLOCK).contains(&count) || count > plain.len() {
        return Err(bad);
    }
    let (content, padding) = plain.split_at(plain.len() - count);
    if padding.iter().any(|byte| usize::from(*byte) != count) {
        return Err(bad);
    }
    Ok(content)
}
