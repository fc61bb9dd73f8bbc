//! What the service account and the mini-program push: plain and encrypted, XML and JSON.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechat::crypto::message::{MessageCrypto, url_signature};
use wechat::mp::document;
use wechat::mp::inbound::Inbound;
use wechat::mp::server::{MessageError, MessageServer};
use wechat::mp::xml::{self, Element};
use wechat::mp::{MessageMode, MpConfig};

const TOKEN: &str = "token";
const APP_ID: &str = "wx1";
const KEY: &str = "oLv4FxPJnqpo7Mx8uNPvIyFYRybjlNGw2vrfCCZX7qQ";

fn server(message_mode: MessageMode) -> MessageServer {
    MessageServer::new(&MpConfig {
        base_url: "https://api.example".to_owned(),
        open_base_url: "https://open.example".to_owned(),
        app_id: APP_ID.to_owned(),
        app_secret: "s".to_owned().into(),
        token: TOKEN.to_owned().into(),
        token_old: None,
        encoding_aes_keys: vec![KEY.to_owned().into()],
        message_mode,
        timeout_ms: 1_000,
    })
    .expect("a server")
}

static SECURE: LazyLock<MessageServer> = LazyLock::new(|| server(MessageMode::Secure));
static COMPATIBLE: LazyLock<MessageServer> = LazyLock::new(|| server(MessageMode::Compatible));
static CRYPTO: LazyLock<MessageCrypto> = LazyLock::new(|| MessageCrypto::new(TOKEN, &[KEY], APP_ID).expect("a key"));

fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn weigh(element: &Element) -> (usize, usize) {
    let below = element.children.iter().map(weigh).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (below.0 + 1, below.1 + element.text.len())
}

/// A plain push. What is read is bounded; texts come out as they went in.
pub fn account_push(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(SECURE.open(&[], bytes).is_err());
        return;
    };
    if let Ok(root) = xml::parse(text) {
        let (elements, characters) = weigh(&root);
        assert!(elements <= 2_000 && characters <= text.len(), "bounded by limit and input");
        assert_eq!(document::parse(text), Ok(root), "what is XML is read as XML");
    } else if let Ok(root) = document::parse(text) {
        let (elements, characters) = weigh(&root);
        // A number may be written shorter than it is read: 1e15.
        assert!(elements <= 2_000 && characters <= 8 * text.len(), "bounded by limit and input");
    }
    assert!(xml::parse(&format!("<!DOCTYPE xml>{text}")).is_err(), "no document type is read");
    if let Ok(push) = Inbound::parse(text) {
        assert_eq!(push.dedup_key(), Inbound::parse(text).expect("the same again").dedup_key());
        assert!(push.dedup_key().len() <= text.len() + 100);
    }
    // What is not encrypted is not taken where only encrypted pushes are, right signature or not.
    let signature = url_signature(TOKEN, "1", "n");
    let plain = query(&[("timestamp", "1"), ("nonce", "n"), ("signature", &signature)]);
    assert!(SECURE.open(&plain, bytes).is_err());
    // A text that we put into a reply comes out whole.
    if text.chars().all(|character| character != '\0' && character != '\r') {
        let reply = format!("<xml><A>{}</A></xml>", xml::cdata(text));
        if let Ok(root) = xml::parse(&reply) {
            assert_eq!(root.child_text("A"), Some(text));
        }
    }
    if !text.contains('\0')
        && let Ok(root) = document::parse(&serde_json::json!({ "A": text }).to_string())
    {
        assert_eq!(root.child_text("A"), Some(text));
    }
}

/// The same ciphertext in an envelope of JSON opens to the same, or is refused for the same reason; unless it is so large that
/// one of the two envelopes is too large and the other is not.
fn assert_same_as_json(query: &[(String, String)], ciphertext: &str, opened: &Result<String, MessageError>) {
    let body = serde_json::json!({ "ToUserName": "gh_1", "Encrypt": ciphertext }).to_string();
    if body.len() < 255 * 1024 {
        assert_eq!(&SECURE.open(query, body.as_bytes()), opened);
    }
}

/// An encrypted push. A stranger's envelope is opened under no signature but the right one; under the right one, padding,
/// length and receiver decide.
pub fn sealed_push(bytes: &[u8]) {
    let (choice, rest) = super::choice(bytes);
    match choice % 3 {
        0 => {
            // The envelope is the stranger's, the signature too.
            let query = query(&[("timestamp", "1"), ("nonce", "n"), ("encrypt_type", "aes"), ("msg_signature", "0")]);
            assert!(SECURE.open(&query, rest).is_err() && COMPATIBLE.open(&query, rest).is_err());
        }
        1 => {
            // The bytes are the ciphertext, signed right.
            let ciphertext = STANDARD.encode(rest);
            let signature = CRYPTO.signature("1", "n", &ciphertext);
            let pairs = [("timestamp", "1"), ("nonce", "n"), ("encrypt_type", "aes"), ("msg_signature", &signature)];
            let body = format!("<xml><Encrypt>{ciphertext}</Encrypt></xml>");
            let opened = SECURE.open(&query(&pairs), body.as_bytes());
            assert_same_as_json(&query(&pairs), &ciphertext, &opened);
            if let Ok(opened) = opened {
                assert!(opened.len() < rest.len());
            }
        }
        _ => {
            // The bytes are the message, sealed right: they come out as they went in, and are read or refused.
            let text = super::text(rest);
            let ciphertext = CRYPTO.encrypt(&text);
            let signature = CRYPTO.signature("1", "n", &ciphertext);
            let pairs = [("timestamp", "1"), ("nonce", "n"), ("encrypt_type", "aes"), ("msg_signature", &signature)];
            let body = format!("<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>");
            let opened = SECURE.open(&query(&pairs), body.as_bytes());
            assert_same_as_json(&query(&pairs), &ciphertext, &opened);
            match opened {
                Ok(opened) => assert_eq!(opened, text),
                Err(_) => assert!(body.len() > 256 * 1024, "only too large a push is refused"),
            }
            let _read = SECURE.open_message(&query(&pairs), body.as_bytes());
            assert_eq!(CRYPTO.open(&signature, "2", "n", &ciphertext).ok(), None, "signed for another moment");
        }
    }
}
