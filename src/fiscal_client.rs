//! The wire to the province's fiscal system (`docs/fiscal.md`): addresses and signed requests. Receipts and payment codes
//! share it.

use std::time::Duration;

use anyhow::{Context, ensure};
use foundation::clock::SharedClock;
use foundation::config::FiscalConfig;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{RequestBuilder, Response};
use sha2::Sha256;
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(15);

/// A fiscal system reached over HTTP; requests are signed with a shared secret.
pub struct FiscalClient {
    client: reqwest::Client,
    base: Url,
    secret: Vec<u8>,
    clock: SharedClock,
}

impl FiscalClient {
    /// The system that the configuration names.
    ///
    /// # Errors
    /// When the address is none, or the secret is missing.
    pub fn new(config: &FiscalConfig, clock: SharedClock) -> anyhow::Result<Self> {
        let base = Url::parse(&config.url).context("fiscal.url 不是网址")?;
        ensure!(!config.secret.is_empty(), "fiscal.secret 还没有设置");
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("HTTP client")?;
        Ok(Self { client, base, secret: config.secret.expose().as_bytes().to_vec(), clock })
    }

    /// `fiscal.url`.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The address below `/fiscal/v1`; parts are escaped.
    pub fn address(&self, parts: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("fiscal.url 不能带路径"))?
            .pop_if_empty()
            .extend(["fiscal", "v1"])
            .extend(parts);
        Ok(url)
    }

    /// A signed GET.
    pub async fn get(&self, parts: &[&str]) -> anyhow::Result<Response> {
        let request = self.client.get(self.address(parts)?);
        self.signed(request, b"").send().await.map_err(without_address)
    }

    /// A signed POST of JSON.
    pub async fn post(&self, parts: &[&str], body: Vec<u8>) -> anyhow::Result<Response> {
        let request = self.client.post(self.address(parts)?).header("Content-Type", "application/json");
        self.signed(request, &body).body(body).send().await.map_err(without_address)
    }

    /// An unsigned GET of a file whose address is its only protection.
    pub async fn fetch(&self, url: Url) -> anyhow::Result<Response> {
        self.client.get(url).send().await.map_err(without_address)
    }

    fn signed(&self, request: RequestBuilder, body: &[u8]) -> RequestBuilder {
        let timestamp = self.clock.now_ms().div_euclid(1_000).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(timestamp.as_bytes());
        mac.update(b"\n");
        mac.update(body);
        request.header("X-Timestamp", timestamp).header("X-Signature", hex::encode(mac.finalize().into_bytes()))
    }
}

/// Never with its address: a file's address is its only protection.
pub fn without_address(error: reqwest::Error) -> anyhow::Error {
    anyhow::Error::new(error.without_url())
}
