//! `/api/v1/guest`.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{FoundOrder, GuestOrder};
use super::find::{self, Known};
use super::limits;
use super::ticket::{self, Ticket};
use crate::app::SharedApp;
use crate::orders::Actor;
use crate::payments::{self, Channel, PayingPerson, Payment, PaymentState};
use crate::sign_in::{self, Caller};
use crate::web::{Json, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(find_order))
        .routes(routes!(start_payment))
        .routes(routes!(payment_state))
        .merge(super::ask_routes::router())
}

/// What a visitor knows of an order, and the answer to a question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FindRequest {
    /// 缴款单位 in full.
    payer_name: String,
    /// 缴款书编号, 缴款订单号 or 缴款码.
    notice_no: String,
    /// Of `/captcha`.
    captcha_id: String,
    /// What the picture shows, or the sum in words.
    captcha_answer: String,
}

/// Finds an order by payer and number, without a login (S2-38). A wrong name and an unknown number look the same: 404
/// `guest_order_not_found`. 422 `captcha_wrong`, 429 `guest_too_often`.
#[utoipa::path(post, path = "/api/v1/guest/orders/find", tag = "guest", request_body = FindRequest,
    responses((status = 200, body = FoundOrder), (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer),
        (status = 429, body = ErrorAnswer)))]
async fn find_order(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(request): Json<FindRequest>,
) -> Result<Json<FoundOrder>, Problem> {
    let known = Known {
        payer_name: &request.payer_name,
        number: &request.notice_no,
        captcha_id: &request.captcha_id,
        captcha_answer: &request.captcha_answer,
    };
    let order = find::find(&app, &caller.address, known).await?;
    let ticket = Ticket::by_number(&order).sign(&app);
    Ok(Json(FoundOrder { order: GuestOrder::of(&app, order).await?, ticket }))
}

/// Which way a visitor pays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GuestPaymentRequest {
    /// Came with the order.
    ticket: String,
    /// Made by the page for each tap, 8–64 characters.
    key: String,
    /// Where he pays.
    channel: Channel,
    /// From `/session/mini-program`, in the mini-program: tells whom WeChat charges. Browsers have it in a cookie.
    #[serde(default)]
    bind_ticket: Option<String>,
}

/// Opens a payment of somebody else's order; order, reports and receipt stay its unit's. An open one that still fits is
/// given again. 409 `openid_missing`: WeChat has not told yet who pays.
#[utoipa::path(post, path = "/api/v1/guest/orders/payments", tag = "guest", request_body = GuestPaymentRequest,
    responses((status = 200, body = Payment), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer),
        (status = 410, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn start_payment(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(request): Json<GuestPaymentRequest>,
) -> Result<Json<Payment>, Problem> {
    let (ticket, order) = ticket::open(&app, &request.ticket).await?;
    let max = app.config.guest.starts_per_address_per_hour;
    limits::demand_few(&app, "start", &caller.address, max).await?;
    let known = sign_in::known_person(&app, &caller, request.bind_ticket.as_deref()).await?;
    let person = PayingPerson {
        actor: Actor::Guest,
        wechat: known.map(|person| (person.app_id, person.openid)),
        guest: Some(ticket.by),
    };
    let payment = payments::start_payment_by(&app, &order, &person, &request.key, request.channel).await?;
    Ok(Json(payment))
}

/// Which payment, and whether to ask WeChat.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GuestStateQuery {
    /// Came with the order.
    ticket: String,
    /// 1 = let the server ask WeChat now, at a limited rate.
    ask: Option<u8>,
}

/// How a visitor's payment stands, with a sentence for people.
#[derive(Debug, Serialize, ToSchema)]
struct GuestPaymentState {
    state: PaymentState,
    message: String,
    order: GuestOrder,
}

/// How the payment of a found order stands.
#[utoipa::path(get, path = "/api/v1/guest/orders/payment-state", tag = "guest", params(GuestStateQuery),
    responses((status = 200, body = GuestPaymentState), (status = 404, body = ErrorAnswer), (status = 410, body = ErrorAnswer)))]
async fn payment_state(
    State(app): State<SharedApp>,
    Query(query): Query<GuestStateQuery>,
) -> Result<Json<GuestPaymentState>, Problem> {
    let (_, order) = ticket::open(&app, &query.ticket).await?;
    let standing = payments::standing(&app, order, query.ask == Some(1)).await?;
    let order = GuestOrder::of(&app, standing.order).await?;
    Ok(Json(GuestPaymentState { state: standing.state, message: standing.message.to_owned(), order }))
}
