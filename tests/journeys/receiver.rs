//! Somebody else's system that listens for webhooks, and signs requests to the integration API.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use foundation::secret_hash::sha256_hex;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::Value;
use sha2::Sha256;
use tejian::webhooks::sign;
use tokio::sync::{Semaphore, watch};

use crate::world::{Answer, World};

/// A listening system.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    /// Requests that arrived and were not yet waited for.
    asked: Arc<Semaphore>,
    is_held: Arc<watch::Sender<bool>>,
}

/// What it got.
#[derive(Debug, Clone)]
pub struct Seen {
    pub id: String,
    pub timestamp_s: i64,
    pub signatures: Vec<String>,
    pub body: String,
}

impl Seen {
    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("events are JSON")
    }

    /// Whether one of the signatures was made with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let wanted = sign(secret, &self.id, self.timestamp_s, &self.body).expect("a secret");
        self.signatures.contains(&wanted)
    }
}

impl Receiver {
    /// Listens.
    pub async fn start() -> Receiver {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("a bound address"));
        let receiver = Receiver {
            url,
            seen: Arc::default(),
            answers: Arc::default(),
            asked: Arc::new(Semaphore::new(0)),
            is_held: Arc::new(watch::Sender::new(false)),
        };
        let router = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// What the next requests are answered with; 204 after that.
    pub fn answer(&self, statuses: &[u16]) {
        self.answers.lock().expect("nobody panics here").extend(statuses);
    }

    /// It is well again: 204 from now on.
    pub fn recover(&self) {
        self.answers.lock().expect("nobody panics here").clear();
    }

    /// Takes what arrives, and answers nobody.
    pub fn hold(&self) {
        self.is_held.send_replace(true);
    }

    /// Answers everybody who waits.
    pub fn let_go(&self) {
        self.is_held.send_replace(false);
    }

    /// Comes back when so many requests have arrived; they are not counted again.
    pub async fn asked(&self, times: usize) {
        let all = self.asked.acquire_many(u32::try_from(times).expect("a small number"));
        all.await.expect("nobody closes it").forget();
    }

    /// Everything that arrived so far, whatever it was answered with; forgets it.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().expect("nobody panics here"))
    }

    /// Types of what arrived so far, sorted; forgets it.
    pub fn types(&self) -> Vec<String> {
        let mut types: Vec<String> =
            self.seen().iter().map(|seen| seen.event()["type"].as_str().expect("a type").to_owned()).collect();
        types.sort();
        types
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let text = |name: &str| headers[name].to_str().expect("headers are ASCII").to_owned();
    let seen = Seen {
        id: text("webhook-id"),
        timestamp_s: text("webhook-timestamp").parse().expect("seconds"),
        signatures: text("webhook-signature").split(' ').map(str::to_owned).collect(),
        body,
    };
    receiver.seen.lock().expect("nobody panics here").push(seen);
    receiver.asked.add_permits(1);
    receiver.is_held.subscribe().wait_for(|is_held| !*is_held).await.expect("the receiver is there");
    let status = receiver.answers.lock().expect("nobody panics here").pop_front().unwrap_or(204);
    StatusCode::from_u16(status).expect("a status")
}

impl World {
    /// A signed GET of the core system.
    pub async fn core_get(&self, path: &str) -> Answer {
        self.core_ask(Method::GET, path, b"").await
    }

    /// A signed PUT of the core system.
    pub async fn core_put(&self, path: &str, body: &[u8]) -> Answer {
        self.core_ask(Method::PUT, path, body).await
    }

    async fn core_ask(&self, method: Method, path: &str, body: &[u8]) -> Answer {
        let timestamp = (self.app.now_ms() / 1_000).to_string();
        let nonce = foundation::secret_hash::new_token();
        let message = format!("{method}\n{path}\n{timestamp}\n{nonce}\n{}", sha256_hex(body));
        let secret = self.app.config.integration.secret.expose();
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key").chain_update(message);
        let response = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .header("x-tejian-client", &self.app.config.integration.client_id)
            .header("x-tejian-timestamp", timestamp)
            .header("x-tejian-nonce", nonce)
            .header("x-tejian-signature", hex::encode(mac.finalize().into_bytes()))
            .body(body.to_vec())
            .send()
            .await
            .expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }
}
