//! Answers of WeChat Pay: verified, then read as success, refusal or unknown outcome (pay v3 §3, §4). Pure.

use serde::de::DeserializeOwned;

use super::error::{PayError, RawJson, Unknown, UnknownReason};
use super::keyring::Keyring;
use super::notices::NoticeError;
use super::verification::SignatureHeaders;

/// A success: a 2xx status without an error code in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200, 202 or 204.
    pub status: u16,
    /// The body as received.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads the body. What cannot be read leaves the outcome unknown: the request was carried out.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PayError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| PayError::unknown(UnknownReason::Unreadable, Some(self.status), error.to_string()))
    }
}

/// Checks the signature of an answer over its raw body. `now` is unix seconds.
pub fn verify(keyring: &Keyring, headers: &[(String, Vec<u8>)], body: &[u8], now: i64) -> Result<(), NoticeError> {
    SignatureHeaders::read(headers)?.check(keyring, body, now).map(drop)
}

/// Sorts an answer: success, refused for certain (4xx, or an error code in a 2xx), or unknown (429, 5xx, 3xx).
pub fn interpret(status: u16, headers: &[(String, Vec<u8>)], body: Vec<u8>) -> Result<Answer, PayError> {
    let error: Option<ErrorBody> = serde_json::from_slice(&body).ok();
    let code = error.as_ref().map(|error| error.code.clone()).unwrap_or_default();
    let reason = match (status, code.as_str()) {
        (200..=299, "") => return Ok(Answer { status, body }),
        (429, _) | (_, "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT" | "RATELIMIT_EXCEEDED") => UnknownReason::RateLimited,
        (_, "SYSTEM_ERROR" | "SYSTEMERROR") => UnknownReason::ServerError,
        (200..=299 | 400..=499, _) => {
            let (message, detail) = error.map(|error| (error.message, error.detail)).unwrap_or_default();
            return Err(PayError::Rejected { status, code, message, detail, request_id: request_id(headers) });
        }
        _ => UnknownReason::ServerError,
    };
    Err(PayError::OutcomeUnknown(Unknown {
        reason,
        status: Some(status),
        code: Some(code).filter(|code| !code.is_empty()),
        request_id: request_id(headers),
        note: error.map(|error| error.message).unwrap_or_default(),
    }))
}

/// Whether WeChat tests with a wrong signature on purpose: drop the answer and ask once more.
pub fn is_probe(headers: &[(String, Vec<u8>)]) -> bool {
    SignatureHeaders::read(headers).is_ok_and(|signature| signature.is_probe())
}

pub(crate) fn request_id(headers: &[(String, Vec<u8>)]) -> Option<String> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Request-ID"))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

#[derive(serde::Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    detail: Option<RawJson>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> PayError {
        interpret(status, &[], body.as_bytes().to_vec()).expect_err("no success")
    }

    #[test]
    fn refusals_keep_the_code_even_when_the_detail_is_odd() {
        let error = refused(403, r#"{"code":"NOT_ENOUGH","message":"余额不足","detail":["x"]}"#);
        assert!(error.not_enough());
        assert!(matches!(error, PayError::Rejected { status: 403, .. }));
        assert!(matches!(refused(404, ""), PayError::Rejected { status: 404, code, .. } if code.is_empty()));
    }

    #[test]
    fn what_may_have_been_carried_out_is_unknown_and_not_refused() {
        for (status, body) in [
            (429, r#"{"code":"FREQUENCY_LIMITED","message":""}"#),
            (500, r#"{"code":"SYSTEM_ERROR","message":""}"#),
            (502, "<html>"),
            (302, ""),
            (200, r#"{"code":"SYSTEM_ERROR","message":""}"#),
        ] {
            assert!(matches!(refused(status, body), PayError::OutcomeUnknown(_)), "{status} {body}");
        }
        assert!(refused(429, "").rate_limited());
    }

    #[test]
    fn an_error_code_in_a_success_status_is_a_refusal() {
        assert!(matches!(refused(200, r#"{"code":"RULE_LIMIT","message":"x"}"#), PayError::Rejected { .. }));
        assert!(interpret(204, &[], vec![]).is_ok());
    }
}
