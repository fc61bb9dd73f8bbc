//! Fetching report files over the network without becoming somebody's tool: only allowed hosts, no private addresses
//! outside demo and test, no redirects, a size and a time limit, and the address that was checked is the one used.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::{Bytes, BytesMut};
use foundation::config::Environment;
use futures_util::StreamExt;
use url::Url;

use super::report_file::{REPORT_FILE_BYTES_MAX, is_pdf};

const TIMEOUT: Duration = Duration::from_secs(45);

/// The PDF at `url`, whose host was allowed before.
pub async fn fetch_pdf(url: &Url, environment: Environment) -> anyhow::Result<Bytes> {
    let host = url.host_str().context("网址没有主机名")?;
    let port = url.port_or_known_default().context("网址没有端口")?;
    let lookup = (host.trim_matches(['[', ']']), port);
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host(lookup).await.with_context(|| format!("无法解析 {host}"))?.collect();
    ensure!(!addresses.is_empty(), "无法解析 {host}");
    if environment == Environment::Production
        && let Some(private) = addresses.iter().find(|address| !is_public(address.ip()))
    {
        bail!("{host} 指向内部地址 {}，不能下载", private.ip());
    }
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

/// Whether an address is reachable for everybody; anything special counts as private.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_benchmark = first == 198 && (second == 18 || second == 19);
    let is_protocol = first == 192 && second == 0 && third == 0;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || is_shared
        || is_benchmark
        || is_protocol
        || first == 0
        || first >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; within it the documentation range and the tunnels to IPv4 are left out.
    let [first, second, ..] = address.segments();
    let is_global = (0x2000..0x4000).contains(&first);
    let is_documentation = first == 0x2001 && second == 0x0db8;
    let is_tunnel = first == 0x2002 || (first == 0x2001 && second == 0);
    is_global && !is_documentation && !is_tunnel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_count_as_private() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "114.114.114.114", "2400:3200::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn production_does_not_fetch_from_its_own_network() {
        let url = Url::parse("http://127.0.0.1:9/report.pdf").unwrap();
        let error = fetch_pdf(&url, Environment::Production).await.unwrap_err();
        assert!(error.to_string().contains("内部地址"), "{error}");
    }
}
