//! jssdk.json, miniprogram.json and ids.json.

use wechat::mini::{check_session_signature, decrypt_user_data, user_data_signature};
use wechat::mp::jssdk;
use wechat::uscc;

use super::{Folder, Tally, equal, text, verdict};

pub fn jssdk(folder: &Folder) -> Option<Tally> {
    let file = folder.json("jssdk.json")?;
    let mut tally = Tally::new("jssdk.json");
    tally.each(&file["vectors"], |vector| {
        let page = text(vector, "page_url")?;
        let (ticket, nonce) = (text(vector, "jsapi_ticket")?, text(vector, "noncestr")?);
        let timestamp = super::number(vector, "timestamp")?.to_string();
        equal("address", jssdk::url_to_sign(page), text(vector, "url_to_sign")?)?;
        equal("text", jssdk::message(ticket, nonce, &timestamp, page).as_str(), text(vector, "string1")?)?;
        equal("signature", jssdk::sign(ticket, nonce, &timestamp, page).as_str(), text(vector, "signature")?)
    });
    Some(tally)
}

pub fn miniprogram(folder: &Folder) -> Option<Tally> {
    let file = folder.json("miniprogram.json")?;
    let mut tally = Tally::new("miniprogram.json");
    let session_key = file["session_key"].as_str()?;
    let app_id = file["appid"].as_str()?;
    let signed = &file["user_data_signature"];
    if let (Some(raw), Some(expected)) = (signed["rawData"].as_str(), signed["signature"].as_str()) {
        tally.count("rawData", equal("signature", user_data_signature(raw, session_key).as_str(), expected));
    }
    if let Some(expected) = file["check_session"]["signature"].as_str() {
        tally.count("checksession", equal("signature", check_session_signature(session_key).as_str(), expected));
    }
    tally.each(&file["encrypted_data"], |vector| {
        let key = vector["session_key"].as_str().unwrap_or(session_key);
        let result = decrypt_user_data(key, text(vector, "iv")?, text(vector, "encryptedData")?, app_id);
        if let (Ok(found), Some(expected)) = (&result, vector["plaintext"].as_str()) {
            equal("plaintext", found.as_str(), expected)?;
        }
        verdict(text(vector, "expect")?, result)
    });
    Some(tally)
}

pub fn ids(folder: &Folder) -> Option<Tally> {
    let file = folder.json("ids.json")?;
    let mut tally = Tally::new("ids.json");
    tally.each(&file["uscc"], |vector| {
        let code = text(vector, "code")?;
        verdict(text(vector, "expect")?, uscc::check(code)).map_err(|reason| format!("{code}: {reason}"))
    });
    Some(tally)
}
