//! Answers: signed when 2xx, an unsigned error envelope otherwise.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::faults::Refusal;
use crate::random;
use crate::shared::Shared;
use crate::signing::{Signer, sign_headers};

/// What a handler answers.
pub(crate) struct PayAnswer {
    pub status: u16,
    pub body: Vec<u8>,
    pub content_type: &'static str,
    pub signed: bool,
}

impl PayAnswer {
    /// 200 with JSON.
    pub fn json(value: &Value) -> Self {
        Self::signed(200, value.to_string().into_bytes())
    }

    /// 202 or 204 without a body.
    pub fn empty(status: u16) -> Self {
        Self::signed(status, Vec::new())
    }

    fn signed(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, content_type: "application/json; charset=utf-8", signed: true }
    }

    /// A file: never signed.
    pub fn file(body: Vec<u8>, content_type: &'static str) -> Self {
        Self { status: 200, body, content_type, signed: false }
    }

    /// What a fault switch orders.
    pub fn refusal(refusal: &Refusal) -> Self {
        let body = json!({"code": refusal.code, "message": "模拟器按要求拒绝"});
        let mut answer = Self::json(&body);
        answer.status = refusal.status;
        answer.signed = refusal.status < 300;
        answer
    }

    /// The answer with headers and, if it is to be signed, a signature by the wanted key.
    pub fn into_response(self, shared: &Shared, request: &HeaderMap) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let request_id = format!("08{}-{}", random::hex(30).to_uppercase(), random::digits(9));
        let mut response =
            Response::builder().status(status).header("Request-ID", request_id).header("Server", "nginx");
        if self.signed {
            let signer = Signer::for_answer(shared, request);
            for (name, value) in sign_headers(shared, &signer, &self.body) {
                response = response.header(name, value);
            }
        }
        if !self.body.is_empty() {
            response = response.header(header::CONTENT_TYPE, self.content_type);
        }
        let keep_alive = (HeaderName::from_static("keep-alive"), HeaderValue::from_static("timeout=8"));
        response
            .header(keep_alive.0, keep_alive.1)
            .body(Body::from(self.body))
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

/// An error envelope.
#[derive(Debug)]
pub(crate) struct PayError {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub detail: Option<Value>,
}

impl PayError {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None }
    }

    /// 400 PARAM_ERROR
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(400, "PARAM_ERROR", message)
    }

    /// 400 INVALID_REQUEST
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    /// 401 SIGN_ERROR
    pub fn sign(message: impl Into<String>) -> Self {
        Self::new(401, "SIGN_ERROR", message)
    }

    /// 404 with an empty body: no such page.
    pub fn not_found_page() -> Self {
        Self::new(404, "", "没有这个接口")
    }

    pub fn with_detail(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    pub fn into_answer(self) -> PayAnswer {
        let body = if self.code.is_empty() {
            Vec::new()
        } else {
            let mut body = json!({"code": self.code, "message": self.message});
            if let Some(detail) = self.detail {
                body["detail"] = detail;
            }
            body.to_string().into_bytes()
        };
        PayAnswer { status: self.status, body, content_type: "application/json; charset=utf-8", signed: false }
    }
}
