//! Where a request comes from, for limits per address.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::app::SharedApp;

/// The address of the person's network. Behind our own proxy (`http.trust_forwarded_for`) it is the last entry of
/// `X-Forwarded-For`, the one that proxy wrote; otherwise that header could be anybody's invention and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

impl FromRequestParts<SharedApp> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Infallible> {
        let forwarded = app.config.http.trust_forwarded_for.then(|| last_forwarded(parts)).flatten();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(forwarded.or(peer).map_or_else(|| "unknown".to_owned(), |address| address.to_string())))
    }
}

fn last_forwarded(parts: &Parts) -> Option<IpAddr> {
    let value = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}
