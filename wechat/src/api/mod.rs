//! Calls to api.weixin.qq.com, shared by service account and mini-program: answers with `errcode` in a 200, a token
//! in the query, and one repetition when the token was stale.

mod error;
mod json;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;
use url::Url;

pub use error::ApiError;
pub(crate) use json::decode;

use crate::config::ConfigError;
use crate::http;
use crate::token::TokenService;

/// A picture has up to 10 MB.
const ANSWER_BYTES_MAX: usize = 12 * 1024 * 1024;
const JSON: &str = "application/json; charset=utf-8";

/// The transport without token: address and connection pool.
#[derive(Clone)]
pub(crate) struct Transport {
    base_url: Url,
    http: reqwest::Client,
}

/// A received answer: errors are told by `errcode` in the body, hardly ever by the status.
pub(crate) struct Received {
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl Transport {
    pub(crate) fn new(base_url: &str, timeout_ms: u64) -> Result<Self, ConfigError> {
        let base_url = http::base_url(base_url).map_err(|reason| ConfigError::new("base_url", reason))?;
        let http = http::client(&base_url, timeout_ms).map_err(|reason| ConfigError::new("timeout_ms", reason))?;
        Ok(Self { base_url, http })
    }

    /// GET without a body, POST with one. The address never appears in errors or logs: it carries secrets.
    pub(crate) async fn exchange(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Received, ApiError> {
        self.exchange_as(path, query, body.map(|body| (JSON, body))).await
    }

    /// As [`Self::exchange`], with a body of another type.
    async fn exchange_as(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<(&str, &[u8])>,
    ) -> Result<Received, ApiError> {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let url = http::join(&self.base_url, &segments, query);
        let request = match body {
            Some((content_type, body)) => self.http.post(url).header("Content-Type", content_type).body(body.to_vec()),
            None => self.http.get(url),
        };
        let span = http::call_span("api", if body.is_some() { "POST" } else { "GET" }, path);
        let mut response = request.send().instrument(span).await.map_err(ApiError::from_transport)?;
        let status = response.status();
        tracing::debug!(path, status = status.as_u16(), "WeChat answered");
        if !status.is_success() {
            return Err(ApiError::OutcomeUnknown(format!("status {}", status.as_u16())));
        }
        let content_type = response
            .headers()
            .get("Content-Type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(ApiError::from_transport)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(ApiError::OutcomeUnknown("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received { content_type, body: body.into() })
    }

    /// A call without token whose answer is JSON.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<T, ApiError> {
        decode(&self.exchange(path, query, body).await?.body)
    }
}

/// The transport with token.
#[derive(Clone)]
pub(crate) struct Api {
    transport: Transport,
    tokens: TokenService,
}

impl Api {
    pub(crate) fn new(transport: Transport, tokens: TokenService) -> Self {
        Self { transport, tokens }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn tokens(&self) -> &TokenService {
        &self.tokens
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, ApiError> {
        self.call(path, query, None, |received| decode(&received.body)).await
    }

    /// A file is sent as the form field `media`; the answer is JSON.
    pub(crate) async fn post_media<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        file_name: &str,
        content_type: &str,
        content: &[u8],
    ) -> Result<T, ApiError> {
        let boundary = format!("----{}", crate::random::alphanumeric(32));
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{file_name}\"\r\n\
             Content-Type: {content_type}\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let form = format!("multipart/form-data; boundary={boundary}");
        self.call(path, query, Some((form, body)), |received| decode(&received.body)).await
    }

    /// A call that answers with a file, or with JSON when it fails (pitfalls G3).
    pub(crate) async fn get_for_file(&self, path: &str, query: &[(&str, &str)]) -> Result<Bytes, ApiError> {
        self.call(path, query, None, file_of).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, ApiError> {
        self.call(path, &[], Some((JSON.to_owned(), to_json(body)?)), |received| decode(&received.body)).await
    }

    /// A call that answers with a picture, or with JSON when it fails (pitfalls G3).
    pub(crate) async fn post_for_image(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Bytes, ApiError> {
        self.call(path, &[], Some((JSON.to_owned(), to_json(body)?)), file_of).await
    }

    /// At most one repetition, and only when WeChat says that the token is not the current one (pitfalls F2).
    async fn call<T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<(String, Vec<u8>)>,
        read: impl Fn(Received) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let attempt = async |token: &str| {
            let query: Vec<(&str, &str)> = [("access_token", token)].into_iter().chain(query.iter().copied()).collect();
            let body = body.as_ref().map(|(content_type, body)| (content_type.as_str(), body.as_slice()));
            read(self.transport.exchange_as(path, &query, body).await?)
        };
        let token = self.tokens.access_token().await?;
        match attempt(&token).await {
            Err(error) if error.token_is_stale() => attempt(&self.tokens.replace(&token).await?).await,
            result => result,
        }
    }
}

/// Content type and first byte tell a file from an error.
fn file_of(received: Received) -> Result<Bytes, ApiError> {
    let looks_like_json = received.content_type.contains("json")
        || received.content_type.starts_with("text/")
        || received.body.first().is_none_or(|byte| *byte == b'{');
    if !looks_like_json {
        return Ok(received.body);
    }
    decode::<serde_json::Value>(&received.body)?;
    Err(ApiError::OutcomeUnknown("neither a file nor an error".to_owned()))
}

/// JSON with real UTF-8, never `\u` escapes: WeChat refuses those (40033).
pub(crate) fn to_json(body: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(body).map_err(|error| ApiError::Invalid(error.to_string()))
}
