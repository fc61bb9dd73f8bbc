//! `/api/v1/unit-profile`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, ProfileChange, UnitProfile};
use super::change::{self, NewChange};
use super::profile::{self, ProfileUpdate};
use crate::accounts::{self, Role, Scope};
use crate::app::{App, SharedApp};
use crate::web::Json;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(show, update))
        .routes(routes!(ask_for_change))
        .merge(super::qualification_routes::router())
}

/// What is kept of the unit one acts for.
#[derive(Debug, Serialize, ToSchema)]
struct ProfileAnswer {
    profile: UnitProfile,
    /// The newest change of key fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<ProfileChange>,
    /// Whether one may keep it.
    may_manage: bool,
}

async fn answer_for(app: &App, scope: &Scope) -> Result<ProfileAnswer, Problem> {
    let reader = app.database.reader();
    let card = accounts::unit_card(reader, scope.unit_id()).await?;
    let card = card.ok_or_else(|| Problem::internal("the unit of a scope is gone"))?;
    let may_manage = matches!(scope.role(), Role::Owner | Role::Admin);
    let change = if may_manage { change::newest(reader, scope.unit_id()).await? } else { None };
    let profile = answer::profile(reader, card, may_manage).await?;
    Ok(ProfileAnswer { profile, change: change.map(ProfileChange::from), may_manage })
}

/// What is kept of the unit one acts for (S1-57, S4-03).
#[utoipa::path(get, path = "/api/v1/unit-profile", tag = "unit", responses((status = 200, body = ProfileAnswer), (status = 401, body = ErrorAnswer), (status = 409, description = "unit_not_chosen", body = ErrorAnswer)))]
async fn show(State(app): State<SharedApp>, scope: Scope) -> Result<Json<ProfileAnswer>, Problem> {
    Ok(Json(answer_for(&app, &scope).await?))
}

/// Writes what a unit keeps of itself (S2-41).
#[utoipa::path(put, path = "/api/v1/unit-profile", tag = "unit", request_body = ProfileUpdate, responses(
    (status = 200, body = ProfileAnswer),
    (status = 401, body = ErrorAnswer),
    (status = 403, description = "role_may_not_manage", body = ErrorAnswer),
    (status = 422, description = "profile_wrong", body = ErrorAnswer),
))]
async fn update(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(update): Json<ProfileUpdate>,
) -> Result<Json<ProfileAnswer>, Problem> {
    profile::update(&app, &scope, update).await?;
    Ok(Json(answer_for(&app, &scope).await?))
}

/// Asks for a change of key fields; it is reviewed.
#[utoipa::path(post, path = "/api/v1/unit-profile/changes", tag = "unit", request_body = NewChange, responses(
    (status = 201, body = ProfileAnswer),
    (status = 401, body = ErrorAnswer),
    (status = 403, description = "role_may_not_manage", body = ErrorAnswer),
    (status = 409, description = "change_open, unit_registered", body = ErrorAnswer),
    (status = 422, description = "profile_wrong, proof_not_ready", body = ErrorAnswer),
))]
async fn ask_for_change(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(new): Json<NewChange>,
) -> Result<(StatusCode, axum::Json<ProfileAnswer>), Problem> {
    change::submit(&app, &scope, new).await?;
    Ok((StatusCode::CREATED, axum::Json(answer_for(&app, &scope).await?)))
}
