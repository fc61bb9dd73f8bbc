//! Who knocks: front end, device, network address, and what the browser already carries.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use foundation::problem::Problem;
use foundation::secret_hash::token_hash;

use super::tickets;
use crate::accounts::{Client, Session, Visitor, own_cookie, refuse_cross_site};
use crate::app::SharedApp;
use crate::web::ClientAddress;

/// A request to sign in (or out). Refuses what another site's page could have sent.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The kind of front end.
    pub client: Client,
    /// What the session list shows, such as `iPhone · 微信`.
    pub device: String,
    /// For limits per address: the network, [`ClientAddress::network`].
    pub address: String,
    /// For limits per device, and for telling a new device from a known one (B-04): the hash of the random key that our
    /// front end keeps on it (`X-Device`). Whoever leaves it out is limited by his address.
    pub device_key: Option<String>,
    /// The ticket of an earlier WeChat round trip, from the cookie.
    pub ticket: Option<String>,
    /// The session that is still there.
    pub session: Option<Session>,
}

impl FromRequestParts<SharedApp> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        // `X-Client: mini-program` and `Authorization` are themselves headers that another site's page cannot send.
        if visitor.client != Client::MiniProgram && !parts.headers.contains_key(header::AUTHORIZATION) {
            refuse_cross_site(&parts.method, &parts.headers)?;
        }
        let address = match ClientAddress::from_request_parts(parts, app).await {
            Ok(address) => address,
            Err(never) => match never {},
        };
        Ok(Self {
            device: device_of(&parts.headers, visitor.client),
            device_key: device_key_of(&parts.headers),
            address: address.network(),
            ticket: own_cookie(app, &parts.headers, tickets::COOKIE).filter(|ticket| !ticket.is_empty()),
            client: visitor.client,
            session: visitor.session,
        })
    }
}

fn device_key_of(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("x-device").and_then(|value| value.to_str().ok())?;
    let fits = (16..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| token_hash(key))
}

/// What the list of sign-ins shows, such as `iPhone · 微信`.
pub fn device_of(headers: &HeaderMap, client: Client) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let machines = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("OpenHarmony", "鸿蒙手机"),
        ("Android", "安卓手机"),
        ("Windows", "Windows 电脑"),
        ("Macintosh", "Mac 电脑"),
        ("Linux", "Linux 电脑"),
    ];
    let machine = machines.iter().find(|(mark, _)| agent.contains(mark)).map_or("其他设备", |(_, name)| name);
    let front_end = match client {
        Client::MiniProgram => "小程序",
        _ if agent.contains("MicroMessenger") => "微信",
        _ => "浏览器",
    };
    format!("{machine} · {front_end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_so_that_its_owner_knows_it() {
        let mut headers = HeaderMap::new();
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.50";
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        assert_eq!(device_of(&headers, Client::H5InWechat), "iPhone · 微信");
    }
}
