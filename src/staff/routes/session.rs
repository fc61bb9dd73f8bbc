//! Signing in and out, and one's own sessions.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::accounts::Client;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::sign_in::{check_new_password, device_of, hash_password};
use crate::staff::answer::{self, StaffSession};
use crate::staff::enrolment::{self, Enrolment};
use crate::staff::known_browser::{self, KnownBrowser};
use crate::staff::lockout::Tries;
use crate::staff::model::{StaffSessionId, Stage};
use crate::staff::officer::Officer;
use crate::staff::sessions::{self, Origin, SessionRow, StaffSessionLine};
use crate::staff::store::{self, StaffRow};
use crate::staff::{lockout, password_age, sign_in};
use crate::web::{ClientAddress, Json, Path};

/// A browser at the door: where it comes from, and how far it has come.
pub struct Arrival {
    origin: Origin,
    found: Option<(SessionRow, StaffRow)>,
}

impl FromRequestParts<SharedApp> for Arrival {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let address = match ClientAddress::from_request_parts(parts, app).await {
            Ok(address) => address,
            Err(never) => match never {},
        };
        let device = device_of(&parts.headers, Client::H5InBrowser);
        let known = KnownBrowser::of(app, &parts.headers);
        let origin = Origin { device, network: address.network(), address: address.0, known };
        Ok(Self { origin, found: sessions::presented(app, &parts.headers).await? })
    }
}

impl Arrival {
    /// The session that waits for this stage's proof.
    fn half_way(&self, stage: Stage) -> Result<(&SessionRow, &StaffRow), Problem> {
        let found = self.found.as_ref().filter(|(session, _)| Stage::from_stored(&session.stage) == stage);
        let (session, account) = found.ok_or_else(|| {
            Problem::new(StatusCode::UNAUTHORIZED, "sign_in_again", "登录等待太久，已经失效")
                .advice("请重新输入账号和密码")
        })?;
        Ok((session, account))
    }
}

/// The answer together with its cookie.
type Entered = (HeaderMap, Json<StaffSession>);

async fn entered(app: &App, token: &str) -> Result<Entered, Problem> {
    let headers = sessions::cookie_headers(app, token)?;
    let mut asked = HeaderMap::new();
    let cookie = format!("{}={token}", sessions::COOKIE);
    asked.insert(axum::http::header::COOKIE, cookie.parse().map_err(Problem::internal)?);
    let found = sessions::presented(app, &asked).await?;
    Ok((headers, Json(answer::of_session(app, found).await?)))
}

/// The same, all the way in: the browser is marked as one that the officer has been in.
async fn entered_in(app: &App, token: &str, origin: &Origin, staff_id: &str) -> Result<Entered, Problem> {
    let (mut headers, session) = entered(app, token).await?;
    known_browser::mark(app, &mut headers, origin.known.as_ref(), staff_id)?;
    Ok((headers, session))
}

/// Login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffLogin {
    /// What the administrator gave out.
    #[schema(max_length = 64)]
    login: String,
    /// The password.
    #[schema(max_length = 64)]
    password: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffCode {
    /// Six digits of the authenticator, or a recovery code.
    #[schema(max_length = 32)]
    code: String,
}

/// Both again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// The password.
    #[schema(max_length = 64)]
    password: String,
    /// Six digits of the authenticator, or a recovery code.
    #[schema(max_length = 32)]
    code: String,
}

/// Old and new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The present password.
    #[schema(max_length = 64)]
    current_password: String,
    /// 8–64 characters with letters and digits.
    #[schema(max_length = 64)]
    new_password: String,
}

/// One's signed-in browsers.
#[derive(Serialize, ToSchema)]
pub struct StaffSessionList {
    /// Newest first.
    items: Vec<StaffSessionLine>,
}

/// Who is here; always 200.
#[utoipa::path(get, path = "/staff/v1/session", tag = "staff", responses((status = 200, body = StaffSession)))]
pub async fn current(State(app): State<SharedApp>, arrival: Arrival) -> Result<Json<StaffSession>, Problem> {
    Ok(Json(answer::of_session(&app, arrival.found).await?))
}

/// First step in: login and password.
#[utoipa::path(post, path = "/staff/v1/session", tag = "staff", request_body = StaffLogin, responses(
    (status = 200, body = StaffSession),
    (status = 401, description = "bad_credentials", body = ErrorAnswer),
    (status = 423, description = "account_locked: details.unlock_at", body = ErrorAnswer),
))]
pub async fn by_password(
    State(app): State<SharedApp>,
    arrival: Arrival,
    Json(login): Json<StaffLogin>,
) -> Result<Entered, Problem> {
    let token = sign_in::by_password(&app, &arrival.origin, &login.login, &login.password).await?;
    entered(&app, &token).await
}

/// Second step in: the code.
#[utoipa::path(post, path = "/staff/v1/session/totp", tag = "staff", request_body = StaffCode, responses(
    (status = 200, body = StaffSession),
    (status = 401, description = "bad_code", body = ErrorAnswer),
    (status = 423, description = "account_locked", body = ErrorAnswer),
))]
pub async fn by_code(
    State(app): State<SharedApp>,
    arrival: Arrival,
    Json(given): Json<StaffCode>,
) -> Result<Entered, Problem> {
    let (session, account) = arrival.half_way(Stage::Totp)?;
    let token = sign_in::by_code(&app, &arrival.origin, session, account, &given.code).await?;
    entered_in(&app, &token, &arrival.origin, &account.id).await
}

