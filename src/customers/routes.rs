//! `/staff/v1/customers`.

use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acts::{self, ProvedPhone};
use super::find::{self, Customer, CustomerLine};
use crate::accounts::AccountId;
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of this capability, paths in full.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(unlock))
        .routes(routes!(sign_out))
        .routes(routes!(release_login))
        .routes(routes!(reset_password))
        .routes(routes!(change_phone))
        .routes(routes!(reveal))
}

/// Whom to find.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CustomerQuery {
    /// Phone or login name as a whole, part of a name, or part of a unit's name.
    q: Option<String>,
}

/// Accounts of payers, newest first.
#[utoipa::path(get, path = "/staff/v1/customers", tag = "staff", params(CustomerQuery, PageRequest),
    responses((status = 200, body = Page<CustomerLine>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::PayersRead>,
    Query(query): Query<CustomerQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<CustomerLine>>, Problem> {
    Ok(Json(find::page(&app, query.q.as_deref().unwrap_or(""), &page).await?))
}

/// One account with its units, devices and history.
#[utoipa::path(get, path = "/staff/v1/customers/{id}", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    responses((status = 200, body = Customer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::PayersRead>,
    Path(id): Path<AccountId>,
) -> Result<Json<Customer>, Problem> {
    Ok(Json(find::one(&app, &id).await?))
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerReason {
    /// 2–200 characters; goes into the audit trail.
    #[schema(max_length = 200)]
    reason: String,
}

/// Unlocks an account that wrong passwords have locked (S1-16).
#[utoipa::path(post, path = "/staff/v1/customers/{id}/unlock", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    request_body = CustomerReason,
    responses((status = 200, body = Customer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn unlock(
    State(app): State<SharedApp>,
    officer: May<may::PayersMend>,
    Path(id): Path<AccountId>,
    Json(why): Json<CustomerReason>,
) -> Result<Json<Customer>, Problem> {
    acts::unlock(&app, &officer.into_officer(), &id, &why.reason).await?;
    Ok(Json(find::one(&app, &id).await?))
}

/// Signs an account out everywhere.
#[utoipa::path(post, path = "/staff/v1/customers/{id}/sign-out", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    request_body = CustomerReason,
    responses((status = 200, body = Customer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn sign_out(
    State(app): State<SharedApp>,
    officer: May<may::PayersMend>,
    Path(id): Path<AccountId>,
    Json(why): Json<CustomerReason>,
) -> Result<Json<Customer>, Problem> {
    acts::sign_out(&app, &officer.into_officer(), &id, &why.reason).await?;
    Ok(Json(find::one(&app, &id).await?))
}

/// Takes back a login name that a person chose and that belongs to a unit. 409 `no_login_to_release`.
#[utoipa::path(post, path = "/staff/v1/customers/{id}/release-login", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    request_body = CustomerReason,
    responses((status = 200, body = Customer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn release_login(
    State(app): State<SharedApp>,
    officer: May<may::PayersMend>,
    Path(id): Path<AccountId>,
    Json(why): Json<CustomerReason>,
) -> Result<Json<Customer>, Problem> {
    acts::release_login(&app, &officer.into_officer(), &id, &why.reason).await?;
    Ok(Json(find::one(&app, &id).await?))
}

/// A password to tell the caller.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerPassword {
    /// Shown this once; to be changed at the first login.
    password: String,
}

/// A new first password, after the proof that the officer names (S2-43); demands password and code again.
#[utoipa::path(post, path = "/staff/v1/customers/{id}/password", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    request_body = CustomerReason,
    responses((status = 200, body = CustomerPassword), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn reset_password(
    State(app): State<SharedApp>,
    officer: May<may::PayersMend>,
    Path(id): Path<AccountId>,
    Json(why): Json<CustomerReason>,
) -> Result<Json<CustomerPassword>, Problem> {
    let password = acts::reset_password(&app, &officer.into_officer(), &id, &why.reason).await?;
    Ok(Json(CustomerPassword { password }))
}

/// Another phone, after a proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerPhoneRequest {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20)]
    phone: String,
    /// Which paper was seen; goes into the audit trail.
    #[schema(max_length = 200)]
    proof: String,
    /// Whether what carries the old phone stays in sight.
    keep_old: bool,
}

/// Changes the phone after a proof was seen (S0-06, B-03); demands password and code again. 409 `phone_taken`.
#[utoipa::path(post, path = "/staff/v1/customers/{id}/phone", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    request_body = CustomerPhoneRequest,
    responses((status = 200, body = Customer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn change_phone(
    State(app): State<SharedApp>,
    officer: May<may::PayersMend>,
    Path(id): Path<AccountId>,
    Json(wanted): Json<CustomerPhoneRequest>,
) -> Result<Json<Customer>, Problem> {
    let proved = ProvedPhone { phone: &wanted.phone, proof: &wanted.proof, keep_old: wanted.keep_old };
    acts::change_phone(&app, &officer.into_officer(), &id, proved).await?;
    Ok(Json(find::one(&app, &id).await?))
}

/// What was hidden.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerRevealed {
    /// 报检人电话.
    phone: Option<String>,
}

/// The whole phone, for a reason; who looked and why goes into the audit trail (B-45).
#[utoipa::path(post, path = "/staff/v1/customers/{id}/reveal", tag = "staff", params(("id" = AccountId, Path, description = "account")),
    request_body = CustomerReason,
    responses((status = 200, body = CustomerRevealed), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn reveal(
    State(app): State<SharedApp>,
    officer: May<may::PayersRead>,
    Path(id): Path<AccountId>,
    Json(why): Json<CustomerReason>,
) -> Result<Json<CustomerRevealed>, Problem> {
    let phone = acts::reveal(&app, &officer.into_officer(), &id, &why.reason).await?;
    Ok(Json(CustomerRevealed { phone }))
}
