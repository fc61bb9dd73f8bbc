//! The `Wechatpay-*` headers of answers and notices (pay v3 §3): reading, checking and, for a stand-in, making them.

use super::keyring::Keyring;
use super::notices::NoticeError;
use crate::crypto::keys::SigningKey;
use crate::crypto::suite::Suite;

/// Values of `Wechatpay-Signature` that begin so are WeChat's own probes whether we verify at all (pitfalls A7).
pub const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";
/// How far timestamp and clock may lie apart, in seconds; exactly this far is too far, as in WeChat's own library.
pub const WINDOW_SECONDS: u64 = 300;

const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SIGNATURE: &str = "Wechatpay-Signature";
const SERIAL: &str = "Wechatpay-Serial";
const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";

/// The three lines that are signed: timestamp, nonce and the raw body.
pub fn signed_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// The signature headers of one answer or notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// Unix seconds, as text because the text is what was signed.
    pub timestamp: String,
    /// Random text.
    pub nonce: String,
    /// Certificate serial or public key id.
    pub serial: String,
    /// base64 signature.
    pub signature: String,
    /// The suite that the type names, where there is a type.
    pub suite: Option<Suite>,
}

impl SignatureHeaders {
    /// Reads the headers. Each must be there exactly once and not be empty; surrounding blanks do not belong to a
    /// value; the type may be absent but not different.
    pub fn read(headers: &[(String, Vec<u8>)]) -> Result<Self, NoticeError> {
        let required = |name| single(headers, name)?.ok_or(NoticeError::Headers(name));
        let suite = match single(headers, SIGNATURE_TYPE)? {
            Some(named) => Some(Suite::of_scheme(&named).ok_or(NoticeError::Headers(SIGNATURE_TYPE))?),
            None => None,
        };
        Ok(Self {
            timestamp: required(TIMESTAMP)?,
            nonce: required(NONCE)?,
            serial: required(SERIAL)?,
            signature: required(SIGNATURE)?,
            suite,
        })
    }

    /// Whether WeChat tests us with a wrong signature on purpose.
    pub fn is_probe(&self) -> bool {
        self.signature.starts_with(PROBE_PREFIX)
    }

    /// Checks time window, key and signature over the raw `body`, in this order. Nothing of the body is read. Returns the
    /// suite of the key, which decides how the rest is read.
    pub fn check(&self, keyring: &Keyring, body: &[u8], now: i64) -> Result<Suite, NoticeError> {
        self.check_window(now)?;
        let key = keyring.get(&self.serial, now).ok_or_else(|| NoticeError::Serial(self.serial.clone()))?;
        self.check_suite(key.suite())?;
        key.verify(&signed_message(&self.timestamp, &self.nonce, body), &self.signature)
            .map_err(|_| NoticeError::Signature { probe: self.is_probe() })?;
        Ok(key.suite())
    }

    /// Checks that the type, where there is one, is that of the key.
    pub fn check_suite(&self, of_key: Suite) -> Result<(), NoticeError> {
        if self.suite.is_none_or(|named| named == of_key) { Ok(()) } else { Err(NoticeError::Headers(SIGNATURE_TYPE)) }
    }

    /// Checks that the timestamp is a number within the window around `now`.
    pub fn check_window(&self, now: i64) -> Result<(), NoticeError> {
        let digits = self.timestamp.strip_prefix('-').unwrap_or(&self.timestamp);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoticeError::Headers(TIMESTAMP));
        }
        // A number beyond i64 is as far away as one can be.
        let distance = self.timestamp.parse::<i64>().map_or(u64::MAX, |timestamp| now.abs_diff(timestamp));
        if distance < WINDOW_SECONDS { Ok(()) } else { Err(NoticeError::Timestamp { distance_seconds: distance }) }
    }

    /// Signs `body` as WeChat would; `serial` names the key.
    pub fn sign(key: &SigningKey, serial: &str, timestamp: i64, nonce: &str, body: &[u8]) -> Self {
        let timestamp = timestamp.to_string();
        let signature = key.sign(&signed_message(&timestamp, nonce, body));
        Self { timestamp, nonce: nonce.to_owned(), serial: serial.to_owned(), signature, suite: Some(key.suite()) }
    }

    /// The headers as name and value, the type included.
    pub fn to_pairs(&self) -> [(&'static str, String); 5] {
        [
            (TIMESTAMP, self.timestamp.clone()),
            (NONCE, self.nonce.clone()),
            (SIGNATURE, self.signature.clone()),
            (SERIAL, self.serial.clone()),
            (SIGNATURE_TYPE, self.suite.unwrap_or_default().scheme().to_owned()),
        ]
    }
}

/// The only value of a header, without surrounding blanks. Two values are refused even when they are equal: which
/// one a proxy or framework would pick is not ours to guess.
fn single(headers: &[(String, Vec<u8>)], name: &'static str) -> Result<Option<String>, NoticeError> {
    let mut values = headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(NoticeError::Headers(name));
    }
    let text = std::str::from_utf8(value).map_err(|_| NoticeError::Headers(name))?;
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() || text.contains(['\r', '\n', '\0']) {
        return Err(NoticeError::Headers(name));
    }
    Ok(Some(text.to_owned()))
}