/// Begins to set up the second factor.
#[utoipa::path(post, path = "/staff/v1/session/enrol", tag = "staff", responses((status = 200, body = Enrolment)))]
pub async fn begin_enrolment(State(app): State<SharedApp>, arrival: Arrival) -> Result<Json<Enrolment>, Problem> {
    let (session, account) = arrival.half_way(Stage::Enrol)?;
    Ok(Json(enrolment::begin(&app, session, account).await?))
}

/// Proves the second factor with its first code.
#[utoipa::path(post, path = "/staff/v1/session/enrol/confirm", tag = "staff", request_body = StaffCode, responses(
    (status = 200, body = StaffSession),
    (status = 401, description = "bad_code", body = ErrorAnswer),
    (status = 409, description = "enrolment_not_begun, enrolment_not_due", body = ErrorAnswer),
))]
pub async fn confirm_enrolment(
    State(app): State<SharedApp>,
    arrival: Arrival,
    Json(given): Json<StaffCode>,
) -> Result<Entered, Problem> {
    let (session, account) = arrival.half_way(Stage::Enrol)?;
    let token = enrolment::confirm(&app, &arrival.origin, session, account, &given.code).await?;
    entered_in(&app, &token, &arrival.origin, &account.id).await
}

/// Password and code again, before a dangerous act.
#[utoipa::path(post, path = "/staff/v1/session/step-up", tag = "staff", request_body = StepUp, responses(
    (status = 200, body = StaffSession),
    (status = 401, description = "bad_credentials, bad_code", body = ErrorAnswer),
))]
pub async fn step_up(
    State(app): State<SharedApp>,
    officer: Officer,
    headers: HeaderMap,
    Json(given): Json<StepUp>,
) -> Result<Json<StaffSession>, Problem> {
    sign_in::step_up(&app, &officer, &given.password, &given.code).await?;
    let found = sessions::presented(&app, &headers).await?;
    Ok(Json(answer::of_session(&app, found).await?))
}

/// Out.
#[utoipa::path(delete, path = "/staff/v1/session", tag = "staff", responses((status = 204)))]
pub async fn sign_out(State(app): State<SharedApp>, arrival: Arrival) -> Result<(StatusCode, HeaderMap), Problem> {
    if let Some((session, account)) = &arrival.found {
        let transaction = app.database.begin_write().await?;
        if sessions::end(&*transaction, &account.id, &session.id, app.now_ms()).await? {
            let entry = sign_in::entry_of(account, Action::SignedOut, json!({}));
            audit::record(&*transaction, &app, entry).await?;
        }
        transaction.commit().await?;
    }
    Ok((StatusCode::NO_CONTENT, sessions::cookie_headers(&app, "")?))
}

/// One's signed-in browsers.
#[utoipa::path(get, path = "/staff/v1/sessions", tag = "staff", responses((status = 200, body = StaffSessionList)))]
pub async fn list_sessions(State(app): State<SharedApp>, officer: Officer) -> Result<Json<StaffSessionList>, Problem> {
    let reader = app.database.reader();
    let items = sessions::list(&app, reader, officer.id.as_str(), officer.session.as_str()).await?;
    Ok(Json(StaffSessionList { items }))
}

/// Signs one of one's browsers out from afar.
#[utoipa::path(delete, path = "/staff/v1/sessions/{id}", tag = "staff", params(("id" = String, Path, description = "session")), responses((status = 204)))]
pub async fn end_session(
    State(app): State<SharedApp>,
    officer: Officer,
    Path(id): Path<StaffSessionId>,
) -> Result<StatusCode, Problem> {
    let transaction = app.database.begin_write().await?;
    if !sessions::end(&*transaction, officer.id.as_str(), id.as_str(), app.now_ms()).await? {
        return Err(Problem::not_found("session_not_found", "没有找到这处登录，可能已经退出"));
    }
    let entry = officer.entry(Action::SessionEnded, officer.id.as_str(), json!({ "session": id.as_str() }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new password; other browsers are signed out.
#[utoipa::path(post, path = "/staff/v1/password", tag = "staff", request_body = NewPassword, responses(
    (status = 204),
    (status = 401, description = "bad_credentials", body = ErrorAnswer),
    (status = 422, description = "password_too_weak, password_unchanged", body = ErrorAnswer),
))]
pub async fn change_password(
    State(app): State<SharedApp>,
    officer: Officer,
    Json(given): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let account = store::find(app.database.reader(), officer.id.as_str()).await?;
    let account = account.ok_or_else(Problem::not_signed_in)?;
    // First, so that looking for one that is good enough does not count as guessing.
    check_new_password(&given.new_password)?;
    password_age::demand_another(&given.current_password, &given.new_password)?;
    let tries = Tries::Of(officer.session.as_str());
    sign_in::demand_password(&app, &account, &given.current_password, tries).await?;
    let hash = hash_password(&app.config, &given.new_password).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    store::set_password(&*transaction, &account.id, &hash, None, now).await?;
    sessions::end_all(&*transaction, &account.id, Some(officer.session.as_str()), now).await?;
    let entry = officer.entry(Action::PasswordChanged, officer.id.as_str(), json!({}));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    lockout::forget_apart(&app, &account.id, tries).await?;
    Ok(StatusCode::NO_CONTENT)
}
