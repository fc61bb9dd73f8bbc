//! certificates.json and responses.json: what WeChat Pay answers.

use serde_json::Value;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::VerifyingKey;
use wechat::crypto::suite::Suite;
use wechat::pay::keyring::Keyring;
use wechat::pay::{ApiV3Key, answers, certificates};

use super::{Folder, Outcome, Tally, body, headers, number};

/// The keys a verifier knows at the start.
pub fn known_keys(folder: &Folder) -> Keyring {
    let keyring = Keyring::new();
    keyring.insert_certificate(Certificate::from_pem(folder.key("/platform_cert/cert_pem")).expect("a certificate"));
    let key = VerifyingKey::from_pem(folder.key("/wechatpay_public_key/public_key_pem")).expect("a public key");
    keyring.insert_public_key(folder.key("/wechatpay_public_key/public_key_id"), key);
    keyring
}

pub fn api_v3_key(folder: &Folder) -> ApiV3Key {
    ApiV3Key::new(folder.key("/apiv3_key")).expect("an APIv3 key")
}

/// Takes the certificates of certificates.json into `keyring`, as the client does after a download.
/// The clock is that of the file.
pub fn install(folder: &Folder, keyring: &Keyring) -> Outcome {
    let file = folder.json("certificates.json").ok_or("no certificates.json")?;
    let response = &file["response"];
    let now = number(&file, "now")?;
    certificates::install(
        keyring,
        Suite::International,
        &[api_v3_key(folder)],
        &headers(response)?,
        &body(response, "body")?,
        now,
    )
    .map(drop)
    .map_err(|error| error.to_string())
}

pub fn certificates(folder: &Folder) -> Option<Tally> {
    let file = folder.json("certificates.json")?;
    let mut tally = Tally::new("certificates.json");
    tally.count("the list without any key", first_download(folder, &file));
    Some(tally)
}

fn first_download(folder: &Folder, file: &Value) -> Outcome {
    let now = number(file, "now")?;
    let keyring = Keyring::new();
    install(folder, &keyring)?;
    for serial in file["expect"]["serials"].as_array().ok_or("no serials expected")? {
        let serial = serial.as_str().ok_or("a serial is no text")?;
        keyring.get(serial, now).ok_or_else(|| format!("{serial} is not known"))?;
    }
    Ok(())
}

pub fn responses(folder: &Folder) -> Option<Tally> {
    let file = folder.json("responses.json")?;
    let keyring = known_keys(folder);
    let mut tally = Tally::new("responses.json");
    tally.each(&file["vectors"], |vector| {
        let expected = vector["expect"].as_str().map_or_else(|| vector["expect"].to_string(), str::to_owned);
        let (headers, body) = (headers(vector)?, body(vector, "body")?);
        let status = u16::try_from(number(vector, "status")?).map_err(|error| error.to_string())?;
        // As in the client: errors are unsigned by design, a success must be signed.
        let read = match status {
            200..=299 => answers::verify(&keyring, &headers, &body, number(vector, "now")?),
            _ => Ok(()),
        }
        .map_err(|error| error.to_string())
        .and_then(|()| answers::interpret(status, &headers, body).map_err(|error| error.to_string()));
        let fails = status >= 400 || ["error", "reject", "refuse"].iter().any(|word| expected.contains(word));
        match (fails, read) {
            (false, Ok(_)) | (true, Err(_)) => Ok(()),
            (false, Err(error)) => Err(error),
            (true, Ok(_)) => Err("read as success".to_owned()),
        }
    });
    Some(tally)
}
