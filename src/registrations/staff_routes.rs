//! Registrations at the desk of the registrar.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Registration, RegistrationLine, answer_for_staff};
use super::model::{RegistrationId, RegistrationState};
use super::offline::{self, PaperRegistration};
use super::store::{self, Search};
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of staff.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list, enter)).routes(routes!(show))
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RegistrationQuery {
    /// Where it stands.
    #[param(inline)]
    state: Option<RegistrationState>,
    /// Part of a name, or number.
    q: Option<String>,
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// Registrations that were handed in, newest first.
#[utoipa::path(get, path = "/staff/v1/registrations", tag = "staff", params(RegistrationQuery), responses((status = 200, body = Page<RegistrationLine>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::PayersRead>,
    Query(query): Query<RegistrationQuery>,
) -> Result<Json<Page<RegistrationLine>>, Problem> {
    let page = PageRequest { after: query.after, limit: query.limit };
    let search = Search { state: query.state, q: query.q };
    let found = store::search(app.database.reader(), &search, &page).await?;
    let items = found.items.into_iter().map(RegistrationLine::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next: found.next }))
}

/// Enters a registration that came on paper (S2-09); somebody else decides on it.
#[utoipa::path(post, path = "/staff/v1/registrations", tag = "staff", request_body = PaperRegistration, responses(
    (status = 201, body = Registration),
    (status = 409, description = "unit_registered, too_many_registrations", body = ErrorAnswer),
    (status = 422, description = "registration_incomplete, proof_not_ready", body = ErrorAnswer),
))]
async fn enter(
    State(app): State<SharedApp>,
    officer: May<may::RegistrationsEnter>,
    Json(paper): Json<PaperRegistration>,
) -> Result<(StatusCode, axum::Json<Registration>), Problem> {
    let row = offline::enter(&app, &officer, paper).await?;
    Ok((StatusCode::CREATED, axum::Json(answer_for_staff(&app, row).await?)))
}

/// One registration with its papers.
#[utoipa::path(get, path = "/staff/v1/registrations/{id}", tag = "staff", params(("id" = RegistrationId, Path, description = "registration")), responses((status = 200, body = Registration), (status = 404, body = ErrorAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::RegistrationsDecide>,
    Path(id): Path<RegistrationId>,
) -> Result<Json<Registration>, Problem> {
    let row = store::find(app.database.reader(), id.as_str()).await?;
    Ok(Json(answer_for_staff(&app, row).await?))
}
