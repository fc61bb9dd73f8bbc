//! `/api/v1/registrations`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Registration, RegistrationLine, answer};
use super::code_check::{self, CodeCheck, LoginNameCheck};
use super::dictionaries::Dictionaries;
use super::draft::{self, RegistrationDraft};
use super::form;
use super::model::{RegistrationId, RegistrationKind};
use super::{store, submit};
use crate::accounts::{Session, UnitId};
use crate::app::SharedApp;
use crate::sign_in::Caller;
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(dictionaries))
        .routes(routes!(list, start))
        .routes(routes!(check_code))
        .routes(routes!(check_login_name))
        .routes(routes!(show, save))
        .routes(routes!(hand_in))
        .routes(routes!(withdraw))
        .routes(routes!(application_form))
}

/// What one chooses from when registering; open for everybody.
#[utoipa::path(get, path = "/api/v1/dictionaries", tag = "registrations", responses((status = 200, body = Dictionaries)))]
async fn dictionaries() -> Json<Dictionaries> {
    Json(Dictionaries::get().clone())
}

/// Where a page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// My registrations, newest first.
#[utoipa::path(get, path = "/api/v1/registrations", tag = "registrations", params(ListQuery), responses((status = 200, body = Page<RegistrationLine>), (status = 401, body = ErrorAnswer)))]
async fn list(
    State(app): State<SharedApp>,
    session: Session,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<RegistrationLine>>, Problem> {
    let page = PageRequest { after: query.after, limit: query.limit };
    let found = store::page_of(app.database.reader(), &session.account.id, &page).await?;
    let items = found.items.into_iter().map(RegistrationLine::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next: found.next }))
}

/// How somebody begins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartRequest {
    /// As what.
    kind: RegistrationKind,
    /// An uncertified unit of his that is to be certified.
    #[serde(default)]
    upgrade_unit_id: Option<UnitId>,
}

/// Begins a registration, or answers with the one that is being written.
#[utoipa::path(post, path = "/api/v1/registrations", tag = "registrations", request_body = StartRequest, responses(
    (status = 201, body = Registration),
    (status = 401, body = ErrorAnswer),
    (status = 409, description = "phone_needed: a unit account cannot register; unit_not_uncertified, draft_open", body = ErrorAnswer),
))]
async fn start(
    State(app): State<SharedApp>,
    session: Session,
    Json(request): Json<StartRequest>,
) -> Result<(StatusCode, axum::Json<Registration>), Problem> {
    let row = draft::start(&app, &session.account, request.kind, request.upgrade_unit_id.as_ref()).await?;
    Ok((StatusCode::CREATED, axum::Json(answer(&app, row).await?)))
}

/// What is being typed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TypedQuery {
    /// As typed.
    q: String,
}

/// Whether a credit code is right, and whether the unit is registered; never by whom (B-37).
#[utoipa::path(get, path = "/api/v1/registrations/code-check", tag = "registrations", params(TypedQuery), responses((status = 200, body = CodeCheck), (status = 401, body = ErrorAnswer), (status = 429, description = "checks_too_often", body = ErrorAnswer)))]
async fn check_code(
    State(app): State<SharedApp>,
    session: Session,
    caller: Caller,
    Query(query): Query<TypedQuery>,
) -> Result<Json<CodeCheck>, Problem> {
    Ok(Json(code_check::check_code(&app, &session.account.id, &caller.address, &query.q).await?))
}

/// Whether a login name can be had.
#[utoipa::path(get, path = "/api/v1/registrations/login-check", tag = "registrations", params(TypedQuery), responses((status = 200, body = LoginNameCheck), (status = 401, body = ErrorAnswer), (status = 429, description = "checks_too_often", body = ErrorAnswer)))]
async fn check_login_name(
    State(app): State<SharedApp>,
    session: Session,
    caller: Caller,
    Query(query): Query<TypedQuery>,
) -> Result<Json<LoginNameCheck>, Problem> {
    Ok(Json(code_check::check_login_name(&app, &session.account.id, &caller.address, &query.q).await?))
}

