//! What somebody signed in may set: unit, devices, preferences, password.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{self, Session, SessionId, UnitId, Visitor};
use crate::app::{App, SharedApp};
use crate::recovery;
use crate::sign_in::answer::{self, SessionAnswer};
use crate::sign_in::{by_password, new_password, passwords, phone_proof, redeem_code};
use crate::sms::CodePurpose;
use crate::web::{Json, Path};

/// The unit to act for.
#[derive(Deserialize, ToSchema)]
pub struct UnitChoice {
    /// One of the session's `units`.
    #[schema(value_type = String)]
    unit_id: UnitId,
}

/// What the account prefers.
#[derive(Deserialize, ToSchema)]
pub struct Preferences {
    /// Large type everywhere (B-47).
    elder_mode: bool,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    /// What the password was until now; not needed within half an hour of a login by SMS code, nor with `code`.
    #[serde(default)]
    #[schema(max_length = 64)]
    current_password: Option<String>,
    /// In its place: the six digits sent by `POST /api/v1/proofs/code`.
    #[serde(default)]
    #[schema(max_length = 12)]
    code: Option<String>,
    /// 8–64 characters with letters and digits.
    #[schema(max_length = 64)]
    new_password: String,
}

/// Where the account is signed in.
#[derive(Serialize, ToSchema)]
pub struct Devices {
    /// Newest first.
    items: Vec<Device>,
}

/// A phone or browser that is signed in (B-04).
#[derive(Serialize, ToSchema)]
pub struct Device {
    /// Which session.
    #[schema(value_type = String)]
    id: SessionId,
    /// The kind of front end.
    client: String,
    /// Such as `iPhone · 微信`.
    device: String,
    /// From where it signed in, the end of the address left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Epoch milliseconds.
    signed_in_at: i64,
    /// Epoch milliseconds, to the hour.
    last_seen_at: i64,
    /// The one that asks.
    current: bool,
}

/// Acts for another unit from now on (B-02).
#[utoipa::path(put, path = "/api/v1/session/unit", tag = "session", request_body = UnitChoice, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, body = ErrorAnswer),
    (status = 404, description = "unit_not_found: not one of the session's units", body = ErrorAnswer),
))]
pub async fn choose_unit(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(choice): Json<UnitChoice>,
) -> Result<Json<SessionAnswer>, Problem> {
    let mut session = visitor.demand_session()?;
    accounts::switch_unit(&app, &session, &choice.unit_id).await?;
    session.unit_id = Some(choice.unit_id);
    Ok(Json(answer::of_session(&app, &session).await?))
}

/// Where the account is signed in (B-04).
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", responses(
    (status = 200, body = Devices),
    (status = 401, body = ErrorAnswer),
))]
pub async fn list_sessions(State(app): State<SharedApp>, visitor: Visitor) -> Result<Json<Devices>, Problem> {
    let session = visitor.demand_session()?;
    let lines = accounts::list_sessions(&app, &session.account.id).await?;
    let items = lines
        .into_iter()
        .map(|line| Device {
            current: line.id == session.id,
            id: line.id,
            client: line.client,
            device: line.device,
            address: line.address,
            signed_in_at: line.signed_in_at,
            last_seen_at: line.last_seen_at,
        })
        .collect();
    Ok(Json(Devices { items }))
}

/// Signs one phone or browser out (B-04).
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session", params(("id" = String, Path)), responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
    (status = 404, description = "session_not_found", body = ErrorAnswer),
))]
pub async fn end_session(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    let not_found = || Problem::not_found("session_not_found", "没有找到这个登录设备");
    let id: SessionId = id.parse().map_err(|_| not_found())?;
    if accounts::sign_out_one(&app, &session, &id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(not_found()) }
}

/// Signs every other phone and browser out, and every other WeChat that would come back by itself (B-04).
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "session", responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
))]
pub async fn end_other_sessions(State(app): State<SharedApp>, visitor: Visitor) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    let transaction = app.database.begin_write().await?;
    accounts::sign_out_everywhere(&*transaction, &session.account.id, Some(&session), app.now_ms()).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what the account prefers.
#[utoipa::path(put, path = "/api/v1/preferences", tag = "session", request_body = Preferences, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, body = ErrorAnswer),
))]
pub async fn set_preferences(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(preferences): Json<Preferences>,
) -> Result<Json<SessionAnswer>, Problem> {
    let mut session = visitor.demand_session()?;
    let transaction = app.database.begin_write().await?;
    accounts::set_elder_mode(&*transaction, &session.account.id, preferences.elder_mode).await?;
    transaction.commit().await?;
    session.account.elder_mode = preferences.elder_mode;
    Ok(Json(answer::of_session(&app, &session).await?))
}

/// Sets or changes the password; every other device is signed out, and no other WeChat signs in by itself any more.
#[utoipa::path(post, path = "/api/v1/password", tag = "session", request_body = NewPassword, responses(
    (status = 204),
    (status = 401, description = "bad_code", body = ErrorAnswer),
    (status = 403, description = "current_password_wrong; proof_needed: send a code to the phone", body = ErrorAnswer),
    (status = 422, description = "password_too_weak", body = ErrorAnswer),
    (status = 423, description = "account_locked: details.unlock_at", body = ErrorAnswer),
))]
pub async fn set_password(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(new): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    passwords::check_new_password(&new.new_password)?;
    demand_owner(&app, &session, &new).await?;
    let hash = passwords::hash_password(&app.config, &new.new_password).await?;
    let transaction = app.database.begin_write().await?;
    new_password::change_password(&app, &*transaction, &session.account.id, &hash, Some(&session)).await?;
    if session.account.phone.is_none() {
        // Whoever knew the old password could set the question by it, and would come back by its answer.
        recovery::forget_questions(&*transaction, &session.account).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// A session alone proves nothing: whoever finds a phone, or steals what WeChat signs in with, has one too. It takes the
/// password until now, or the phone.
async fn demand_owner(app: &App, session: &Session, new: &NewPassword) -> Result<(), Problem> {
    let account = &session.account;
    if let (Some(phone), Some(code)) = (&account.phone, new.code.as_deref().filter(|code| !code.trim().is_empty())) {
        return redeem_code(app, phone, CodePurpose::Confirm, code).await;
    }
    if phone_proof::is_fresh(app, &session.id).await? {
        return Ok(());
    }
    let current = new.current_password.as_deref().filter(|current| !current.is_empty());
    match current {
        Some(current) if account.has_password => {
            let right = by_password::check(app, account.clone(), current).await?;
            right.map(drop).ok_or_else(current_password_wrong)
        }
        _ if account.phone.is_some() => {
            Err(Problem::new(StatusCode::FORBIDDEN, "proof_needed", "设置密码前要确认是您本人，没有修改")
                .field("code", "请获取短信验证码并填写，或填写现在的密码")
                .advice("请获取短信验证码并填写，或填写现在的密码"))
        }
        _ => Err(current_password_wrong()),
    }
}

fn current_password_wrong() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "current_password_wrong", "当前密码不对，没有修改")
        .field("current_password", "当前密码不对")
        .advice("请重新输入；忘记密码可以用短信验证码确认，没有手机号的账号请联系管理员或客服重置")
}
