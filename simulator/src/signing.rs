//! Signing as WeChat: answers and notices.

use axum::http::HeaderMap;
use wechat::crypto::keys::SigningKey;

use crate::random;
use crate::shared::Shared;

/// A key with the name the receiver looks it up by.
pub(crate) struct Signer {
    serial: String,
    key: SigningKey,
    /// Something to do wrong on purpose.
    flaw: Flaw,
}

enum Flaw {
    None,
    WrongSignature,
    Probe,
}

impl Signer {
    fn platform(shared: &Shared) -> (String, SigningKey) {
        let published = shared.read(|world| world.certificates_published);
        let platforms = &shared.keys.platforms;
        let index = published.clamp(1, platforms.len()) - 1;
        (platforms[index].serial.clone(), platforms[index].key.clone())
    }

    fn public(shared: &Shared) -> (String, SigningKey) {
        (shared.identities.public_key_id.clone(), shared.keys.public.clone())
    }

    /// The key the request names in Wechatpay-Serial, else the platform certificate.
    pub fn for_answer(shared: &Shared, request: &HeaderMap) -> Self {
        let wanted = request.get("wechatpay-serial").and_then(|value| value.to_str().ok());
        let (serial, key) = if wanted == Some(shared.identities.public_key_id.as_str()) {
            Self::public(shared)
        } else {
            Self::platform(shared)
        };
        let flaw = if shared.faults.take(|faults| &mut faults.answer_probe_next) {
            Flaw::Probe
        } else if shared.faults.take(|faults| &mut faults.answer_wrong_signature_next) {
            Flaw::WrongSignature
        } else {
            Flaw::None
        };
        Self { serial, key, flaw }
    }

    /// The key for the `number`-th try of all notices, and a note when it is flawed on purpose.
    pub fn for_notice(shared: &Shared, number: u64) -> (Self, &'static str) {
        let public = match shared.faults.settings().public_key_percent {
            // 61 is prime to 100: the share spreads evenly over the tries.
            Some(percent) => number.wrapping_mul(61) % 100 < u64::from(percent),
            None => shared.read(|world| world.merchant_uses_public_key),
        };
        let (serial, key) = if public { Self::public(shared) } else { Self::platform(shared) };
        let (flaw, note) = if shared.faults.take(|faults| &mut faults.notice_probe_next) {
            (Flaw::Probe, "签名探测")
        } else if shared.faults.take(|faults| &mut faults.notice_wrong_signature_next) {
            (Flaw::WrongSignature, "错误签名")
        } else {
            (Flaw::None, "")
        };
        (Self { serial, key, flaw }, note)
    }

    fn sign(&self, message: &[u8]) -> String {
        match self.flaw {
            Flaw::None => self.key.sign(message),
            Flaw::WrongSignature => self.key.sign(b"something else"),
            // The length is no multiple of four, as in real probes.
            Flaw::Probe => format!("WECHATPAY/SIGNTEST/{}", random::letters(322)),
        }
    }
}

/// The five headers of a signed message with the body.
pub(crate) fn sign_headers(shared: &Shared, signer: &Signer, body: &[u8]) -> Vec<(&'static str, String)> {
    let timestamp = shared.now().to_string();
    let nonce = random::letters(32);
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    vec![
        ("Wechatpay-Nonce", nonce),
        ("Wechatpay-Signature", signer.sign(&message)),
        ("Wechatpay-Timestamp", timestamp),
        ("Wechatpay-Serial", signer.serial.clone()),
        ("Wechatpay-Signature-Type", signer.key.suite().scheme().into()),
    ]
}
