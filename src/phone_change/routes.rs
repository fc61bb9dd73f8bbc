//! `/api/v1/phone-changes`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use foundation::text::mask_phone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::phone_changes::Model;
use super::proved::{self, Claim};
use super::{own, requests};
use crate::accounts::{Scope, Visitor};
use crate::app::SharedApp;
use crate::sign_in::{Caller, CodeSent, Proof, SessionAnswer};
use crate::uploads::UploadId;
use crate::web::{Json, Path};

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(send_code))
        .routes(routes!(change))
        .routes(routes!(ask_unit, mine))
        .routes(routes!(withdraw))
        .routes(routes!(by_proof))
        .routes(routes!(waiting))
        .routes(routes!(decide))
}

/// The phone that is to become the account's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPhoneRequest {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20)]
    phone: String,
}

/// Sends a code to the new phone.
#[utoipa::path(post, path = "/api/v1/phone-changes/code", tag = "session", request_body = NewPhoneRequest,
    responses((status = 202, body = CodeSent), (status = 401, body = ErrorAnswer), (status = 422, body = ErrorAnswer),
        (status = 429, body = ErrorAnswer)))]
async fn send_code(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(wanted): Json<NewPhoneRequest>,
) -> Result<(StatusCode, Json<CodeSent>), Problem> {
    caller.session.as_ref().ok_or_else(Problem::not_signed_in)?;
    own::send_to_new(&app, &caller, &wanted.phone).await?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent::of(&app))))
}

/// Both codes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneChangeByOld {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20)]
    phone: String,
    /// Sent to the new phone.
    #[schema(max_length = 12)]
    new_code: String,
    /// Sent to the old phone by `POST /api/v1/proofs/code`.
    proof: Proof,
}

/// Changes the phone at once, proved by the old one (B-03); every other session ends. 401 `bad_code`; 403 `proof_needed`;
/// 409 `phone_taken`, `person_needed`; 422 `phone_same`.
#[utoipa::path(post, path = "/api/v1/phone-changes/by-old-phone", tag = "session", request_body = PhoneChangeByOld,
    responses((status = 200, body = SessionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn change(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(wanted): Json<PhoneChangeByOld>,
) -> Result<Json<SessionAnswer>, Problem> {
    let mut session = visitor.demand_session()?;
    own::change(&app, &session, &wanted.phone, &wanted.new_code, &wanted.proof).await?;
    if let Some(changed) = crate::accounts::account(app.database.reader(), &session.account.id).await? {
        session.account = changed;
    }
    Ok(Json(SessionAnswer::of_session(&app, &session).await?))
}

/// The new phone, for an administrator to confirm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneChangeByUnit {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20)]
    phone: String,
    /// Sent to the new phone.
    #[schema(max_length = 12)]
    new_code: String,
}

/// A request that waits.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneChange {
    /// Which.
    id: String,
    /// `unit_admin` or `proof`: who decides.
    way: String,
    /// Name of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The phone until now, its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_phone_masked: Option<String>,
    /// The phone from then on, its middle hidden.
    new_phone_masked: String,
    /// Epoch milliseconds.
    created_at: i64,
    /// Epoch milliseconds.
    expires_at: i64,
    /// When a confirmed change happens, epoch milliseconds; it can be stopped until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
}

impl PhoneChange {
    fn of(row: Model, name: Option<String>) -> Self {
        Self {
            id: row.id,
            way: row.way,
            name,
            old_phone_masked: row.old_phone.as_deref().map(mask_phone),
            new_phone_masked: mask_phone(&row.new_phone),
            created_at: row.created_at,
            expires_at: row.expires_at,
            due_at: row.due_at,
        }
    }
}

