//! A person's HTTP client in a bad network: a request that got no answer is made again, as people do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::SET_COOKIE;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// How often a request without an answer is made again.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(400);

/// Where requests go.
#[derive(Clone)]
pub struct Door {
    /// How many requests of everybody were answered with something else than "come back later".
    pub served: Arc<AtomicU64>,
    base_url: String,
    client: reqwest::Client,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The JSON body.
    pub body: Value,
    /// A cookie that was set, as `name=value`.
    pub cookie: Option<String>,
}

impl Answer {
    /// The body of a success.
    pub fn success(self) -> Option<Value> {
        self.status.is_success().then_some(self.body)
    }

    /// The error code of a refusal.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Door {
    /// A client with cookies of its own for this address.
    pub fn new(base_url: String) -> Self {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(40))
            .build()
            .expect("a plain client builds");
        Self { served: Arc::default(), base_url, client }
    }

    /// The begin of a request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base_url))
            .header("x-client", "h5-wechat")
            .header("x-requested-with", "tejian")
    }

    fn count(&self, status: StatusCode) {
        if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
            self.served.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Asks until there is an answer that is not "try again"; nothing if there never is. `build` makes the request anew
    /// each time.
    pub async fn ask(&self, build: impl Fn(&Self) -> RequestBuilder) -> anyhow::Result<Option<Answer>> {
        for _ in 0..TRIES {
            if let Ok(response) = build(self).send().await {
                let status = response.status();
                let cookie = response.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
                let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
                let text = response.text().await.unwrap_or_default();
                self.count(status);
                // Our program never fails like this, whatever happens to it.
                anyhow::ensure!(status != StatusCode::INTERNAL_SERVER_ERROR, "500: {text}");
                if let (false, Ok(body)) = (status.is_server_error(), read(&text)) {
                    return Ok(Some(Answer { status, body, cookie }));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(None)
    }

    /// The whole content behind an address, asked for again until it comes whole; nothing if it never does.
    pub async fn fetch(&self, path: &str) -> anyhow::Result<Option<Bytes>> {
        for _ in 0..TRIES {
            if let Ok(response) = self.client.get(format!("{}{path}", self.base_url)).send().await {
                let status = response.status();
                self.count(status);
                anyhow::ensure!(status != StatusCode::INTERNAL_SERVER_ERROR, "500 for {path}");
                if status.is_client_error() {
                    return Ok(None);
                }
                if let (true, Ok(content)) = (status.is_success(), response.bytes().await) {
                    return Ok(Some(content));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(None)
    }
}

fn read(text: &str) -> Result<Value, serde_json::Error> {
    if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(text) }
}
