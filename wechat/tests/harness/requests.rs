//! request-signature.json and paysign.json: what we sign.

use wechat::crypto::keys::SigningKey;
use wechat::pay::PaymentParameters;
use wechat::pay::authorization::{Authorization, request_message};

use super::{Folder, Tally, body, equal, number, text};

fn merchant_key(folder: &Folder) -> SigningKey {
    SigningKey::from_pem(folder.key("/merchant/private_key_pkcs8_pem")).expect("the merchant's key")
}

pub fn signatures(folder: &Folder) -> Option<Tally> {
    let file = folder.json("request-signature.json")?;
    let key = merchant_key(folder);
    let mut tally = Tally::new("request-signature.json");
    tally.each(&file["vectors"], |vector| {
        let (method, target, nonce) =
            (text(vector, "method")?, text(vector, "request_target")?, text(vector, "nonce_str")?);
        let body = body(vector, "body")?;
        let timestamp = number(vector, "timestamp")?;
        let message = request_message(method, target, &timestamp.to_string(), nonce, &body);
        equal("message", message, super::body(vector, "message")?)?;
        let signed = Authorization::sign(
            &key,
            folder.key("/mchid"),
            folder.key("/merchant/serial_no"),
            (method, target, &body),
            timestamp,
            nonce,
        );
        equal("signature", signed.signature.as_str(), text(vector, "signature_b64")?)?;
        let given = Authorization::parse(text(vector, "authorization_header")?).map_err(|error| error.to_string())?;
        equal("header", &signed, &given)?;
        let again = Authorization::parse(&signed.to_header()).map_err(|error| error.to_string())?;
        again.verify(&key.verifying_key(), method, target, &body).map_err(|error| error.to_string())
    });
    Some(tally)
}

pub fn front_end(folder: &Folder) -> Option<Tally> {
    let file = folder.json("paysign.json")?;
    let key = merchant_key(folder);
    let mut tally = Tally::new("paysign.json");
    tally.each(&file["vectors"], |vector| {
        let package = text(vector, "package")?;
        let prepay_id = package.strip_prefix("prepay_id=").ok_or("the package has no prepay_id")?;
        let made = PaymentParameters::sign(
            &key,
            text(vector, "appId")?,
            prepay_id,
            number(vector, "timeStamp")?,
            text(vector, "nonceStr")?,
        );
        let made = serde_json::to_value(made).map_err(|error| error.to_string())?;
        for name in ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"] {
            equal(name, &made[name], &vector[name])?;
        }
        Ok(())
    });
    Some(tally)
}