/// Asks the administrators of the unit one acts for to confirm a new phone (B-03). 401 `bad_code`, 403
/// `unit_may_not_confirm`, 409 `person_needed`.
#[utoipa::path(post, path = "/api/v1/phone-changes", tag = "session", request_body = PhoneChangeByUnit,
    responses((status = 200, body = PhoneChange), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn ask_unit(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(wanted): Json<PhoneChangeByUnit>,
) -> Result<Json<PhoneChange>, Problem> {
    let row = requests::ask(&app, &scope, &wanted.phone, &wanted.new_code).await?;
    Ok(Json(PhoneChange::of(row, None)))
}

/// The new phone, with papers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneChangeByProof {
    /// The phone until now; missing = that of the account signed in.
    #[serde(default)]
    #[schema(max_length = 20)]
    old_phone: Option<String>,
    /// The phone from then on.
    #[schema(max_length = 20)]
    phone: String,
    /// Sent to the new phone; not needed when one is signed in with it.
    #[serde(default)]
    #[schema(max_length = 12)]
    new_code: Option<String>,
    /// 1–5 files with purpose `phone_proof`.
    proof_ids: Vec<UploadId>,
    /// For the reviewer.
    #[serde(default)]
    #[schema(max_length = 200)]
    note: String,
}

/// Hands in papers for a new phone; staff decide within three working days (B-03). 401 `bad_code`; 409
/// `phone_change_waiting`; 422 `bad_phone_claim`.
#[utoipa::path(post, path = "/api/v1/phone-changes/by-proof", tag = "session", request_body = PhoneChangeByProof,
    responses((status = 200, body = PhoneChange), (status = 401, body = ErrorAnswer), (status = 409, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn by_proof(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(wanted): Json<PhoneChangeByProof>,
) -> Result<Json<PhoneChange>, Problem> {
    let session = visitor.demand_session()?;
    let claim = Claim {
        old_phone: wanted.old_phone.as_deref(),
        phone: &wanted.phone,
        new_code: wanted.new_code.as_deref(),
        proof_ids: &wanted.proof_ids,
        note: &wanted.note,
    };
    Ok(Json(PhoneChange::of(proved::submit(&app, &session, claim).await?, None)))
}

/// One's own request.
#[derive(Debug, Serialize, ToSchema)]
struct OwnPhoneChange {
    /// Nothing when none waits.
    waiting: Option<PhoneChange>,
}

/// One's own request that waits.
#[utoipa::path(get, path = "/api/v1/phone-changes", tag = "session",
    responses((status = 200, body = OwnPhoneChange), (status = 401, body = ErrorAnswer)))]
async fn mine(State(app): State<SharedApp>, visitor: Visitor) -> Result<Json<OwnPhoneChange>, Problem> {
    let session = visitor.demand_session()?;
    let row = requests::waiting_of(&app, &session.account.id).await?;
    Ok(Json(OwnPhoneChange { waiting: row.map(|row| PhoneChange::of(row, None)) }))
}

/// Stops one's own request, also a confirmed one before it happens. 409 `phone_change_decided`.
#[utoipa::path(delete, path = "/api/v1/phone-changes/{id}", tag = "session", params(("id" = String, Path, description = "request")),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn withdraw(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    requests::withdraw(&app, &session.account.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What waits for the unit's administrators.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneChanges {
    /// Newest first.
    items: Vec<PhoneChange>,
}

/// New phones that wait for an administrator of the unit.
#[utoipa::path(get, path = "/api/v1/member-phone-changes", tag = "members",
    responses((status = 200, body = PhoneChanges), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn waiting(State(app): State<SharedApp>, scope: Scope) -> Result<Json<PhoneChanges>, Problem> {
    let rows = requests::waiting_at(&app, &scope).await?;
    let items = rows.into_iter().map(|(row, member)| PhoneChange::of(row, Some(member.account.display_name)));
    Ok(Json(PhoneChanges { items: items.collect() }))
}

/// Yes or no.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneChangeDecision {
    /// Whether the administrator knows that it is so.
    confirmed: bool,
}

/// An administrator confirms a colleague's new phone, or refuses it; a confirmed one happens a day later. 403
/// `phone_change_not_yours`, `unit_may_not_confirm`; 409 `phone_change_decided`.
#[utoipa::path(post, path = "/api/v1/member-phone-changes/{id}", tag = "members", params(("id" = String, Path, description = "request")),
    request_body = PhoneChangeDecision,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn decide(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<String>,
    Json(decision): Json<PhoneChangeDecision>,
) -> Result<StatusCode, Problem> {
    requests::decide(&app, &scope, &id, decision.confirmed).await?;
    Ok(StatusCode::NO_CONTENT)
}
