//! The client itself: signs requests, verifies answers, keeps the keys.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use tracing::Instrument;
use url::{Position, Url};

use super::answers::{self, Answer};
use super::authorization::Authorization;
use super::call::Call;
use super::certificates;
use super::config::{ApiV3Key, PayConfig};
use super::error::{PayError, Unknown, UnknownReason};
use super::keyring::Keyring;
use super::notices::{self, Notice, NoticeError};
use crate::clock::UnixClock;
use crate::config::ConfigError;
use crate::crypto::certificate::Certificate;
use crate::crypto::keys::{SigningKey, VerifyingKey};
use crate::crypto::suite::Suite;
use crate::http::{self, RawHeaders};
use crate::random;

/// Unknown serials cause at most one download of the certificate list in this time: a forged serial must not become
/// an amplifier (pay v3 §3).
const REFRESH_PAUSE_SECONDS: i64 = 60;
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A client for one merchant number. Cloning is cheap and shares keys and connections.
#[derive(Clone)]
pub struct PayClient {
    inner: Arc<Inner>,
}

struct Inner {
    base_url: Url,
    mch_id: String,
    merchant_serial: String,
    signing_key: SigningKey,
    api_v3_keys: Vec<ApiV3Key>,
    public_key_id: Option<String>,
    download_certificates: bool,
    keyring: Keyring,
    refreshed_at: Mutex<Option<i64>>,
    http: reqwest::Client,
    clock: UnixClock,
}

