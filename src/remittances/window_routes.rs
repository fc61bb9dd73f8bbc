//! The window over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::money::Fen;
use foundation::problem::{ErrorAnswer, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::draft::RemittanceDraft;
use super::store;
use super::view::{Remittance, answer};
use super::window;
use crate::app::SharedApp;
use crate::orders::OrderId;
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(enter_slip))
}

/// Enters and hands in a remittance slip for a payer who stands at the window (S0-39); `proof_ids` are scans of the officer
/// (`paper_scan`). Another member of staff decides on it.
#[utoipa::path(post, path = "/staff/v1/orders/{id}/remittance", tag = "counter", params(("id" = OrderId, Path, description = "order")), request_body = RemittanceDraft, responses(
    (status = 201, body = Remittance),
    (status = 409, description = "order_not_waiting, remittance_submitted, order_part_paid", body = ErrorAnswer),
    (status = 422, description = "remittance_incomplete, method_not_offered, proof_not_ready", body = ErrorAnswer),
))]
async fn enter_slip(
    State(app): State<SharedApp>,
    officer: May<may::CounterReceive>,
    Path(id): Path<OrderId>,
    Json(draft): Json<RemittanceDraft>,
) -> Result<(StatusCode, Json<Remittance>), Problem> {
    let order = window::enter(&app, &officer, &id, draft).await?;
    let told = store::of_order(app.database.reader(), &order.id).await?;
    let told = told.ok_or_else(|| Problem::internal("the remittance just entered is gone"))?;
    Ok((StatusCode::CREATED, Json(answer(&app, told, Fen(order.amount_fen)).await?)))
}
