//! `/api/v1/sub-accounts`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sub_accounts::{self, Made, Wanted};
use crate::accounts::{AccountId, Limits, Role, Scope};
use crate::app::SharedApp;
use crate::web::{Json, Path};

/// Routes of sub-accounts.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(make)).routes(routes!(reset_password))
}

/// A colleague without a phone of his own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SubAccountRequest {
    /// 2–20 lower-case letters or digits; `@` and a number of the unit are added.
    #[schema(max_length = 20)]
    login_name: String,
    /// 姓名.
    #[schema(max_length = 20)]
    display_name: String,
    /// `finance` or `viewer`.
    role: Role,
    /// What part of the unit he sees; missing = all of it.
    #[serde(default)]
    limits: Option<Limits>,
}

/// How a sub-account signs in; the password is shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct SubAccount {
    /// Which account.
    id: AccountId,
    /// 登录名.
    login_name: String,
    /// To be changed at the first login.
    password: String,
}

impl From<Made> for SubAccount {
    fn from(made: Made) -> Self {
        Self { id: made.id, login_name: made.login_name, password: made.password }
    }
}

/// Makes a sub-account, which is in at once (S1-60). 409 `login_name_taken`; 422 `bad_login_name`, `applicant_needs_phone`.
#[utoipa::path(post, path = "/api/v1/sub-accounts", tag = "members", request_body = SubAccountRequest,
    responses((status = 201, body = SubAccount), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn make(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(wanted): Json<SubAccountRequest>,
) -> Result<(StatusCode, Json<SubAccount>), Problem> {
    let SubAccountRequest { login_name, display_name, role, limits } = wanted;
    let made = sub_accounts::make(&app, &scope, Wanted { login_name, display_name, role, limits }).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// A new first password for a sub-account of this unit. 409 `not_a_sub_account`.
#[utoipa::path(post, path = "/api/v1/sub-accounts/{id}/password", tag = "members", params(("id" = AccountId, Path, description = "sub-account")),
    responses((status = 200, body = SubAccount), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn reset_password(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<AccountId>,
) -> Result<Json<SubAccount>, Problem> {
    Ok(Json(sub_accounts::reset_password(&app, &scope, &id).await?.into()))
}
