//! Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, with a secret written `whsec_` + base64.

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngCore;
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// The convention wants 24 to 64.
const SECRET_BYTES: usize = 32;

/// A fresh secret, as it is handed over.
pub fn new_secret() -> String {
    let mut bytes = [0u8; SECRET_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// One signature.
///
/// # Errors
/// When the secret is none.
pub fn sign(secret: &str, id: &str, timestamp_s: i64, body: &str) -> anyhow::Result<String> {
    let key = secret.strip_prefix(PREFIX).context("a secret without whsec_")?;
    let key = STANDARD.decode(key).context("a secret that is no base64")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's libraries.
    #[test]
    fn the_known_example_comes_out() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_fresh_secret_signs_and_no_other_text_does() {
        let secret = new_secret();
        assert_ne!(secret, new_secret());
        assert!(sign(&secret, "evt_1", 1, "{}").is_ok());
        assert!(sign("secret", "evt_1", 1, "{}").is_err() && sign("whsec_?", "evt_1", 1, "{}").is_err());
    }
}
