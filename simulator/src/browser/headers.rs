//! What the proxy takes away and adds.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// What WeChat's browser adds to the user agent.
pub(super) const AGENT_SUFFIX: &str = "MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN";

/// Headers of one hop.
const HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Headers that would keep the page out of the phone's frame.
const FRAME: [&str; 3] = ["content-security-policy", "x-frame-options", "cross-origin-opener-policy"];

fn is_of_one_hop(name: &HeaderName) -> bool {
    HOP.contains(&name.as_str())
}

/// The request's headers for the application; Host stays, because the proxy is its public address.
pub(super) fn towards_application(headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers {
        if !is_of_one_hop(name) && name != header::CONTENT_LENGTH {
            passed.append(name.clone(), value.clone());
        }
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("Mozilla/5.0");
    if let Ok(agent) = HeaderValue::from_str(&format!("{agent} {AGENT_SUFFIX}")) {
        passed.insert(header::USER_AGENT, agent);
    }
    // Pages are read and changed on the way.
    passed.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    passed
}

/// The answer's headers for the phone.
pub(super) fn towards_phone(headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers {
        if !is_of_one_hop(name) && !FRAME.contains(&name.as_str()) {
            passed.append(name.clone(), value.clone());
        }
    }
    passed
}

/// Names of the cookies that came.
pub(super) fn cookie_names(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('=').map(|(name, _)| name.to_owned()))
        .collect()
}
