//! Extractors that answer every unreadable request with a [`Problem`] in Chinese: 400 for what cannot be read at all,
//! 413, 415, and 422 with the wrong fields named.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use foundation::problem::Problem;
use garde::Validate;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wording;
use crate::app::SharedApp;

/// A JSON body, and a JSON answer. Strict: numbers with a fraction where whole numbers are expected are refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// A JSON body whose `garde` rules hold; broken rules are told field by field.
#[derive(Debug, Clone, Copy, Default)]
pub struct ValidJson<T>(pub T);

/// The query string.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// Parts of the path. What does not look like one of our identifiers cannot be found: 404.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned> FromRequest<SharedApp> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, Problem> {
        if !announces_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "请求内容的格式不对，应为 JSON（Content-Type: application/json）",
            )
            .advice("请更新小程序或刷新页面后重试"));
        }
        // Many of these are read for people who have not signed in.
        let _room = app.large_bodies.room_for_stranger(&request)?;
        let bytes = Bytes::from_request(request, app).await.map_err(unreadable_body)?;
        parse_json(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned + Validate<Context = ()>> FromRequest<SharedApp> for ValidJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, Problem> {
        let Json(value) = Json::<T>::from_request(request, app).await?;
        check_rules(&value)?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(wording::query_problem(&rejection.body_text())),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) if rejection.status().is_client_error() => {
                Err(Problem::not_found("not_found", "没有找到您要的内容").cause(rejection.body_text()))
            }
            Err(rejection) => Err(Problem::internal(rejection.body_text())),
        }
    }
}

/// Parses a JSON text as the extractor does; for handlers that need the raw bytes as well (signatures).
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if holds_nul_escape(bytes) {
        // PostgreSQL cannot store it, and no person can type it.
        return Err(Problem::bad_request("malformed_json", "内容中有不允许的字符（空字符）"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(wording::json_problem)?;
    deserializer.end().map_err(|error| wording::malformed_json(&error))?;
    Ok(value)
}

/// Checks the `garde` rules of a value; broken ones become 422 with `fields`.
pub fn check_rules<T: Validate<Context = ()>>(value: &T) -> Result<(), Problem> {
    value.validate().map_err(|report| {
        report.iter().fold(
            Problem::unacceptable("invalid_fields", "有内容填写得不对").advice("请按提示修改后重试"),
            |problem, (path, error)| problem.field(path.to_string(), error.message()),
        )
    })
}

/// A body that could not be taken in: too large, or cut off.
pub fn unreadable_body(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return wording::too_large();
    }
    Problem::bad_request("unreadable_body", "没有完整收到请求内容").cause(rejection.body_text())
}

fn announces_json(headers: &HeaderMap) -> bool {
    let Some(announced) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = announced.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Whether a `\u0000` escape stands in the text (an escaped backslash before `u0000` is harmless).
fn holds_nul_escape(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at + 1..].starts_with(b"u0000") {
            return true;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Payment {
        #[expect(dead_code, reason = "only its type is tested")]
        amount_fen: i64,
    }

    fn refusal(text: &str) -> (u16, &'static str) {
        let problem = parse_json::<Payment>(text.as_bytes()).expect_err("must be refused");
        (problem.status().as_u16(), problem.code())
    }

    #[test]
    fn broken_json_is_unreadable_and_wrong_types_are_unacceptable() {
        for broken in ["", "{", "[1,2", "{\"amount_fen\":1}}", "\u{feff}{}", "{\"a\":\"\\u0000\"}", "nul"] {
            assert_eq!(refusal(broken), (400, "malformed_json"), "{broken:?}");
        }
        for wrong in [
            "{}",
            "[]",
            "{\"amount_fen\":1.5}",
            "{\"amount_fen\":1e3}",
            "{\"amount_fen\":\"1\"}",
            "{\"amount_fen\":9223372036854775808}",
            "{\"amount_fen\":1,\"amount_fen\":2}",
            "{\"amount_fen\":1,\"other\":2}",
        ] {
            assert_eq!(refusal(wrong), (422, "invalid_fields"), "{wrong:?}");
        }
        assert!(parse_json::<Payment>(b" {\"amount_fen\": 1}\n").is_ok());
    }

    #[test]
    fn an_escaped_backslash_is_not_a_nul() {
        assert!(!holds_nul_escape(br#"{"a":"\\u0000"}"#));
        assert!(holds_nul_escape(br#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul_escape(br"\"));
    }
}
