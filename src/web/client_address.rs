//! Where a request comes from, for limits per address.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::SharedApp;

/// The address of the person's network. Behind our own proxy (`http.trust_forwarded_for`) it is the last entry of
/// `X-Forwarded-For`, the one that proxy wrote; otherwise that header could be anybody's invention and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

impl FromRequestParts<SharedApp> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self::of(&parts.headers, peer, app.config.http.trust_forwarded_for))
    }
}

impl ClientAddress {
    pub(super) fn of(headers: &HeaderMap, peer: Option<IpAddr>, behind_own_proxy: bool) -> Self {
        let forwarded = behind_own_proxy.then(|| last_forwarded(headers)).flatten();
        Self(forwarded.or(peer).map_or_else(|| "unknown".to_owned(), |address| address.to_string()))
    }

    /// What limits count by: one household or office has a whole IPv6 /64, and with it more addresses than any limit.
    pub fn network(&self) -> String {
        self.0.parse().map_or_else(|_| self.0.clone(), network_of)
    }
}

fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            format!("{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
        }
    }
}

fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let pairs = values.iter().map(|value| ("x-forwarded-for".parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let network = |text: &str| ClientAddress(text.to_owned()).network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:10.0.0.7"), "10.0.0.7");
        assert_eq!(network("unknown"), "unknown");
    }

    #[test]
    fn only_the_entry_that_our_own_proxy_wrote_is_believed() {
        let peer = Some(IpAddr::from([10, 0, 0, 1]));
        let of = |values: &[&str], behind_own_proxy| ClientAddress::of(&headers(values), peer, behind_own_proxy).0;
        // Without a proxy of ours, whoever invents the header invents it for nobody.
        for invented in [&["203.0.113.9"][..], &["1.2.3.4", "5.6.7.8"], &["127.0.0.1, 10.9.9.9"]] {
            assert_eq!(of(invented, false), "10.0.0.1", "{invented:?}");
        }
        // Behind it, what stood there before the proxy's own entry is the sender's invention: in the list and as a header
        // of its own.
        assert_eq!(of(&["203.0.113.9, 198.51.100.7"], true), "198.51.100.7");
        assert_eq!(of(&["203.0.113.9", "198.51.100.7"], true), "198.51.100.7");
        assert_eq!(of(&["2001:db8::1 "], true), "2001:db8::1");
        // A last entry that is no address is nobody's: the connection counts, not an entry before it.
        for odd in ["203.0.113.9, ", "203.0.113.9, unknown", "203.0.113.9, 198.51.100.7:80", "x\ty", ""] {
            assert_eq!(of(&[odd], true), "10.0.0.1", "{odd:?}");
        }
    }
}
