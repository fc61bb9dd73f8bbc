//! The signature of the two side providers: `X-Timestamp` (unix seconds, at most five minutes
//! off) and `X-Signature`, lower-case hexadecimal HMAC-SHA256 over `timestamp LF body`.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wechat::crypto::digest::{constant_time_equal, hmac_sha256_hex};

/// How far the request's clock may be off, seconds.
const SKEW_MAX_S: u64 = 300;

/// Checks the two headers; the body of a GET is empty.
pub(crate) fn verify(headers: &HeaderMap, body: &[u8], secret: &str, now: i64) -> Result<(), ProviderError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(signature)) = (text("x-timestamp"), text("x-signature")) else {
        return Err(ProviderError::new(401, "SIGNATURE_MISSING", "缺少 X-Timestamp 或 X-Signature"));
    };
    let fresh = timestamp.parse::<i64>().is_ok_and(|seconds| now.abs_diff(seconds) <= SKEW_MAX_S);
    if !fresh {
        return Err(ProviderError::new(401, "TIMESTAMP_EXPIRED", "X-Timestamp 与服务器时间相差超过5分钟"));
    }
    let mut message = format!("{timestamp}\n").into_bytes();
    message.extend_from_slice(body);
    if !constant_time_equal(&hmac_sha256_hex(secret.as_bytes(), &message), signature) {
        return Err(ProviderError::new(401, "SIGNATURE_WRONG", "X-Signature 不正确"));
    }
    Ok(())
}

/// A refusal: `{"code", "message"}`.
#[derive(Debug)]
pub(crate) struct ProviderError {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
}

impl ProviderError {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

impl IntoResponse for ProviderError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = axum::Json(json!({"code": self.code, "message": self.message}));
        (status, body).into_response()
    }
}
