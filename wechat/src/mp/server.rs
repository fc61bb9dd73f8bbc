//! The server side of the account's address (服务器配置): verification, and opening what WeChat posts (mp §1, §2).

use secrecy::ExposeSecret;

use super::config::{MessageMode, MpConfig};
use super::inbound::Inbound;
use super::reply;
use super::xml::{self, XmlError};
use crate::config::ConfigError;
use crate::crypto::CryptoError;
use crate::crypto::digest::constant_time_equal;
use crate::crypto::message::{MessageCrypto, url_signature};
use crate::random;

/// Why a push is refused. Answer 4xx; the sender is not WeChat, or token and key differ from the console.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A parameter of the query is missing or given twice.
    #[error("the parameter {0} is missing or given twice")]
    Query(&'static str),
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// Plain although only encrypted messages are accepted.
    #[error("the message is not encrypted")]
    NotEncrypted,
    /// Encrypted for another AppID, with an unknown key, or damaged.
    #[error("the message cannot be decrypted: {0}")]
    Decrypt(String),
    /// Not the XML of a push.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// Opens pushes and seals answers for one account. Works for the pushes of a mini-program as well.
#[derive(Debug, Clone)]
pub struct MessageServer {
    token: String,
    crypto: Option<MessageCrypto>,
    mode: MessageMode,
}

impl MessageServer {
    /// Takes token, keys, AppID and mode of the configuration. Errors name the field.
    pub fn new(config: &MpConfig) -> Result<Self, ConfigError> {
        let token = config.token.expose_secret();
        if token.is_empty() {
            return Err(ConfigError::new("token", "must not be empty"));
        }
        let keys: Vec<&str> = config.encoding_aes_keys.iter().map(|key| key.expose_secret()).collect();
        let crypto =
            match (keys.is_empty(), config.message_mode) {
                (true, MessageMode::Plain) => None,
                (true, _) => return Err(ConfigError::new("encoding_aes_keys", "at least one is needed in this mode")),
                (false, _) => Some(MessageCrypto::new(token, &keys, &config.app_id).map_err(|_| {
                    ConfigError::new("encoding_aes_keys", "an EncodingAESKey has 43 letters and digits")
                })?),
            };
        Ok(Self { token: token.to_owned(), crypto, mode: config.message_mode })
    }

    /// Answers WeChat's verification of the address: the `echostr` to return as the whole body, as text.
    pub fn verify_url(&self, query: &[(String, String)]) -> Result<String, MessageError> {
        self.check_plain_signature(query)?;
        parameter(query, "echostr").map(str::to_owned)
    }

    /// Checks and opens a push, and reads it.
    pub fn open_message(&self, query: &[(String, String)], body: &[u8]) -> Result<Inbound, MessageError> {
        Ok(Inbound::parse(&self.open(query, body)?)?)
    }

    /// Checks and opens a push and returns its text. In an encrypted one only `msg_signature` counts: `signature`
    /// does not cover the body (pitfalls F6). A body with both forms (兼容模式) is read from its encrypted part.
    pub fn open(&self, query: &[(String, String)], body: &[u8]) -> Result<String, MessageError> {
        let text = std::str::from_utf8(body).map_err(|_| XmlError::Malformed)?;
        let is_encrypted = query.iter().any(|(name, value)| name == "encrypt_type" && value == "aes");
        let (true, Some(crypto)) = (is_encrypted, &self.crypto) else {
            if self.mode == MessageMode::Secure {
                return Err(MessageError::NotEncrypted);
            }
            self.check_plain_signature(query)?;
            return Ok(text.to_owned());
        };
        let timestamp = parameter(query, "timestamp")?;
        let nonce = parameter(query, "nonce")?;
        let signature = parameter(query, "msg_signature")?;
        let envelope = xml::parse(text)?;
        let ciphertext = envelope.child_text("Encrypt").map(str::trim).ok_or(XmlError::Malformed)?;
        crypto.open(signature, timestamp, nonce, ciphertext).map_err(|error| match error {
            CryptoError::Signature => MessageError::Signature,
            other => MessageError::Decrypt(other.to_string()),
        })
    }

    /// Seals an answer for an encrypted push; in plain mode the answer stays as it is. `now` is unix seconds.
    pub fn seal_reply(&self, reply_xml: &str, now: i64) -> String {
        match &self.crypto {
            Some(crypto) if self.mode != MessageMode::Plain => {
                reply::seal(crypto, reply_xml, &rand::random(), &now.to_string(), &random::alphanumeric(10))
            }
            _ => reply_xml.to_owned(),
        }
    }

    fn check_plain_signature(&self, query: &[(String, String)]) -> Result<(), MessageError> {
        let expected = url_signature(&self.token, parameter(query, "timestamp")?, parameter(query, "nonce")?);
        if constant_time_equal(&expected, parameter(query, "signature")?) {
            Ok(())
        } else {
            Err(MessageError::Signature)
        }
    }
}

fn parameter<'a>(query: &'a [(String, String)], name: &'static str) -> Result<&'a str, MessageError> {
    let mut values = query.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(MessageError::Query(name)),
    }
}
