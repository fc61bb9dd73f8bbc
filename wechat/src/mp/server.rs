//! The server side of the account's address (服务器配置): verification, and opening what WeChat posts (mp §1, §2).

use secrecy::ExposeSecret;

use super::config::{MessageMode, MpConfig};
use super::inbound::Inbound;
use super::xml::XmlError;
use super::{document, reply};
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
    /// Neither the XML nor the JSON of a push.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// Opens pushes and seals answers for one account. Works for the pushes of a mini-program as well.
#[derive(Debug, Clone)]
pub struct MessageServer {
    /// The newest first.
    tokens: Vec<String>,
    crypto: Option<MessageCrypto>,
    mode: MessageMode,
}

impl MessageServer {
    /// Takes tokens, keys, AppID and mode of the configuration. Errors name the field.
    pub fn new(config: &MpConfig) -> Result<Self, ConfigError> {
        let token = config.token.expose_secret();
        if token.is_empty() {
            return Err(ConfigError::new("token", "must not be empty"));
        }
        let token_old = config.token_old.as_ref().map(|token| token.expose_secret());
        if token_old.is_some_and(str::is_empty) {
            return Err(ConfigError::new("token_old", "must not be empty; leave it out"));
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
        let crypto = crypto.map(|crypto| crypto.and_believing(token_old.unwrap_or_default()));
        let tokens = std::iter::once(token).chain(token_old).map(str::to_owned).collect();
        Ok(Self { tokens, crypto, mode: config.message_mode })
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

    /// As [`Self::open_message`], and what seals the answer to it.
    pub fn open_to_answer(&self, query: &[(String, String)], body: &[u8]) -> Result<(Inbound, Answerer), MessageError> {
        let (text, answerer) = self.open_whole(query, body)?;
        Ok((Inbound::parse(&text)?, answerer))
    }

    /// Checks and opens a push and returns its text. In an encrypted one only `msg_signature` counts: `signature`
    /// does not cover the body (pitfalls F6). A body with both forms (兼容模式) is read from its encrypted part.
    pub fn open(&self, query: &[(String, String)], body: &[u8]) -> Result<String, MessageError> {
        self.open_whole(query, body).map(|(text, _)| text)
    }

    fn open_whole(&self, query: &[(String, String)], body: &[u8]) -> Result<(String, Answerer), MessageError> {
        let is_sealing = self.mode != MessageMode::Plain;
        let text = std::str::from_utf8(body).map_err(|_| XmlError::Malformed)?;
        let is_encrypted = query.iter().any(|(name, value)| name == "encrypt_type" && value == "aes");
        let (true, Some(crypto)) = (is_encrypted, &self.crypto) else {
            if self.mode == MessageMode::Secure {
                return Err(MessageError::NotEncrypted);
            }
            self.check_plain_signature(query)?;
            return Ok((text.to_owned(), Answerer { crypto: self.crypto.clone().filter(|_| is_sealing) }));
        };
        let timestamp = parameter(query, "timestamp")?;
        let nonce = parameter(query, "nonce")?;
        let signature = parameter(query, "msg_signature")?;
        let envelope = document::parse(text)?;
        let ciphertext = envelope.child_text("Encrypt").map(str::trim).ok_or(XmlError::Malformed)?;
        let opened = crypto.open_to_answer(signature, timestamp, nonce, ciphertext);
        let (text, crypto) = opened.map_err(|error| match error {
            CryptoError::Signature => MessageError::Signature,
            other => MessageError::Decrypt(other.to_string()),
        })?;
        Ok((text, Answerer { crypto: Some(crypto).filter(|_| is_sealing) }))
    }

    fn check_plain_signature(&self, query: &[(String, String)]) -> Result<(), MessageError> {
        let (timestamp, nonce) = (parameter(query, "timestamp")?, parameter(query, "nonce")?);
        let signature = parameter(query, "signature")?;
        let signed_with = |token: &String| constant_time_equal(&url_signature(token, timestamp, nonce), signature);
        if self.tokens.iter().any(signed_with) { Ok(()) } else { Err(MessageError::Signature) }
    }
}

/// Seals the answer to one push with the token and the key that fitted it: while they are being changed, WeChat may learn
/// of the new ones later than we do.
#[derive(Debug, Clone)]
pub struct Answerer {
    crypto: Option<MessageCrypto>,
}

impl Answerer {
    /// Seals an answer for an encrypted push; in plain mode the answer stays as it is. `now` is unix seconds.
    pub fn seal(&self, reply_xml: &str, now: i64) -> String {
        let Some(crypto) = &self.crypto else { return reply_xml.to_owned() };
        reply::seal(crypto, reply_xml, &rand::random(), &now.to_string(), &random::alphanumeric(10))
    }
}

fn parameter<'a>(query: &'a [(String, String)], name: &'static str) -> Result<&'a str, MessageError> {
    let mut values = query.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(MessageError::Query(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp::inbound::{Event, InboundKind};
    use crate::mp::xml;

    const OLD_KEY: &str = "oLv4FxPJnqpo7Mx8uNPvIyFYRybjlNGw2vrfCCZX7qQ";
    const NEW_KEY: &str = "CEfVzWiPurMlaM6lOf8dP7veRNhml7l7aHLmisrHR1N";
    const PUSH: &str = "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1785500000\
                        </CreateTime><MsgType>event</MsgType><Event>CLICK</Event><EventKey>pay</EventKey></xml>";

    fn server(keys: &[&str], message_mode: MessageMode) -> Result<MessageServer, ConfigError> {
        MessageServer::new(&MpConfig {
            base_url: "https://api.example".to_owned(),
            open_base_url: "https://open.example".to_owned(),
            app_id: "wx1".to_owned(),
            app_secret: "s".to_owned().into(),
            token: "token".to_owned().into(),
            token_old: Some("token before".to_owned().into()),
            encoding_aes_keys: keys.iter().map(|key| (*key).to_owned().into()).collect(),
            message_mode,
            timeout_ms: 1_000,
        })
    }

    fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn plain_query() -> Vec<(String, String)> {
        query(&[("timestamp", "1"), ("nonce", "n"), ("signature", &url_signature("token", "1", "n"))])
    }

    /// A push as the console's mode makes it, encrypted with `key`.
    fn encrypted(key: &str, plain_part: &str) -> (Vec<(String, String)>, String) {
        let crypto = MessageCrypto::new("token", &[key], "wx1").expect("a key");
        encrypted_by(&crypto, plain_part)
    }

    fn encrypted_by(crypto: &MessageCrypto, plain_part: &str) -> (Vec<(String, String)>, String) {
        let ciphertext = crypto.encrypt(PUSH);
        let signature = crypto.signature("1", "n", &ciphertext);
        let query = [plain_query(), query(&[("encrypt_type", "aes"), ("msg_signature", &signature)])].concat();
        (query, format!("<xml>{plain_part}<Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"))
    }

    #[test]
    fn both_keys_open_while_the_console_changes_from_one_to_the_other() {
        let server = server(&[NEW_KEY, OLD_KEY], MessageMode::Secure).expect("a server");
        for key in [OLD_KEY, NEW_KEY] {
            let (query, body) = encrypted(key, "");
            let inbound = server.open_message(&query, body.as_bytes()).expect("opened");
            assert_eq!(inbound.kind, InboundKind::Event(Event::Click { key: "pay".to_owned() }));
        }
    }

    #[test]
    fn json_is_opened_under_the_same_signature_and_refused_without_it() {
        let server = server(&[NEW_KEY], MessageMode::Secure).expect("a server");
        let push =
            r#"{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1785500000,"MsgType":"event","Event":"never"}"#;
        let crypto = MessageCrypto::new("token", &[NEW_KEY], "wx1").expect("a key");
        let ciphertext = crypto.encrypt(push);
        let body = format!(r#"{{"ToUserName":"gh_1","Encrypt":"{ciphertext}"}}"#);
        let signed =
            |signature: &str| [plain_query(), query(&[("encrypt_type", "aes"), ("msg_signature", signature)])].concat();
        let right = crypto.signature("1", "n", &ciphertext);
        let inbound = server.open_message(&signed(&right), body.as_bytes()).expect("opened");
        assert_eq!((inbound.from_user.as_str(), inbound.text.as_str()), ("o1", push));
        assert_eq!(server.open_message(&signed(&"0".repeat(40)), body.as_bytes()), Err(MessageError::Signature));
        assert_eq!(server.open_message(&plain_query(), push.as_bytes()), Err(MessageError::NotEncrypted));
        for broken in ["{}", "{\"Encrypt\":", "{\"Encrypt\":[[]]}"] {
            let refused = server.open_message(&signed(&right), broken.as_bytes());
            assert_eq!(refused, Err(MessageError::Xml(XmlError::Malformed)), "{broken}");
        }
    }

    #[test]
    fn either_token_signs_while_the_console_changes_and_the_answer_comes_in_the_keys_of_the_question() {
        let server = server(&[NEW_KEY, OLD_KEY], MessageMode::Secure).expect("a server");
        for (token, key) in [("token", NEW_KEY), ("token before", OLD_KEY), ("token", OLD_KEY)] {
            let crypto = MessageCrypto::new(token, &[key], "wx1").expect("a key");
            let (query, body) = encrypted_by(&crypto, "");
            let (inbound, answerer) = server.open_to_answer(&query, body.as_bytes()).expect("opened");
            assert_eq!(inbound.from_user, "o1");
            let sealed = xml::parse(&answerer.seal("<xml>好</xml>", 1_785_500_000)).expect("XML");
            let part = |name: &str| sealed.child_text(name).expect("a part").to_owned();
            let opened = crypto.open(&part("MsgSignature"), &part("TimeStamp"), &part("Nonce"), &part("Encrypt"));
            assert_eq!(opened.as_deref(), Ok("<xml>好</xml>"), "{token}");
        }
        for token in ["a third token", "", "tokentoken before"] {
            let crypto = MessageCrypto::new(token, &[NEW_KEY], "wx1").expect("a key");
            let (query, body) = encrypted_by(&crypto, "");
            assert_eq!(server.open_message(&query, body.as_bytes()), Err(MessageError::Signature), "{token}");
        }
    }

    #[test]
    fn the_address_is_verified_by_either_token_and_by_no_third() {
        let server = server(&[NEW_KEY], MessageMode::Secure).expect("a server");
        for (token, expected) in [
            ("token", Ok("echo")),
            ("token before", Ok("echo")),
            ("a third token", Err(&MessageError::Signature)),
            ("", Err(&MessageError::Signature)),
        ] {
            let signature = url_signature(token, "1", "n");
            let pairs = [("timestamp", "1"), ("nonce", "n"), ("signature", &signature), ("echostr", "echo")];
            assert_eq!(server.verify_url(&query(&pairs)).as_deref(), expected, "{token}");
        }
    }

    #[test]
    fn in_compatible_mode_only_the_encrypted_part_is_believed() {
        let server = server(&[NEW_KEY], MessageMode::Compatible).expect("a server");
        let (query, body) = encrypted(NEW_KEY, "<FromUserName>forged</FromUserName><MsgType>text</MsgType>");
        assert_eq!(server.open_message(&query, body.as_bytes()).expect("opened").from_user, "o1");
    }

    #[test]
    fn plain_pushes_are_for_plain_mode() {
        let plain = server(&[], MessageMode::Plain).expect("a server");
        assert!(plain.open_message(&plain_query(), PUSH.as_bytes()).is_ok());
        let (_, answerer) = plain.open_to_answer(&plain_query(), PUSH.as_bytes()).expect("opened");
        assert_eq!(answerer.seal("<xml/>", 1), "<xml/>");
        let secure = server(&[NEW_KEY], MessageMode::Secure).expect("a server");
        assert_eq!(secure.open_message(&plain_query(), PUSH.as_bytes()), Err(MessageError::NotEncrypted));
        assert_eq!(server(&[], MessageMode::Secure).expect_err("no key").field, "encoding_aes_keys");
    }

    #[test]
    fn pushes_with_a_document_type_or_a_doubled_parameter_are_refused() {
        let plain = server(&[], MessageMode::Plain).expect("a server");
        let hostile = format!("<!DOCTYPE xml [<!ENTITY a \"b\">]>{PUSH}");
        assert_eq!(plain.open_message(&plain_query(), hostile.as_bytes()), Err(MessageError::Xml(XmlError::Forbidden)));
        let doubled = [plain_query(), query(&[("nonce", "n")])].concat();
        assert_eq!(plain.open_message(&doubled, PUSH.as_bytes()), Err(MessageError::Query("nonce")));
        assert!(plain.open_message(&plain_query(), b"\xff\xfe").is_err());
    }

    #[test]
    fn messages_of_every_length_survive_the_padding() {
        let crypto = MessageCrypto::new("token", &[NEW_KEY], "wx1").expect("a key");
        for length in 0..100 {
            let message = "检".repeat(length / 3) + &"x".repeat(length % 3);
            assert_eq!(crypto.decrypt(&crypto.encrypt(&message)), Ok(message));
        }
    }
}
