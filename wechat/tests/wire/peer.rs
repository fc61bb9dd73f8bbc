//! A peer that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;
use wechat::crypto::keys::SigningKey;
use wechat::pay::verification::SignatureHeaders;

pub const NOW: i64 = 1_785_500_501;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// An answer to give.
#[derive(Debug, Clone)]
pub struct Told {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Told {
    pub fn plain(status: u16, body: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signed by the WeChat Pay public key.
    pub fn signed(status: u16, body: &str) -> Self {
        Self::signed_by(
            "/wechatpay_public_key/private_key_pem",
            key("/wechatpay_public_key/public_key_id"),
            status,
            body,
        )
    }

    pub fn signed_by(owner: &str, serial: String, status: u16, body: &str) -> Self {
        let key = SigningKey::from_pem(&key(owner)).expect("a key");
        let signed = SignatureHeaders::sign(&key, &serial, NOW, "answer-nonce", body.as_bytes());
        let mut told = Self::plain(status, body);
        told.headers.extend(signed.to_pairs().map(|(name, value)| (name.to_owned(), value)));
        told
    }
}

/// A text of the vectors' keys.json.
pub fn key(pointer: &str) -> String {
    let keys = vector_file("keys.json");
    keys.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}")).to_owned()
}

pub fn vector_file(name: &str) -> Value {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a vector file")).expect("JSON")
}

#[derive(Clone, Default)]
struct Script {
    asked: Arc<Mutex<Vec<Asked>>>,
    told: Arc<Mutex<VecDeque<Told>>>,
}

/// The peer. Dropping it ends its task with the test's runtime.
pub struct Peer {
    pub base_url: String,
    script: Script,
}

impl Peer {
    /// Answers with `told` one after another; then with 599.
    pub async fn telling(told: impl IntoIterator<Item = Told>) -> Self {
        let script = Script { asked: Arc::default(), told: Arc::new(Mutex::new(told.into_iter().collect())) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base_url, script }
    }

    /// An address at which nobody listens.
    pub async fn nobody() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        Self { base_url, script: Script::default() }
    }

    pub fn then(&self, told: Told) {
        self.script.told.lock().expect("no panic").push_back(told);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().expect("no panic").clone()
    }

    pub fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let asked = Asked { method: method.to_string(), target: uri.to_string(), headers, body: body.to_vec() };
    script.asked.lock().expect("no panic").push(asked);
    let told = script.told.lock().expect("no panic").pop_front().unwrap_or_else(|| Told::plain(599, "not scripted"));
    let mut response = Response::builder().status(told.status);
    for (name, value) in &told.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(told.body)).expect("a response")
}
