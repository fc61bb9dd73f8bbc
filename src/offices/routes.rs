//! `/api/v1/offices`: open to visitors.

use axum::extract::State;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::Office;
use super::store;
use crate::app::SharedApp;
use crate::web::Json;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list))
}

/// All places.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Offices {
    /// In the order in which they are shown.
    pub(super) items: Vec<Office>,
}

/// Where to go and whom to call (S2-49); open to visitors.
#[utoipa::path(get, path = "/api/v1/offices", tag = "home", responses((status = 200, body = Offices)))]
async fn list(State(app): State<SharedApp>) -> Result<Json<Offices>, Problem> {
    Ok(Json(Offices { items: store::all(app.database.reader()).await? }))
}
