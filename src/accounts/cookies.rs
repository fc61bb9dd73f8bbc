//! How a session travels: as a cookie of H5, or in a header of the mini-program.

use axum::http::{HeaderMap, Method, StatusCode, header};
use foundation::problem::Problem;

use crate::app::App;

/// The session cookie of H5; the mini-program sends `Authorization: Bearer` instead.
const COOKIE: &str = "tejian_session";

/// A cookie is sent by the browser even for a request that another site made; our own front end adds a header that
/// another site cannot add.
pub fn refuse_cross_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let reads_only = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads_only || headers.get("x-requested-with").is_some_and(|value| value.as_bytes() == b"tejian") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "cross_site_request", "请求来源不对，没有执行")
        .advice("请从服务号菜单重新进入；程序调用时请带上请求头 X-Requested-With: tejian"))
}

/// The token of a request, and whether it came as a cookie.
pub(super) fn presented_token(app: &App, headers: &HeaderMap) -> Option<(String, bool)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| (token.trim().to_owned(), false));
    // Browsers that signed in before the name changed have the bare one; it never stands before one's own.
    let in_cookie = || own_cookie(app, headers, COOKIE).or_else(|| cookie(headers, COOKIE));
    bearer.or_else(|| in_cookie().map(|token| (token, true)))
}

/// What a cookie of ours is called in the browser. Over TLS with `__Host-`: such a cookie is taken from this very host
/// alone, so neither another host of the institute's domain nor somebody on the way to one that is not encrypted can plant
/// it (RFC 6265bis, 4.1.3.2).
fn name_in_browser(app: &App, name: &str) -> String {
    if is_over_tls(app) { format!("__Host-{name}") } else { name.to_owned() }
}

fn is_over_tls(app: &App) -> bool {
    app.config.service.public_base_url.starts_with("https://")
}

/// The value of a cookie that [`cookie_text`] has set.
pub fn own_cookie(app: &App, headers: &HeaderMap, name: &str) -> Option<String> {
    cookie(headers, &name_in_browser(app, name))
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The `Set-Cookie` text for a session token; an empty token removes it.
pub fn session_cookie(app: &App, token: &str) -> String {
    cookie_text(app, COOKIE, token, app.config.login.session_days * 86_400)
}

/// A cookie of ours: never readable by scripts, never sent with another site's form, only over TLS in production.
pub fn cookie_text(app: &App, name: &str, value: &str, max_age_s: i64) -> String {
    let name = name_in_browser(app, name);
    let secure = if is_over_tls(app) { "; Secure" } else { "" };
    let max_age_s = if value.is_empty() { 0 } else { max_age_s };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}")
}
