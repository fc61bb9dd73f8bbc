//! `/api/v1/reports/{id}/pages`.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::link;
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::reports;
use crate::reports::intake::ReportId;
use crate::web::{Json, Path};

/// Documented routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(pages))
}

/// Where links lead; not documented, because nobody makes such an address himself.
pub fn files_router() -> Router<SharedApp> {
    Router::new().route("/files/report-pages/{token}", get(link::fetch))
}

/// A page of a report as a picture.
#[derive(Debug, Serialize, ToSchema)]
struct ReportImage {
    /// From 1.
    number: usize,
    /// Absolute path of a PNG; good for minutes.
    url: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
}

/// The pages of a report.
#[derive(Debug, Serialize, ToSchema)]
struct ReportImages {
    /// The first 60.
    pages: Vec<ReportImage>,
}

/// The pages of a paid report as pictures, seal and all (B-25). 403 `report_not_paid`, 409 `report_not_uploaded`; 409
/// `preview_unavailable` for a file that can only be downloaded.
#[utoipa::path(get, path = "/api/v1/reports/{id}/pages", tag = "reports", params(("id" = ReportId, Path, description = "report")),
    responses((status = 200, body = ReportImages), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn pages(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<ReportId>,
) -> Result<Json<ReportImages>, Problem> {
    let file = reports::file_for(app.database.reader(), &app.policy, &scope, id.as_str()).await?;
    let content = app.files.get(&file.key).await?;
    let sizes = app.previews.sizes(content).await?;
    let image = |(position, size): (usize, super::PageSize)| ReportImage {
        number: position + 1,
        url: link::address(&app, &scope, id.as_str(), position + 1),
        width: size.width,
        height: size.height,
    };
    Ok(Json(ReportImages { pages: sizes.into_iter().enumerate().map(image).collect() }))
}
