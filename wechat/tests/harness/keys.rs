//! keys.json: every form of a key is read, and they belong together.

use serde_json::Value;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::{SigningKey, VerifyingKey};

use super::{Folder, Outcome, Tally, equal};

pub fn run(folder: &Folder) -> Option<Tally> {
    let mut tally = Tally::new("keys.json");
    for (name, entry) in folder.keys().as_object()? {
        if entry.is_object() {
            tally.count(name, check(entry));
        }
    }
    Some(tally)
}

fn check(entry: &Value) -> Outcome {
    let read = |name: &str| entry[name].as_str();
    let mut publics = Vec::new();
    for name in ["private_key_pem", "private_key_pkcs8_pem", "private_key_pkcs1_pem"] {
        if let Some(pem) = read(name) {
            let key = SigningKey::from_pem(pem).map_err(|error| format!("{name}: {error}"))?;
            publics.push(key.verifying_key().spki_der().to_vec());
        }
    }
    if let Some(pem) = read("public_key_pem") {
        let key = VerifyingKey::from_pem(pem).map_err(|error| format!("public_key_pem: {error}"))?;
        publics.push(key.spki_der().to_vec());
    }
    if let Some(pem) = read("cert_pem") {
        let certificate = Certificate::from_pem(pem).map_err(|error| format!("cert_pem: {error}"))?;
        equal("serial", Some(certificate.serial()), read("serial_no"))?;
        publics.push(certificate.key().spki_der().to_vec());
    }
    publics.dedup();
    equal("different keys in one entry", publics.len(), 1)
}
