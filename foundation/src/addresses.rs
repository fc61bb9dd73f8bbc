//! Addresses that other people name and we call: resolved once, looked at, and the address that was looked at is the one
//! used, so that nobody makes us his tool inside our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context, bail, ensure};

/// The addresses of a host; private ones are refused unless `allow_private`.
///
/// # Errors
/// In Chinese: the name is not known, or leads into a private network.
pub async fn resolve(host: &str, port: u16, allow_private: bool) -> anyhow::Result<Vec<SocketAddr>> {
    let lookup = (host.trim_matches(['[', ']']), port);
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host(lookup).await.with_context(|| format!("无法解析 {host}"))?.collect();
    ensure!(!found.is_empty(), "无法解析 {host}");
    if !allow_private && let Some(private) = found.iter().find(|address| !is_public(address.ip())) {
        bail!("{host} 指向内部地址 {}，不能访问", private.ip());
    }
    Ok(found)
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
    let is_documentation = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
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
            "64:ff9b:1::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "2001::1",
            "2001:db8::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "114.114.114.114", "2400:3200::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn a_private_address_is_refused_unless_it_is_allowed() {
        assert!(resolve("127.0.0.1", 80, false).await.unwrap_err().to_string().contains("内部地址"));
        assert_eq!(resolve("127.0.0.1", 80, true).await.unwrap().len(), 1);
    }
}
