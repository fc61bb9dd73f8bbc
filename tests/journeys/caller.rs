//! A front end as people hold it in their hands: it keeps cookies or a token, says what kind it is, and checks the form of every refusal.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// A browser or a mini-program.
#[derive(Clone)]
pub struct Caller {
    base_url: String,
    client: &'static str,
    cookies: BTreeMap<String, String>,
    token: Option<String>,
    headers: BTreeMap<&'static str, String>,
    http: reqwest::Client,
}

/// What came back.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// Method and path, for what is said of it.
    pub asked: String,
}

impl Caller {
    /// A plain browser.
    pub fn browser(base_url: &str) -> Self {
        Self::new(base_url, "h5-browser")
    }

    /// The browser inside WeChat.
    pub fn in_wechat(base_url: &str) -> Self {
        Self::new(base_url, "h5-wechat")
    }

    /// A phone that is signed in already.
    pub fn with_token(base_url: &str, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..Self::in_wechat(base_url) }
    }

    fn new(base_url: &str, client: &'static str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // A server may close a connection on which it refused a body unread; the next request wants a new one.
            .pool_max_idle_per_host(0)
            .build()
            .expect("a plain client");
        Self {
            base_url: base_url.to_owned(),
            client,
            cookies: BTreeMap::new(),
            token: None,
            headers: BTreeMap::new(),
            http,
        }
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// POST with JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.json(Method::POST, path, body).await
    }

    /// Any method with JSON.
    pub async fn json(&mut self, method: Method, path: &str, body: &Value) -> Reply {
        self.send(method, path, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// Any method with any bytes.
    pub async fn send(&mut self, method: Method, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Reply {
        let address = if path.starts_with("http://") { path.to_owned() } else { format!("{}{path}", self.base_url) };
        let asked = format!("{method} {path}");
        let mut request =
            self.http.request(method, address).header("x-client", self.client).header("x-requested-with", "tejian");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let response = request.body(body).send().await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.unwrap_or_else(|error| panic!("{asked}: {error:?}")).to_vec();
        self.remember(&headers, &bytes);
        Reply { status, headers, bytes, asked }
    }

    /// Sends a header with every request from now on.
    pub fn put_header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, value.to_owned());
    }

    /// Takes everything away that the browser remembers.
    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
        self.token = None;
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.get(name).cloned()
    }

    /// Puts a cookie into the browser as if the server had set it.
    pub fn put_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn remember(&mut self, headers: &HeaderMap, bytes: &[u8]) {
        for value in headers.get_all("set-cookie") {
            let text = value.to_str().expect("cookies are ASCII");
            let (name, value) =
                text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie has a name");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if self.client == "mini-program"
            && let Ok(body) = serde_json::from_slice::<Value>(bytes)
            && let Some(token) = body["token"].as_str()
        {
            self.token = Some(token.to_owned());
        }
    }
}

impl Reply {
    /// The JSON body of an answer that must have this status; null when there is no body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text());
        if self.bytes.is_empty() { Value::Null } else { self.value() }
    }

    /// The `error` of an answer that must be refused so; its form is checked as well.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        self.check_form_of_refusal();
        let error = self.value()["error"].clone();
        assert_eq!((self.status.as_u16(), error["code"].as_str()), (status, Some(code)), "{}: {error}", self.asked);
        error
    }

    /// Every refusal has a code, a Chinese sentence, and the id that is also in the header.
    #[track_caller]
    pub fn check_form_of_refusal(&self) {
        let asked = &self.asked;
        assert!(
            self.status.is_client_error() || self.status.is_server_error(),
            "{asked} was not refused: {}",
            self.text()
        );
        let error = &self.value()["error"];
        let text = |key: &str| error[key].as_str().unwrap_or_else(|| panic!("{asked}: no {key} in {error}"));
        assert!(!text("code").is_empty(), "{asked}");
        assert!(is_chinese(text("message")), "{asked}: {error}");
        assert!(["none", "unknown", "taken", "refunding"].contains(&text("money")), "{asked}: {error}");
        let id = self.headers.get("x-request-id").and_then(|value| value.to_str().ok());
        assert_eq!(id, Some(text("trace_id")), "{asked}");
        for reason in error["fields"].as_object().into_iter().flat_map(|fields| fields.values()) {
            assert!(reason.as_str().is_some_and(is_chinese), "{asked}: {error}");
        }
    }

    /// The code of a refusal; empty for a success.
    pub fn error_code(&self) -> String {
        if self.bytes.is_empty() {
            return String::new();
        }
        self.value()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{} did not answer JSON: {}", self.asked, self.text()))
    }

    /// A header as text.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("{}: no header {name}", self.asked));
        value.to_str().expect("headers are ASCII")
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}
