//! Links to files, good for minutes and only while the sign-in that asked for them lives: a picture in a page cannot send
//! its session along, so the link carries which session that is.
//!
//! Who asks is noted by the extractors of sessions; nothing that makes a link can forget it.

use std::cell::OnceCell;

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::accounts::{self, SessionId};
use crate::app::{App, SharedApp};
use crate::staff::{self, StaffSessionId};

/// Whose request is being answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// Somebody of a unit, or a person.
    Person(SessionId),
    /// Somebody of the institute.
    Officer(StaffSessionId),
}

tokio::task_local! {
    static ASKER: OnceCell<Asker>;
}

/// Runs a request; within it [`note_asker`] is heard.
pub(super) async fn with_asker<F: Future>(request: F) -> F::Output {
    ASKER.scope(OnceCell::new(), request).await
}

/// Notes whose request this is. The first word counts.
pub fn note_asker(asker: Asker) {
    // Outside of a request (a job) nobody asks, and no link can be made there.
    let _ = ASKER.try_with(|cell| cell.set(asker));
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedLink<T> {
    asker: Asker,
    target: T,
}

/// The address `/files/{room}/…` of `target` for whoever asks now; an error of ours where nobody is signed in. `T` should
/// refuse unknown fields, so that a link to one kind of thing never opens another.
pub fn link_for_asker<T: Serialize>(app: &App, room: &str, target: T) -> Result<String, Problem> {
    let asker = ASKER.try_with(|cell| cell.get().cloned()).ok().flatten();
    let asker = asker.ok_or_else(|| Problem::internal(anyhow::anyhow!("a link to a file, and nobody asks for it")))?;
    let payload = serde_json::to_string(&AskedLink { asker, target }).expect("a link is plain data");
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    Ok(format!("/files/{room}/{}", app.links.sign(&payload, expires_at)))
}

/// What a link leads to: 404 when it is forged or of another kind, 410 when its minutes are over, 403 when its asker has
/// signed out.
pub async fn open_asked_link<T: DeserializeOwned>(app: &SharedApp, token: &str) -> Result<T, Problem> {
    open_link_of_asker(app, token).await.map(|(target, _)| target)
}

/// The same with whose link it is, for things that he may have lost since.
pub async fn open_link_of_asker<T: DeserializeOwned>(app: &SharedApp, token: &str) -> Result<(T, Asker), Problem> {
    let payload = app.links.open(token, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => {
            Problem::new(StatusCode::GONE, "link_expired", "文件链接已过期").advice("请返回页面刷新后重试")
        }
        TokenRefused::Forged => invalid_link(),
    })?;
    let link: AskedLink<T> = serde_json::from_str(&payload).map_err(|_| invalid_link())?;
    let lives = match &link.asker {
        Asker::Person(session) => accounts::session_of_link(app, session).await?.is_some(),
        Asker::Officer(session) => staff::officer_of_session(app, session).await?.is_some(),
    };
    if lives { Ok((link.target, link.asker)) } else { Err(revoked_link()) }
}

/// The answer to a link whose asker has signed out, or may not have the thing any more.
pub fn revoked_link() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "link_revoked", "登录已失效或权限已收回，链接不能再使用")
        .advice("请重新登录后再打开")
}

/// The answer to a link that leads nowhere.
pub fn invalid_link() -> Problem {
    Problem::not_found("link_invalid", "文件链接无效").advice("请返回页面刷新后重试")
}
