//! mp-message.json: the service account's address, encrypted pushes and answers.

use serde_json::Value;
use wechat::crypto::message::{MessageCrypto, decode_encoding_aes_key};
use wechat::mp::reply;
use wechat::mp::server::MessageServer;
use wechat::mp::{MessageMode, MpConfig};

use super::{Folder, Outcome, Tally, equal, text, verdict};

pub fn run(folder: &Folder) -> Option<Tally> {
    let file = folder.json("mp-message.json")?;
    let mut tally = Tally::new("mp-message.json");
    let of_file = |name: &str| file[name].as_str().unwrap_or_default();
    let server = server(of_file("token"), of_file("encoding_aes_key"), of_file("appid"));
    tally.each(&file["url_verification"], |vector| {
        let result = server.verify_url(&query(&vector["query"]));
        if let (Ok(found), Some(expected)) = (&result, vector["expect"]["body"].as_str()) {
            equal("echo", found.as_str(), expected)?;
        }
        verdict(text(&vector["expect"], "verdict")?, result)
    });
    tally.each(&file["messages"], |vector| {
        let query = query(&vector["query"]);
        let post = text(vector, "post_xml")?.as_bytes();
        let result = server.open(&query, post);
        if let (Ok(found), Some(expected)) = (&result, vector["expect"]["xml"].as_str()) {
            equal("message", found.as_str(), expected)?;
            // Some vectors carry filling instead of a push.
            if expected.contains("<MsgType>") {
                server.open_message(&query, post).map_err(|error| error.to_string())?;
            }
        }
        verdict(text(&vector["expect"], "verdict")?, result)
    });
    let crypto = MessageCrypto::new(of_file("token"), &[of_file("encoding_aes_key")], of_file("appid")).ok()?;
    tally.each(&file["passive_replies"], |vector| passive_reply(&crypto, vector));
    if file["key_with_spare_bits"].is_object() {
        tally.count("key with spare bits", spare_bits(&file, of_file("token"), of_file("appid")));
    }
    Some(tally)
}

fn server(token: &str, key: &str, app_id: &str) -> MessageServer {
    MessageServer::new(&MpConfig {
        base_url: "https://api.example".to_owned(),
        open_base_url: "https://open.example".to_owned(),
        app_id: app_id.to_owned(),
        app_secret: "unused".to_owned().into(),
        token: token.to_owned().into(),
        token_old: None,
        encoding_aes_keys: vec![key.to_owned().into()],
        message_mode: MessageMode::Secure,
        timeout_ms: 1_000,
    })
    .expect("token and key of the file")
}

/// The query as pairs, from an object or from a list of pairs.
fn query(value: &Value) -> Vec<(String, String)> {
    let pair = |name: &str, value: &Value| (name.to_owned(), value.as_str().unwrap_or_default().to_owned());
    match value {
        Value::Object(map) => map.iter().map(|(name, value)| pair(name, value)).collect(),
        Value::Array(list) => list.iter().map(|item| pair(item[0].as_str().unwrap_or_default(), &item[1])).collect(),
        _ => Vec::new(),
    }
}

fn sixteen(vector: &Value) -> Result<[u8; 16], String> {
    text(vector, "random16")?.as_bytes().try_into().map_err(|_| "random16 has no 16 bytes".to_owned())
}

fn passive_reply(crypto: &MessageCrypto, vector: &Value) -> Outcome {
    let plain = text(vector, "plain_xml")?;
    let (timestamp, nonce) = (text(vector, "timestamp")?, text(vector, "nonce")?);
    let sealed = reply::seal(crypto, plain, &sixteen(vector)?, timestamp, nonce);
    equal("sealed", sealed.as_str(), text(vector, "encrypted_reply_xml")?)?;
    let opened = crypto.open(text(vector, "msg_signature")?, timestamp, nonce, text(vector, "encrypt")?);
    equal("opened", opened, Ok(plain.to_owned()))
}

fn spare_bits(file: &Value, token: &str, app_id: &str) -> Outcome {
    let vector = &file["key_with_spare_bits"];
    let key = text(vector, "encoding_aes_key")?;
    let bytes = decode_encoding_aes_key(key).map_err(|error| error.to_string())?;
    equal("key", hex::encode(bytes).as_str(), text(vector, "key_hex")?)?;
    let crypto = MessageCrypto::new(token, &[key], app_id).map_err(|error| error.to_string())?;
    let xml = text(vector, "xml")?;
    equal("encrypted", crypto.encrypt_with(&sixteen(vector)?, xml).as_str(), text(vector, "encrypt")?)?;
    let opened = crypto.open(
        text(vector, "msg_signature")?,
        text(vector, "timestamp")?,
        text(vector, "nonce")?,
        text(vector, "encrypt")?,
    );
    equal("opened", opened, Ok(xml.to_owned()))
}
