//! `/api/v1/qualifications` (S1-58).

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, Qualification};
use super::qualification::{self, NewQualification};
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::web::Json;

pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list, submit))
}

/// What a unit is qualified for.
#[derive(Debug, Serialize, ToSchema)]
struct Qualifications {
    /// Newest first.
    items: Vec<Qualification>,
}

/// Qualifications of the unit one acts for.
#[utoipa::path(get, path = "/api/v1/qualifications", tag = "unit", responses((status = 200, body = Qualifications), (status = 401, body = ErrorAnswer)))]
async fn list(State(app): State<SharedApp>, scope: Scope) -> Result<Json<Qualifications>, Problem> {
    let mut items = Vec::new();
    for row in qualification::of_unit(app.database.reader(), scope.unit_id()).await? {
        items.push(answer::qualification(&app, row).await?);
    }
    Ok(Json(Qualifications { items }))
}

/// Hands a certificate in; it is reviewed.
#[utoipa::path(post, path = "/api/v1/qualifications", tag = "unit", request_body = NewQualification, responses(
    (status = 201, body = Qualification),
    (status = 401, body = ErrorAnswer),
    (status = 403, description = "role_may_not_manage", body = ErrorAnswer),
    (status = 409, description = "unit_no_manufacturer, qualification_open", body = ErrorAnswer),
    (status = 422, description = "qualification_wrong, proof_not_ready", body = ErrorAnswer),
))]
async fn submit(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(new): Json<NewQualification>,
) -> Result<(StatusCode, axum::Json<Qualification>), Problem> {
    let row = qualification::submit(&app, &scope, new).await?;
    Ok((StatusCode::CREATED, axum::Json(answer::qualification(&app, row).await?)))
}
