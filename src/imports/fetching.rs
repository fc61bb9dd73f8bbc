//! Fetching report files over the network without becoming somebody's tool: only allowed hosts, no private addresses
//! outside demo and test, no redirects, a size and a time limit, and the address that was checked is the one used.

use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::{Bytes, BytesMut};
use foundation::addresses::resolve;
use foundation::config::Environment;
use futures_util::StreamExt;
use url::Url;

use super::report_file::{REPORT_FILE_BYTES_MAX, is_pdf};

const TIMEOUT: Duration = Duration::from_secs(45);

/// The PDF at `url`, whose host was allowed before.
pub async fn fetch_pdf(url: &Url, environment: Environment) -> anyhow::Result<Bytes> {
    let host = url.host_str().context("网址没有主机名")?;
    let port = url.port_or_known_default().context("网址没有端口")?;
    let addresses = resolve(host, port, environment != Environment::Production).await?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .resolve_to_addrs(host, &addresses)
        .build()?;
    let answer = client.get(url.clone()).send().await.with_context(|| format!("无法下载 {url}"))?;
    ensure!(answer.status().is_success(), "下载 {url} 得到 {}", answer.status());
    ensure!(answer.content_length().unwrap_or(0) <= REPORT_FILE_BYTES_MAX, "{url} 超过 30 MB");
    let mut content = BytesMut::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        content.extend_from_slice(&chunk.with_context(|| format!("下载 {url} 中断"))?);
        ensure!(content.len() as u64 <= REPORT_FILE_BYTES_MAX, "{url} 超过 30 MB");
    }
    ensure!(is_pdf(&content), "{url} 不是 PDF");
    Ok(content.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn production_does_not_fetch_from_its_own_network() {
        let url = Url::parse("http://127.0.0.1:9/report.pdf").unwrap();
        let error = fetch_pdf(&url, Environment::Production).await.unwrap_err();
        assert!(error.to_string().contains("内部地址"), "{error}");
    }
}