/// One of my registrations.
#[utoipa::path(get, path = "/api/v1/registrations/{id}", tag = "registrations", params(("id" = RegistrationId, Path, description = "registration")), responses((status = 200, body = Registration), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<RegistrationId>,
) -> Result<Json<Registration>, Problem> {
    let row = store::find_for(app.database.reader(), &session.account.id, &id).await?;
    Ok(Json(answer(&app, row).await?))
}

/// Keeps what was typed so far; it is checked when it is handed in.
#[utoipa::path(put, path = "/api/v1/registrations/{id}", tag = "registrations", params(("id" = RegistrationId, Path, description = "registration")), request_body = RegistrationDraft, responses(
    (status = 200, body = Registration),
    (status = 401, body = ErrorAnswer),
    (status = 404, body = ErrorAnswer),
    (status = 409, description = "registration_submitted", body = ErrorAnswer),
    (status = 422, description = "registration_too_long, proof_not_ready", body = ErrorAnswer),
))]
async fn save(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<RegistrationId>,
    Json(draft): Json<RegistrationDraft>,
) -> Result<Json<Registration>, Problem> {
    let row = draft::save(&app, &session.account, &id, draft).await?;
    Ok(Json(answer(&app, row).await?))
}

/// What goes with the last tap.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SubmitRequest {
    /// 登录密码, where the account has none yet; nobody needs one.
    #[serde(default)]
    #[schema(max_length = 64)]
    password: Option<String>,
}

/// Hands a registration in: active at once, or under review.
#[utoipa::path(post, path = "/api/v1/registrations/{id}/submit", tag = "registrations", params(("id" = RegistrationId, Path, description = "registration")), request_body = SubmitRequest, responses(
    (status = 200, body = Registration),
    (status = 401, body = ErrorAnswer),
    (status = 404, body = ErrorAnswer),
    (status = 409, description = "consent_missing, unit_registered, login_name_taken, registration_submitted, too_many_registrations", body = ErrorAnswer),
    (status = 422, description = "registration_incomplete, password_too_weak, password_set_already, password_needs_phone", body = ErrorAnswer),
))]
async fn hand_in(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<RegistrationId>,
    Json(request): Json<SubmitRequest>,
) -> Result<Json<Registration>, Problem> {
    let row = submit::submit(&app, &session, &id, request.password.as_deref()).await?;
    Ok(Json(answer(&app, row).await?))
}

/// Takes a registration back to be written on, while nobody has decided.
#[utoipa::path(post, path = "/api/v1/registrations/{id}/withdraw", tag = "registrations", params(("id" = RegistrationId, Path, description = "registration")), responses(
    (status = 200, body = Registration),
    (status = 401, body = ErrorAnswer),
    (status = 404, body = ErrorAnswer),
    (status = 409, description = "registration_not_submitted, draft_open", body = ErrorAnswer),
))]
async fn withdraw(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<RegistrationId>,
) -> Result<Json<Registration>, Problem> {
    let row = submit::withdraw(&app, &session.account, &id).await?;
    Ok(Json(answer(&app, row).await?))
}

/// A link to a file.
#[derive(Debug, Serialize, ToSchema)]
struct FormLink {
    /// Absolute path of a PDF; good for minutes.
    url: String,
    /// What to call it.
    file_name: String,
}

/// 注册申请书 with what was typed so far, to be printed, sealed and photographed (S1-06).
#[utoipa::path(post, path = "/api/v1/registrations/{id}/application-form", tag = "registrations", params(("id" = RegistrationId, Path, description = "registration")), responses((status = 200, body = FormLink), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn application_form(
    State(app): State<SharedApp>,
    session: Session,
    Path(id): Path<RegistrationId>,
) -> Result<Json<FormLink>, Problem> {
    let row = store::find_for(app.database.reader(), &session.account.id, &id).await?;
    Ok(Json(FormLink { url: form::address(&app, &row.id)?, file_name: form::file_name(&row) }))
}
