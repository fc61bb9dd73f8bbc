//! The confirm page: what a selection would become, and the confirmation itself.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::money::Fen;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::checkout::{self, CheckoutRequest};
use super::model::{OrderId, OrderState, PaymentMethod};
use super::preview::{self, Preview, Selection};
use super::store::OrderRow;
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::fees::ReceiptClass;
use crate::web::Json;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(show_preview)).routes(routes!(submit))
}

/// What a selection would become: parts, sums, choices, defaults.
#[utoipa::path(post, path = "/api/v1/checkouts/preview", tag = "checkout", request_body = Selection, responses((status = 200, body = Preview)))]
async fn show_preview(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(selection): Json<Selection>,
) -> Result<axum::Json<Preview>, Problem> {
    Ok(axum::Json(preview::preview(&app, &scope, selection).await?))
}

/// The orders of one confirmation.
#[derive(Debug, Serialize, ToSchema)]
struct CheckoutAnswer {
    /// One per part, in the order of the parts.
    orders: Vec<MadeOrder>,
}

/// An order that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeOrder {
    id: OrderId,
    order_no: String,
    state: OrderState,
    receipt_class: ReceiptClass,
    /// How it is paid.
    method: PaymentMethod,
    amount_fen: Fen,
    count: i64,
    title: String,
    expires_at: i64,
}

impl MadeOrder {
    fn of(row: OrderRow) -> Result<Self, Problem> {
        Ok(Self {
            state: row.state()?,
            receipt_class: row.receipt_class.parse()?,
            method: row.payment_method()?,
            id: OrderId::from_stored(row.id),
            order_no: row.order_no,
            amount_fen: Fen(row.amount_fen),
            count: row.fee_count,
            title: row.title,
            expires_at: row.expires_at,
        })
    }
}

/// Confirms: makes one order per part. The same key again gives the same orders (B-11).
#[utoipa::path(post, path = "/api/v1/checkouts", tag = "checkout", request_body = CheckoutRequest, responses((status = 201, body = CheckoutAnswer)))]
async fn submit(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(request): Json<CheckoutRequest>,
) -> Result<(StatusCode, axum::Json<CheckoutAnswer>), Problem> {
    let rows = checkout::submit(&app, &scope, request).await?;
    let orders = rows.into_iter().map(MadeOrder::of).collect::<Result<Vec<_>, _>>()?;
    Ok((StatusCode::CREATED, axum::Json(CheckoutAnswer { orders })))
}
