//! Text messages behind one interface: the log while trying out, a provider over HTTP in production. Nothing here knows
//! what is sent; whoever sends keeps his own row and repeats by a job.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use async_trait::async_trait;
use foundation::clock::SharedClock;
use foundation::config::{Config, Environment, Secret};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

mod purpose;

pub use purpose::CodePurpose;

/// A person waits for the code in front of the page.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A text message that is no code.
#[derive(Debug, Clone)]
pub struct Notice {
    /// To whom.
    pub phone: String,
    /// Under which name the provider knows the text.
    pub template: String,
    /// What fills it over there.
    pub params: BTreeMap<String, String>,
    /// The whole text, for providers that take it.
    pub text: String,
    /// The same for every repeat of one message, so that the provider drops repeats.
    pub number: String,
}

/// Why a text message did not go out.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It never will: the provider refuses phone or text. The sentence is for people.
    #[error("{0}")]
    Refused(String),
    /// Not now; worth repeating.
    #[error(transparent)]
    Trouble(#[from] anyhow::Error),
}

/// Sends text messages to phones.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// Sends `code` to `phone`; it is valid for `minutes`, for one purpose.
    async fn send_code(&self, phone: &str, code: &str, purpose: CodePurpose, minutes: i64) -> anyhow::Result<()>;

    /// Sends a text; gives the provider's number of it, if it has one.
    ///
    /// # Errors
    /// [`NotSent`] says whether repeating helps.
    async fn send_notice(&self, notice: &Notice) -> Result<Option<String>, NotSent>;
}

/// The sender that the configuration names: `sms.provider = "log"` or `"http"`.
pub fn sms_sender(config: &Config, clock: SharedClock) -> anyhow::Result<Arc<dyn SmsSender>> {
    match config.sms.provider.as_str() {
        "log" => Ok(Arc::new(LogSender { production: config.service.environment == Environment::Production })),
        "http" => Ok(Arc::new(HttpSender::new(&config.sms.url, config.sms.secret.clone(), clock)?)),
        other => bail!("sms.provider 应为 log 或 http，而不是 {other}"),
    }
}

/// Writes the code into the log: for trying out without a provider, never in production.
struct LogSender {
    production: bool,
}

#[async_trait]
impl SmsSender for LogSender {
    async fn send_code(&self, phone: &str, code: &str, purpose: CodePurpose, minutes: i64) -> anyhow::Result<()> {
        ensure!(!self.production, "没有设置短信服务商（sms.provider）");
        tracing::info!(
            phone = foundation::text::mask_phone(phone),
            code,
            minutes,
            purpose = purpose.text(),
            "短信验证码"
        );
        Ok(())
    }

    async fn send_notice(&self, notice: &Notice) -> Result<Option<String>, NotSent> {
        if self.production {
            return Err(NotSent::Refused("没有设置短信服务商（sms.provider）".to_owned()));
        }
        tracing::info!(phone = foundation::text::mask_phone(&notice.phone), template = notice.template, "短信通知");
        Ok(None)
    }
}

/// A provider over HTTP: `POST {url}/sms/v1/messages`, signed with HMAC-SHA256 over time and body.
struct HttpSender {
    endpoint: String,
    secret: Secret,
    clock: SharedClock,
    client: reqwest::Client,
}

impl HttpSender {
    fn new(url: &str, secret: Secret, clock: SharedClock) -> anyhow::Result<Self> {
        let base = url::Url::parse(url).context("sms.url 不是有效的地址")?;
        let mut builder = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        if matches!(base.host_str(), Some("127.0.0.1" | "localhost")) {
            // A proxy of the environment cannot reach a stand-in on this machine.
            builder = builder.no_proxy();
        }
        let endpoint = format!("{}/sms/v1/messages", url.trim_end_matches('/'));
        Ok(Self { endpoint, secret, clock, client: builder.build()? })
    }

    fn signature(&self, timestamp: i64, body: &str) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).expect("HMAC takes keys of any length");
        mac.update(format!("{timestamp}\n{body}").as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    async fn post(&self, body: String) -> anyhow::Result<reqwest::Response> {
        let timestamp = self.clock.now_ms().div_euclid(1_000);
        self.client
            .post(&self.endpoint)
            .header("Content-Type", "application/json")
            .header("X-Timestamp", timestamp.to_string())
            .header("X-Signature", self.signature(timestamp, &body))
            .body(body)
            .send()
            .await
            .map_err(|error| anyhow::anyhow!(error.without_url()).context("短信服务商没有应答"))
    }
}

#[async_trait]
impl SmsSender for HttpSender {
    async fn send_code(&self, phone: &str, code: &str, purpose: CodePurpose, minutes: i64) -> anyhow::Result<()> {
        let body = json!({
            "phone": phone,
            "template": format!("{}_code", purpose.as_str()),
            "params": { "code": code, "minutes": minutes.to_string() },
            "text": format!("您的{}验证码是 {code}，{minutes} 分钟内有效。请勿告诉他人。", purpose.text()),
        });
        let response = self.post(body.to_string()).await?;
        ensure!(response.status().is_success(), "短信服务商拒绝：{}", response.status());
        Ok(())
    }

    async fn send_notice(&self, notice: &Notice) -> Result<Option<String>, NotSent> {
        let body = json!({
            "phone": notice.phone,
            "template": notice.template,
            "params": notice.params,
            "text": notice.text,
            "request_id": notice.number,
        });
        let response = self.post(body.to_string()).await?;
        let status = response.status();
        if status.is_success() {
            let number = response.json::<Accepted>().await.ok().map(|accepted| accepted.message_id);
            return Ok(number);
        }
        // 408 and 429 are of the moment; every other 4xx will be said again.
        if status.is_client_error() && ![408, 429].contains(&status.as_u16()) {
            return Err(NotSent::Refused(format!("短信服务商拒绝：{status}")));
        }
        Err(NotSent::Trouble(anyhow::anyhow!("短信服务商暂时不可用：{status}")))
    }
}

#[derive(Deserialize)]
struct Accepted {
    message_id: String,
}
