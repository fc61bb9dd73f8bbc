//! aead.json and sensitive-oaep.json.

use wechat::crypto::keys::SigningKey;
use wechat::crypto::{aead, sensitive};

use super::{Folder, Tally, equal, text, verdict};

pub fn aead(folder: &Folder) -> Option<Tally> {
    let file = folder.json("aead.json")?;
    let mut tally = Tally::new("aead.json");
    tally.each(&file["vectors"], |vector| {
        let key = text(vector, "key_utf8")?.as_bytes();
        let nonce = text(vector, "nonce_utf8")?.as_bytes();
        let associated_data = vector["associated_data_utf8"].as_str().unwrap_or_default().as_bytes();
        let ciphertext = text(vector, "ciphertext_b64")?;
        let result = aead::decrypt(key, nonce, associated_data, ciphertext);
        if let (Ok(plain), Some(expected)) = (&result, vector["plaintext_utf8"].as_str()) {
            equal("plaintext", String::from_utf8_lossy(plain).as_ref(), expected)?;
            let again = aead::encrypt(key, nonce, associated_data, plain).map_err(|error| error.to_string())?;
            equal("encrypted again", again.as_str(), ciphertext)?;
        }
        verdict(text(vector, "expect")?, result)
    });
    Some(tally)
}

pub fn sensitive(folder: &Folder) -> Option<Tally> {
    let file = folder.json("sensitive-oaep.json")?;
    let mut tally = Tally::new("sensitive-oaep.json");
    tally.each(&file["vectors"], |vector| {
        let expected = text(vector, "plaintext_utf8")?;
        for direction in ["to_wechat", "from_wechat"] {
            let field = &vector[direction];
            let Some(owner) = field["decrypt_with"].as_str() else { continue };
            let key = SigningKey::from_pem(folder.key(&format!("/{}", owner.replace('.', "/"))))
                .map_err(|error| error.to_string())?;
            let plain = sensitive::decrypt(&key, text(field, "ciphertext_b64")?).map_err(|error| error.to_string())?;
            equal(direction, plain.as_str(), expected)?;
            let ours = sensitive::encrypt_for(&key.verifying_key(), expected).map_err(|error| error.to_string())?;
            equal("our own", sensitive::decrypt(&key, &ours), Ok(expected.to_owned()))?;
        }
        Ok(())
    });
    Some(tally)
}
