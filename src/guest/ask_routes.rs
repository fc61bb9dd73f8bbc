//! Asking a colleague to pay (B-09): `/api/v1/orders/{id}/ask` and `/api/v1/asked/{token}`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{AskedOrder, GuestOrder};
use super::asks::{self, Asked};
use super::ticket::Ticket;
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::orders::OrderId;
use crate::web::{Json, Path};

/// Routes of asking.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(ask, revoke)).routes(routes!(asked))
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskRequest {}

/// A link by which a colleague can pay.
#[derive(Debug, Serialize, ToSchema)]
struct Ask {
    /// For any browser.
    url: String,
    /// For sharing inside the mini-program.
    path: String,
    /// What the message says.
    title: String,
    /// Epoch milliseconds.
    expires_at: i64,
}

/// Makes a link by which somebody else can pay this order; receipt and reports stay the unit's (B-09).
#[utoipa::path(post, path = "/api/v1/orders/{id}/ask", tag = "guest", params(("id" = OrderId, Path, description = "order")),
    request_body = AskRequest,
    responses((status = 200, body = Ask), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn ask(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(AskRequest {}): Json<AskRequest>,
) -> Result<Json<Ask>, Problem> {
    let Asked { token, expires_at, title } = asks::ask(&app, &scope, &id).await?;
    let path = format!("/pages/guest/asked?token={token}");
    let url = app.page_url(&path);
    Ok(Json(Ask { url, path, title, expires_at }))
}

/// Takes back every link that was given for this order.
#[utoipa::path(delete, path = "/api/v1/orders/{id}/ask", tag = "guest", params(("id" = OrderId, Path, description = "order")),
    responses((status = 204, description = "no link works any more"), (status = 404, body = ErrorAnswer)))]
async fn revoke(State(app): State<SharedApp>, scope: Scope, Path(id): Path<OrderId>) -> Result<StatusCode, Problem> {
    asks::revoke(&app, &scope, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The order that a colleague asks to be paid, without a login. 410 `ask_over` when the link's time is over, it was taken
/// back, or the order was given up.
#[utoipa::path(get, path = "/api/v1/asked/{token}", tag = "guest", params(("token" = String, Path, description = "of the link")),
    responses((status = 200, body = AskedOrder), (status = 404, body = ErrorAnswer), (status = 410, body = ErrorAnswer)))]
async fn asked(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Json<AskedOrder>, Problem> {
    let (ask, order) = asks::open(&app, &token).await?;
    let ticket = Ticket::by_ask(&order, &ask.id).sign(&app);
    let order = GuestOrder::of(&app, order).await?;
    Ok(Json(AskedOrder { order, asked_by_masked: asks::masked(&ask.asked_by), ticket }))
}
