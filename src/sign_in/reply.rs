//! How a login is answered: the mini-program gets its token in the body, browsers get a cookie that scripts cannot read.

use axum::http::{HeaderMap, HeaderValue, header};
use foundation::problem::Problem;

use super::answer::{self, SessionAnswer};
use super::entrance::Entered;
use super::tickets;
use crate::accounts::{Client, cookie_text, session_cookie};
use crate::app::App;
use crate::web::Json;

/// A session answer with the cookies that go with it.
pub type SessionReply = (HeaderMap, Json<SessionAnswer>);

/// The answer to a login that succeeded.
pub async fn entered(app: &App, entered: &Entered) -> Result<SessionReply, Problem> {
    let mut answer = answer::of_session(app, &entered.session).await?;
    let mut headers = HeaderMap::new();
    if entered.session.client == Client::MiniProgram {
        answer.token = Some(entered.token.clone());
    } else {
        set_entered_cookies(app, entered, &mut headers);
    }
    Ok((headers, Json(answer)))
}

/// The cookies of a login in a browser: the session begins, a ticket is used up.
pub fn set_entered_cookies(app: &App, entered: &Entered, headers: &mut HeaderMap) {
    set_cookie(headers, &session_cookie(app, &entered.token));
    set_cookie(headers, &cookie_text(app, tickets::COOKIE, "", 0));
}

/// The cookie of a visitor whom WeChat knows.
pub fn set_ticket_cookie(app: &App, ticket: &str, headers: &mut HeaderMap) {
    set_cookie(headers, &cookie_text(app, tickets::COOKIE, ticket, tickets::TTL_MS / 1_000));
}

/// Adds one `Set-Cookie`.
pub fn set_cookie(headers: &mut HeaderMap, text: &str) {
    // Cookie texts are made of our own names and hex tokens: they are always valid header values.
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.append(header::SET_COOKIE, value);
    }
}
