//! Other ways to pay an order: switching, renewing a code, telling of a remittance, starting again.

use axum::extract::State;
use foundation::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, Order};
use crate::accounts::Scope;
use crate::app::{App, SharedApp};
use crate::orders::{self, OrderId, OrderState, PaymentMethod, Preview, Selection};
use crate::remittances::{self, RemittanceDraft};
use crate::web::{Json, Path};
use crate::{payments, transfers};

/// Routes beside those of the order page itself.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(switch_method))
        .routes(routes!(renew_notice))
        .routes(routes!(save_remittance))
        .routes(routes!(submit_remittance))
        .routes(routes!(withdraw_remittance))
        .routes(routes!(start_again))
}

async fn page_of(app: &App, scope: &Scope, id: &OrderId) -> Result<axum::Json<Order>, Problem> {
    let row = orders::find_for(app.database.reader(), scope, id).await?;
    Ok(axum::Json(answer::page(app, row).await?))
}

/// Another way to pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MethodRequest {
    /// Which.
    method: PaymentMethod,
}

/// Switches an unpaid order to another way to pay (S0-21); what is open at WeChat is closed first.
#[utoipa::path(post, path = "/api/v1/orders/{id}/method", tag = "orders", params(("id" = OrderId, Path, description = "order")), request_body = MethodRequest, responses((status = 200, body = Order)))]
async fn switch_method(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(request): Json<MethodRequest>,
) -> Result<axum::Json<Order>, Problem> {
    payments::switch_method(&app, &scope, &id, request.method).await?;
    page_of(&app, &scope, &id).await
}

/// Asks for a new payment code when the old one ended or could not be made; money that carries the old one is still
/// recognised (S0-35).
#[utoipa::path(post, path = "/api/v1/orders/{id}/payment-notice/renew", tag = "orders", params(("id" = OrderId, Path, description = "order")), responses((status = 200, body = Order)))]
async fn renew_notice(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Order>, Problem> {
    transfers::renew(&app, &scope, &id).await?;
    page_of(&app, &scope, &id).await
}

/// Saves what the payer says of his transfer, as typed (S0-36, S0-37); it is checked when it is submitted.
#[utoipa::path(put, path = "/api/v1/orders/{id}/remittance", tag = "orders", params(("id" = OrderId, Path, description = "order")), request_body = RemittanceDraft, responses((status = 200, body = Order)))]
async fn save_remittance(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(draft): Json<RemittanceDraft>,
) -> Result<axum::Json<Order>, Problem> {
    remittances::save(&app, &scope, &id, draft).await?;
    page_of(&app, &scope, &id).await
}

/// Hands the remittance in for review, due in three working days (S0-40).
#[utoipa::path(post, path = "/api/v1/orders/{id}/remittance/submit", tag = "orders", params(("id" = OrderId, Path, description = "order")), responses((status = 200, body = Order)))]
async fn submit_remittance(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Order>, Problem> {
    remittances::submit(&app, &scope, &id).await?;
    page_of(&app, &scope, &id).await
}

/// Takes a remittance back that nobody has decided on yet: everything stays as typed and can be corrected and sent again.
#[utoipa::path(post, path = "/api/v1/orders/{id}/remittance/withdraw", tag = "orders", params(("id" = OrderId, Path, description = "order")), responses((status = 200, body = Order)))]
async fn withdraw_remittance(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Order>, Problem> {
    remittances::withdraw(&app, &scope, &id).await?;
    page_of(&app, &scope, &id).await
}

/// What a voided order would become now: its fees that are payable again, to be confirmed anew (S0-44).
#[utoipa::path(post, path = "/api/v1/orders/{id}/again", tag = "orders", params(("id" = OrderId, Path, description = "order")), responses((status = 200, body = Preview)))]
async fn start_again(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Preview>, Problem> {
    let connection = app.database.reader();
    let order = orders::find_for(connection, &scope, &id).await?;
    if order.state()? != OrderState::Void {
        return Err(Problem::conflict("order_not_void", "这个订单没有作废，不用重新缴费").advice("请刷新订单查看结果"));
    }
    let lines = orders::lines_of(connection, &order.id).await?;
    let fee_ids = lines.into_iter().map(|line| crate::fees::FeeId::from_stored(line.fee_id)).collect();
    let selection = Selection { fee_ids: Some(fee_ids), all_matching: None };
    Ok(axum::Json(orders::preview(&app, &scope, selection).await?))
}