impl PayClient {
    /// Parses all keys once. Errors name the field that is wrong; nothing is sent.
    pub fn new(config: PayConfig, clock: UnixClock) -> Result<Self, ConfigError> {
        let base_url = http::base_url(&config.base_url).map_err(|reason| ConfigError::new("base_url", reason))?;
        if config.mch_id.is_empty() || !config.mch_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ConfigError::new("mch_id", "must be the digits of a merchant number"));
        }
        if config.merchant_serial.len() != 40 || !config.merchant_serial.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ConfigError::new("merchant_serial", "must be 40 hexadecimal digits"));
        }
        let signing_key = SigningKey::from_pem(config.merchant_private_key_pem.expose_secret())
            .map_err(|error| ConfigError::new("merchant_private_key_pem", error.to_string()))?;
        let of_suite = |field: &'static str, found: Suite| {
            let named = || format!("a key for {}, not for {}", found.scheme(), config.suite.scheme());
            if found == config.suite { Ok(()) } else { Err(ConfigError::new(field, named())) }
        };
        of_suite("merchant_private_key_pem.suite", signing_key.suite())?;
        let mut api_v3_keys = vec![ApiV3Key::new(config.api_v3_key.expose_secret())?];
        if let Some(old) = &config.api_v3_key_old {
            api_v3_keys.push(ApiV3Key::of_field("api_v3_key_old", old.expose_secret())?);
        }
        let keyring = Keyring::new();
        for pem in &config.platform_certificates_pem {
            let certificate = Certificate::from_pem(pem)
                .map_err(|error| ConfigError::new("platform_certificates_pem", error.to_string()))?;
            if certificate.serial() == config.merchant_serial {
                return Err(ConfigError::new("platform_certificates_pem", "this is the merchant's own certificate"));
            }
            of_suite("platform_certificates_pem.suite", certificate.key().suite())?;
            keyring.insert_certificate(certificate);
        }
        let public_key_id = config.public_key.as_ref().map(|key| key.id.clone());
        if let Some(public_key) = &config.public_key {
            if !public_key.id.starts_with("PUB_KEY_ID_") {
                return Err(ConfigError::new("public_key.id", "must begin with PUB_KEY_ID_"));
            }
            let key = VerifyingKey::from_pem(&public_key.pem)
                .map_err(|error| ConfigError::new("public_key.pem", error.to_string()))?;
            if key.spki_der() == signing_key.verifying_key().spki_der() {
                return Err(ConfigError::new("public_key.pem", "this is the merchant's own key, not WeChat Pay's"));
            }
            of_suite("public_key.pem.suite", key.suite())?;
            keyring.insert_public_key(&public_key.id, key);
        }
        if config.public_key.is_none() && config.platform_certificates_pem.is_empty() && !config.download_certificates {
            return Err(ConfigError::new(
                "public_key",
                "without it, platform certificates must be given or downloaded",
            ));
        }
        let http =
            http::client(&base_url, config.timeout_ms).map_err(|reason| ConfigError::new("timeout_ms", reason))?;
        Ok(Self {
            inner: Arc::new(Inner {
                base_url,
                mch_id: config.mch_id,
                merchant_serial: config.merchant_serial.to_ascii_uppercase(),
                signing_key,
                api_v3_keys,
                public_key_id,
                download_certificates: config.download_certificates,
                keyring,
                refreshed_at: Mutex::new(None),
                http,
                clock,
            }),
        })
    }

    /// 商户号.
    pub fn mch_id(&self) -> &str {
        &self.inner.mch_id
    }

    /// When each known platform certificate ends: its serial, and unix seconds.
    pub fn certificate_ends(&self) -> Vec<(String, i64)> {
        self.inner.keyring.certificate_ends()
    }

    /// Opens a notice. An unknown serial makes the client download the certificate list once, at most once a minute
    /// for all callers together, if downloading is allowed. `headers` are the raw pairs in wire order.
    pub async fn open_notice(&self, headers: &[(String, Vec<u8>)], body: &[u8]) -> Result<Notice, NoticeError> {
        let open = || notices::open(&self.inner.keyring, &self.inner.api_v3_keys, headers, body, self.now());
        match open() {
            Err(NoticeError::Serial(serial)) if self.learn(&serial).await => open(),
            result => result,
        }
    }

    /// Downloads the certificate list and adds what is new. Call it at start and every few hours (below 12) when
    /// certificates are used. Returns how many are valid now.
    pub async fn refresh_certificates(&self) -> Result<usize, PayError> {
        if !self.inner.download_certificates {
            return Err(PayError::Invalid("certificates are not downloaded in this configuration".to_owned()));
        }
        let suite = self.inner.signing_key.suite();
        let kind = suite.certificate_type().map(|kind| ("algorithm_type", kind));
        let call = Call::get(&["v3", "certificates"], kind.as_slice());
        let mut answer = self.exchange(&call).await?;
        if answers::is_probe(&answer.headers) {
            answer = self.exchange(&call).await?;
        }
        let RawAnswer { status, headers, body } = answer;
        let answer = answers::interpret(status, &headers, body)?;
        certificates::install(&self.inner.keyring, suite, &self.inner.api_v3_keys, &headers, &answer.body, self.now())
            .map_err(|error| PayError::unknown(UnknownReason::NotVerified, Some(status), error.to_string()))
    }

    pub(crate) fn now(&self) -> i64 {
        (self.inner.clock)()
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.inner.signing_key
    }

    /// The key for sensitive fields and the serial that names it; downloads certificates when there is none yet.
    pub(crate) async fn encryption_key(&self) -> Result<(String, VerifyingKey), PayError> {
        if let Some(found) = self.inner.keyring.for_encryption(self.now()) {
            return Ok(found);
        }
        self.refresh_certificates().await?;
        let missing = || PayError::Invalid("no key of WeChat Pay to encrypt with".to_owned());
        self.inner.keyring.for_encryption(self.now()).ok_or_else(missing)
    }

    /// Sends, verifies, and turns everything that is not a verified 2xx without error code into an error. A probe
    /// is dropped and the request sent once more with a new nonce; nothing else is repeated.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, PayError> {
        let mut answer = self.exchange(&call).await?;
        if answers::is_probe(&answer.headers) {
            tracing::debug!("signature probe on an answer: asking once more");
            answer = self.exchange(&call).await?;
        }
        let RawAnswer { status, headers, body } = answer;
        // 4xx and 5xx are unsigned by design and are never a success.
        if (200..300).contains(&status) {
            self.verify(&headers, &body).await.map_err(|error| {
                PayError::OutcomeUnknown(Unknown {
                    reason: UnknownReason::NotVerified,
                    status: Some(status),
                    code: None,
                    request_id: answers::request_id(&headers),
                    note: error.to_string(),
                })
            })?;
        }
        answers::interpret(status, &headers, body)
    }

    /// A signed GET whose answer is not signed by design (files). The caller checks a hash instead.
    pub(crate) async fn get_unverified(&self, url: Url) -> Result<reqwest::Response, PayError> {
        let response = self.transmit(&reqwest::Method::GET, url, None, None).await?;
        if response.status().as_u16() == 200 {
            return Ok(response);
        }
        let RawAnswer { status, headers, body } = receive(response).await?;
        answers::interpret(status, &headers, body)?;
        Err(PayError::unknown(UnknownReason::Unreadable, Some(status), "a file was expected"))
    }

    async fn verify(&self, headers: &RawHeaders, body: &[u8]) -> Result<(), NoticeError> {
        let check = || answers::verify(&self.inner.keyring, headers, body, self.now());
        match check() {
            Err(NoticeError::Serial(serial)) if self.learn(&serial).await => check(),
            result => result,
        }
    }

    /// Tries to learn an unknown serial; `true` when the ring knows it afterwards. Callers wait for one download.
    async fn learn(&self, serial: &str) -> bool {
        let known = || self.inner.keyring.get(serial, self.now()).is_some();
        let is_certificate = serial.len() == 40 && serial.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !self.inner.download_certificates || !is_certificate || serial == self.inner.merchant_serial {
            return false;
        }
        let mut refreshed_at = self.inner.refreshed_at.lock().await;
        if known() {
            return true;
        }
        let now = self.now();
        if refreshed_at.is_some_and(|last| now.abs_diff(last) < REFRESH_PAUSE_SECONDS.unsigned_abs()) {
            return false;
        }
        *refreshed_at = Some(now);
        if let Err(error) = self.refresh_certificates().await {
            tracing::warn!(%error, "platform certificates could not be refreshed");
        }
        known()
    }

    async fn exchange(&self, call: &Call) -> Result<RawAnswer, PayError> {
        let url = call.url(&self.inner.base_url)?;
        let serial = call.encryption_serial.as_deref();
        receive(self.transmit(&call.method, url, call.body.as_deref(), serial).await?).await
    }

    async fn transmit(
        &self,
        method: &reqwest::Method,
        url: Url,
        body: Option<&[u8]>,
        encryption_serial: Option<&str>,
    ) -> Result<reqwest::Response, PayError> {
        let target = &url[Position::BeforePath..Position::AfterQuery];
        let authorization = Authorization::sign(
            &self.inner.signing_key,
            &self.inner.mch_id,
            &self.inner.merchant_serial,
            (method.as_str(), target, body.unwrap_or_default()),
            self.now(),
            &random::nonce(),
        );
        let path = url.path().to_owned();
        let mut request = self
            .inner
            .http
            .request(method.clone(), url)
            .header("Authorization", authorization.to_header())
            .header("Accept", "application/json");
        // Tells WeChat which key we encrypted with, and with which key the answer shall be signed (pitfalls A6).
        if let Some(serial) = encryption_serial.or(self.inner.public_key_id.as_deref()) {
            request = request.header("Wechatpay-Serial", serial);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_vec());
        }
        let span = http::call_span("pay", method.as_str(), &http::template_of(&path));
        let result = request.send().instrument(span).await.map_err(transport_error);
        match &result {
            Ok(response) => {
                tracing::debug!(%method, path, status = response.status().as_u16(), "WeChat Pay answered")
            }
            Err(error) => tracing::warn!(%method, path, %error, "WeChat Pay did not answer"),
        }
        result
    }
}

impl std::fmt::Debug for PayClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PayClient").field("mch_id", &self.inner.mch_id).finish_non_exhaustive()
    }
}

struct RawAnswer {
    status: u16,
    headers: RawHeaders,
    body: Vec<u8>,
}

async fn receive(mut response: reqwest::Response) -> Result<RawAnswer, PayError> {
    let status = response.status().as_u16();
    let headers = http::raw_headers(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(PayError::unknown(UnknownReason::Unreadable, Some(status), "the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(RawAnswer { status, headers, body })
}

pub(crate) fn transport_error(error: reqwest::Error) -> PayError {
    if error.is_connect() {
        return PayError::Unreachable(http::transport_cause(error));
    }
    if error.is_builder() {
        return PayError::Invalid(http::transport_cause(error));
    }
    let reason = if error.is_timeout() { UnknownReason::Timeout } else { UnknownReason::ConnectionLost };
    PayError::unknown(reason, None, http::transport_cause(error))
}
