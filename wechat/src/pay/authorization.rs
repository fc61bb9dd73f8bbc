//! The `Authorization` header of requests (pay v3 §2): building it as a merchant, reading it as the server.

use std::collections::HashMap;

use crate::crypto::CryptoError;
use crate::crypto::keys::{SigningKey, VerifyingKey};
use crate::crypto::suite::Suite;

/// The five lines that are signed: method, request target (path and query exactly as on the wire), timestamp, nonce
/// and body, each closed by a line feed, the empty body line too.
pub fn request_message(method: &str, target: &str, timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// The parts of an `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Whose scheme the header names: the key's.
    pub suite: Suite,
    /// 商户号.
    pub mch_id: String,
    /// Serial of the merchant certificate.
    pub serial: String,
    /// Unix seconds, as text because the text is what was signed.
    pub timestamp: String,
    /// Random text.
    pub nonce: String,
    /// base64 signature.
    pub signature: String,
}

/// What an `Authorization` header lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Another scheme, or none.
    #[error("the authentication scheme is none of WeChat Pay's")]
    Scheme,
    /// Not five `name="value"` pairs, each once.
    #[error("the parameters are malformed or incomplete")]
    Parameters,
}

impl Authorization {
    /// Signs a request.
    pub fn sign(
        key: &SigningKey,
        mch_id: &str,
        serial: &str,
        (method, target, body): (&str, &str, &[u8]),
        timestamp: i64,
        nonce: &str,
    ) -> Self {
        let timestamp = timestamp.to_string();
        let signature = key.sign(&request_message(method, target, &timestamp, nonce, body));
        Self {
            suite: key.suite(),
            mch_id: mch_id.to_owned(),
            serial: serial.to_owned(),
            timestamp,
            nonce: nonce.to_owned(),
            signature,
        }
    }

    /// The header value.
    pub fn to_header(&self) -> String {
        format!(
            "{} mchid=\"{}\",nonce_str=\"{}\",timestamp=\"{}\",serial_no=\"{}\",signature=\"{}\"",
            self.suite.scheme(),
            self.mch_id,
            self.nonce,
            self.timestamp,
            self.serial,
            self.signature
        )
    }

    /// Reads a header value; the parameters may come in any order.
    pub fn parse(header: &str) -> Result<Self, AuthorizationError> {
        let (scheme, parameters) = header.trim().split_once(' ').ok_or(AuthorizationError::Scheme)?;
        let suite = Suite::of_scheme(scheme).ok_or(AuthorizationError::Scheme)?;
        let mut found = HashMap::new();
        for pair in parameters.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or(AuthorizationError::Parameters)?;
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let value = value.filter(|value| !value.is_empty()).ok_or(AuthorizationError::Parameters)?;
            if found.insert(name, value).is_some() {
                return Err(AuthorizationError::Parameters);
            }
        }
        let mut take = |name| found.remove(name).map(str::to_owned).ok_or(AuthorizationError::Parameters);
        Ok(Self {
            suite,
            mch_id: take("mchid")?,
            serial: take("serial_no")?,
            timestamp: take("timestamp")?,
            nonce: take("nonce_str")?,
            signature: take("signature")?,
        })
    }

    /// Checks the signature over a received request with the merchant's public key.
    pub fn verify(&self, key: &VerifyingKey, method: &str, target: &str, body: &[u8]) -> Result<(), CryptoError> {
        if key.suite() != self.suite {
            return Err(CryptoError::Signature);
        }
        key.verify(&request_message(method, target, &self.timestamp, &self.nonce, body), &self.signature)
    }
}
