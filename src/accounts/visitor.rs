//! Who asks: the session of a request, and what is open to it.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use foundation::problem::Problem;

use super::cookies::{presented_token, refuse_cross_site};
use super::sessions::{Client, Session, find_session};
use crate::app::{App, SharedApp};
use crate::web::{Asker, note_asker};

/// Who asks, signed in or not.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session, if one is signed in.
    pub session: Option<Session>,
    /// The kind of front end.
    pub client: Client,
}

impl Visitor {
    /// The session, or 401.
    pub fn demand_session(self) -> Result<Session, Problem> {
        self.session.ok_or_else(Problem::not_signed_in)
    }
}

impl FromRequestParts<SharedApp> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let client = Client::of_headers(&parts.headers);
        let Some(token) = token_of(app, parts)? else { return Ok(Self { session: None, client }) };
        let session = find_session(app, &token).await?;
        if let Some(session) = &session {
            admit(parts, session)?;
        }
        Ok(Self { session, client })
    }
}

/// The token that a request presents, unless it may come from another site's page.
pub(super) fn token_of(app: &App, parts: &Parts) -> Result<Option<String>, Problem> {
    let Some((token, from_cookie)) = presented_token(app, &parts.headers) else { return Ok(None) };
    if from_cookie {
        refuse_cross_site(&parts.method, &parts.headers)?;
    }
    Ok(Some(token))
}

/// What holds for every request of a session, whatever it is about.
pub(super) fn admit(parts: &Parts, session: &Session) -> Result<(), Problem> {
    if session.account.password_temporary {
        demand_own_password(parts.uri.path())?;
    }
    note_asker(Asker::Person(session.id.clone()));
    Ok(())
}

/// What somebody may do who signed in with a password that another person made and knows: see who he is, prove himself,
/// choose his own, leave.
const OPEN_WITH_FIRST_PASSWORD: [&str; 7] = [
    "/api/v1/session",
    "/api/v1/password",
    "/api/v1/proofs/code",
    "/api/v1/sms-codes",
    "/api/v1/captcha",
    "/api/v1/preferences",
    "/wechat/oauth",
];

fn demand_own_password(path: &str) -> Result<(), Problem> {
    let below = |open: &str| path.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if OPEN_WITH_FIRST_PASSWORD.iter().any(|open| below(open)) || path.starts_with("/api/v1/recovery/") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "own_password_needed", "您用的是别人给的初始密码，要先改成自己的")
        .field("new_password", "请设置自己的密码")
        .advice("请先设置新密码，再继续办理"))
}

/// For routes that need somebody signed in, whatever his units: 401 before anything else of the request is looked at.
impl FromRequestParts<SharedApp> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        Visitor::from_request_parts(parts, app).await?.demand_session()
    }
}
