//! Signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{self, session_cookie};
use crate::app::{App, SharedApp};
use crate::sign_in::answer::{self, SessionAnswer};
use crate::sign_in::by_password::PasswordTyped;
use crate::sign_in::caller::Caller;
use crate::sign_in::entrance::WechatPerson;
use crate::sign_in::reply::{self, SessionReply};
use crate::sign_in::suspicion::CaptchaAnswer;
use crate::sign_in::{by_password, by_sms, tickets};
use crate::web::Json;

/// Login and password.
#[derive(Deserialize, ToSchema)]
pub struct PasswordLogin {
    /// 报检人电话 or 单位账号.
    #[schema(max_length = 64, example = "13900000001")]
    login: String,
    /// The password.
    #[schema(max_length = 64)]
    password: String,
    /// After a wrong try (`details.captcha_needed`): the answer to a question of `POST /api/v1/captcha`.
    #[serde(default)]
    captcha: Option<CaptchaAnswer>,
    /// From `/session/mini-program`, so that this login binds the WeChat identity.
    #[serde(default)]
    bind_ticket: Option<String>,
}

/// A phone.
#[derive(Deserialize, ToSchema)]
pub struct PhoneOnly {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20, example = "13900000001")]
    phone: String,
}

/// Phone and code.
#[derive(Deserialize, ToSchema)]
pub struct SmsLogin {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20, example = "13900000001")]
    phone: String,
    /// The six digits of the message.
    #[schema(max_length = 12)]
    code: String,
    /// From `/session/mini-program`, so that this login binds the WeChat identity.
    #[serde(default)]
    bind_ticket: Option<String>,
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
pub struct CodeSent {
    /// Seconds until the next code may be asked for.
    resend_after_s: i64,
    /// Seconds the code is good for.
    expires_in_s: i64,
}

impl CodeSent {
    /// By the settings.
    pub fn of(app: &App) -> Self {
        let login = &app.config.login;
        Self { resend_after_s: login.sms_resend_s, expires_in_s: login.sms_code_minutes * 60 }
    }
}

/// Who is here; always 200, also for visitors.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = SessionAnswer)))]
pub async fn current(State(app): State<SharedApp>, caller: Caller) -> Result<Json<SessionAnswer>, Problem> {
    Ok(Json(answer::of_caller(&app, &caller).await?))
}

/// In by password (S0-04, S0-05).
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session", request_body = PasswordLogin, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, description = "bad_credentials: account or password is wrong", body = ErrorAnswer),
    (status = 422, description = "captcha_needed, captcha_wrong", body = ErrorAnswer),
    (status = 423, description = "account_locked: details.unlock_at", body = ErrorAnswer),
    (status = 429, description = "login_too_often", body = ErrorAnswer),
))]
pub async fn by_password(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(login): Json<PasswordLogin>,
) -> Result<SessionReply, Problem> {
    let typed = PasswordTyped {
        login: &login.login,
        password: &login.password,
        captcha: login.captcha.as_ref(),
        ticket: login.bind_ticket.as_deref(),
    };
    let entered = by_password::sign_in(&app, &caller, typed).await?;
    reply::entered(&app, &entered).await
}

/// Sends a login code by SMS.
#[utoipa::path(post, path = "/api/v1/sms-codes", tag = "session", request_body = PhoneOnly, responses(
    (status = 202, body = CodeSent),
    (status = 422, description = "bad_phone", body = ErrorAnswer),
    (status = 429, description = "sms_too_often: details.retry_after_s", body = ErrorAnswer),
))]
pub async fn send_code(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(wanted): Json<PhoneOnly>,
) -> Result<(StatusCode, Json<CodeSent>), Problem> {
    by_sms::send_code(&app, &caller, &wanted.phone).await?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent::of(&app))))
}

/// In by SMS code; unlocks an account locked by wrong passwords.
#[utoipa::path(post, path = "/api/v1/session/sms", tag = "session", request_body = SmsLogin, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, description = "bad_code", body = ErrorAnswer),
))]
pub async fn by_sms(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(login): Json<SmsLogin>,
) -> Result<SessionReply, Problem> {
    let ticket = login.bind_ticket.as_deref();
    let entered = by_sms::sign_in(&app, &caller, &login.phone, &login.code, ticket).await?;
    reply::entered(&app, &entered).await
}

/// Out. The WeChat identity is unbound, so that it does not sign in by itself again; the next login binds it.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub async fn sign_out(State(app): State<SharedApp>, caller: Caller) -> Result<(StatusCode, HeaderMap), Problem> {
    let mut headers = HeaderMap::new();
    reply::set_cookie(&mut headers, &session_cookie(&app, ""));
    let Some(session) = &caller.session else { return Ok((StatusCode::NO_CONTENT, headers)) };
    accounts::end_session(&app, &session.account.id, &session.id).await?;
    if let Some((app_id, openid)) = session.wechat.clone() {
        let transaction = app.database.begin_write().await?;
        let account = &session.account.id;
        accounts::unbind_openid(&*transaction, &app_id, &openid, account, None, app.now_ms()).await?;
        let person = WechatPerson { app_id, openid, unionid: None };
        let ticket = tickets::issue(&*transaction, &person, app.now_ms()).await?;
        transaction.commit().await?;
        reply::set_ticket_cookie(&app, &ticket, &mut headers);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}
