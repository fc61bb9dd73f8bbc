//! Requests over HTTP, for payers.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, CreditRequest};
use super::entity::requests::{Column, Entity};
use super::model::CreditId;
use super::store;
use super::submit::{self, NewCredit};
use super::withdraw;
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list, ask)).routes(routes!(show)).routes(routes!(take_back))
}

/// Requests of the unit, newest first (S1-55).
#[utoipa::path(get, path = "/api/v1/credit-requests", tag = "credit", params(PageRequest), responses((status = 200, body = Page<CreditRequest>)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(page): Query<PageRequest>,
) -> Result<axum::Json<Page<CreditRequest>>, Problem> {
    let mut select = scope.select::<Entity>().order_by_desc(Column::Id).limit(page.limit() + 1);
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    let found = Page::from_rows(rows, page.limit(), |row| row.id.clone());
    Ok(axum::Json(Page { items: answer::summaries(&app, found.items).await?, next: found.next }))
}

/// Asks to have reports before they are paid for (S1-49).
#[utoipa::path(post, path = "/api/v1/credit-requests", tag = "credit", request_body = NewCredit, responses(
    (status = 201, body = CreditRequest),
    (status = 409, description = "credit_fees_changed, credit_overdue, credit_limit", body = ErrorAnswer),
    (status = 422, description = "credit_incomplete", body = ErrorAnswer),
))]
async fn ask(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(new): Json<NewCredit>,
) -> Result<(StatusCode, axum::Json<CreditRequest>), Problem> {
    let row = submit::submit(&app, &scope, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(answer::full(&app, row).await?)))
}

/// One request with its way through the offices.
#[utoipa::path(get, path = "/api/v1/credit-requests/{id}", tag = "credit", params(("id" = CreditId, Path, description = "request")), responses((status = 200, body = CreditRequest)))]
async fn show(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<CreditId>,
) -> Result<axum::Json<CreditRequest>, Problem> {
    let row = store::find_for(app.database.reader(), &scope, &id).await?;
    Ok(axum::Json(answer::full(&app, row).await?))
}

/// Takes a request back that nobody has decided yet.
#[utoipa::path(post, path = "/api/v1/credit-requests/{id}/withdraw", tag = "credit", params(("id" = CreditId, Path, description = "request")), responses(
    (status = 200, body = CreditRequest),
    (status = 409, description = "credit_decided", body = ErrorAnswer),
))]
async fn take_back(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<CreditId>,
) -> Result<axum::Json<CreditRequest>, Problem> {
    let row = withdraw::withdraw(&app, &scope, &id).await?;
    Ok(axum::Json(answer::full(&app, row).await?))
}
