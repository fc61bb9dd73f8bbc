//! Fetching report files over the network without becoming somebody's tool: only allowed hosts, no private addresses
//! outside demo and test, no redirects, a size and a time limit, and the address that was checked is the one used.

use std::net::SocketAddr;
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
    fetch_from(url, host, &addresses).await
}

/// The file at `url`, asked of `addresses` and nobody else.
async fn fetch_from(url: &Url, host: &str, addresses: &[SocketAddr]) -> anyhow::Result<Bytes> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .resolve_to_addrs(host, addresses)
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

    /// Answers one request with these bytes; gives its address.
    async fn server_that_says(answer: &'static [u8]) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut head = [0; 1_024];
            let _asked = tokio::io::AsyncReadExt::read(&mut connection, &mut head).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut connection, answer).await.unwrap();
        });
        address
    }

    #[tokio::test]
    async fn a_file_comes_from_the_address_that_was_looked_at_whatever_the_name_leads_to_since() {
        let address = server_that_says(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n%PDF-1.7\n").await;
        // A name that no server of names knows any more: whoever asked again would reach nothing, or somebody else.
        let url = Url::parse(&format!("http://files.invalid:{}/a.pdf", address.port())).unwrap();
        let content = fetch_from(&url, "files.invalid", &[address]).await.unwrap();
        assert_eq!(&content[..], b"%PDF-1.7\n");
    }

    #[tokio::test]
    async fn a_server_that_sends_us_on_or_says_too_much_is_not_followed() {
        for (answer, reason) in [
            (&b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n"[..], "302"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n%PDF-", "30 MB"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nMZ\x90\0", "PDF"),
        ] {
            let address = server_that_says(answer).await;
            let url = Url::parse(&format!("http://files.invalid:{}/a.pdf", address.port())).unwrap();
            let error = fetch_from(&url, "files.invalid", &[address]).await.unwrap_err();
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
    }
}
