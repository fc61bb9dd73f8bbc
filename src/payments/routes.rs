//! Paying, and asking how it went.

use axum::extract::State;
use foundation::money::Fen;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::payment_attempts::Model as Attempt;
use super::model::{AttemptId, AttemptState, Channel};
use super::watch::{Asked, ask_for_page};
use super::{refunds, start, store};
use crate::accounts::Scope;
use crate::app::{App, SharedApp};
use crate::orders::{self, OrderId, OrderRow, OrderState};
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(start_payment)).routes(routes!(payment_state))
}

/// Which way to pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaymentRequest {
    /// Made by the page for each tap on 去支付, 8–64 characters.
    key: String,
    /// Where the payer pays.
    channel: Channel,
}

/// What the phone needs to pay.
#[derive(Debug, Serialize, ToSchema)]
struct Payment {
    id: AttemptId,
    order_id: OrderId,
    channel: Channel,
    amount_fen: Fen,
    /// Epoch milliseconds; after this a new payment is opened.
    expires_at: i64,
    /// For `WeixinJSBridge` or `wx.requestPayment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<PhoneParameters>,
    /// To be shown as a QR code on a second screen; same-phone reading is forbidden by WeChat (B-13).
    #[serde(skip_serializing_if = "Option::is_none")]
    code_url: Option<String>,
}

/// As WeChat's own documents spell them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PhoneParameters {
    app_id: String,
    time_stamp: String,
    nonce_str: String,
    package: String,
    sign_type: String,
    pay_sign: String,
}

/// Opens a payment of the order; an open one that still fits is given again (B-11, B-14).
#[utoipa::path(post, path = "/api/v1/orders/{id}/payments", tag = "payments", params(("id" = OrderId, Path, description = "order")), request_body = PaymentRequest, responses((status = 200, body = Payment)))]
async fn start_payment(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(request): Json<PaymentRequest>,
) -> Result<axum::Json<Payment>, Problem> {
    let key_fits = (8..=64).contains(&request.key.len()) && request.key.bytes().all(|byte| byte.is_ascii_graphic());
    if !key_fits {
        return Err(Problem::unacceptable("key_malformed", "支付标识不对，请刷新页面").field("key", "8–64 个字符"));
    }
    let attempt = start::start(&app, &scope, &id, &request.key, request.channel).await?;
    payment_answer(&app, attempt).map(axum::Json)
}

fn payment_answer(app: &App, attempt: Attempt) -> Result<Payment, Problem> {
    // Signed with the app id of the stored attempt, never with a configured one (pitfalls B9).
    let parameters = attempt.prepay_id.as_deref().map(|prepay_id| {
        let signed = app.pay.payment_parameters(&attempt.app_id, prepay_id);
        PhoneParameters {
            app_id: signed.app_id,
            time_stamp: signed.time_stamp,
            nonce_str: signed.nonce_str,
            package: signed.package,
            sign_type: signed.sign_type,
            pay_sign: signed.pay_sign,
        }
    });
    Ok(Payment {
        channel: attempt.channel.parse()?,
        id: AttemptId::from_stored(attempt.id),
        order_id: OrderId::from_stored(attempt.order_id),
        amount_fen: Fen(attempt.amount_fen),
        expires_at: attempt.expires_at,
        parameters,
        code_url: attempt.code_url,
    })
}

/// Whether to ask WeChat.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AskQuery {
    /// 1 = let the server ask WeChat now, at a limited rate.
    ask: Option<u8>,
}

/// How the payment stands, by the server's word alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PaymentStateName {
    Unpaid,
    Confirming,
    Paid,
    Refunding,
    Void,
}

/// The state with a sentence for people.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentStateAnswer {
    state: PaymentStateName,
    message: String,
    order_id: OrderId,
    order_no: String,
    order_state: OrderState,
    amount_fen: Fen,
}

/// How the payment of an order stands. The page never believes the phone; it asks here.
#[utoipa::path(get, path = "/api/v1/orders/{id}/payment-state", tag = "payments", params(("id" = OrderId, Path, description = "order"), AskQuery), responses((status = 200, body = PaymentStateAnswer)))]
async fn payment_state(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Query(query): Query<AskQuery>,
) -> Result<axum::Json<PaymentStateAnswer>, Problem> {
    let reader = app.database.reader();
    let mut order = orders::find_for(reader, &scope, &id).await?;
    let mut told = Asked::NotPaid;
    if query.ask == Some(1) && order.state()?.waits_for_money() {
        for attempt in store::open_attempts(reader, &order.id).await? {
            told = ask_for_page(&app, &attempt).await?;
        }
        order = orders::find_for(reader, &scope, &id).await?;
    }
    let (state, message) = state_of(&app, &order, told).await?;
    Ok(axum::Json(PaymentStateAnswer {
        state,
        message: message.to_owned(),
        order_id: id,
        order_state: order.state()?,
        order_no: order.order_no,
        amount_fen: Fen(order.amount_fen),
    }))
}

async fn state_of(app: &App, order: &OrderRow, told: Asked) -> Result<(PaymentStateName, &'static str), Problem> {
    let reader = app.database.reader();
    Ok(match order.state()? {
        OrderState::Paid | OrderState::Completed => (PaymentStateName::Paid, "支付成功"),
        OrderState::Refunding | OrderState::Refunded => (PaymentStateName::Refunding, "款项正在原路退回"),
        OrderState::Void => match refunds::refund_of_order(reader, &order.id).await? {
            Some(_) => (PaymentStateName::Refunding, "订单已作废，收到的款项会原路退回"),
            None => (PaymentStateName::Void, "订单已作废，没有扣款"),
        },
        OrderState::PendingPayment => (PaymentStateName::Unpaid, "还没有支付"),
        OrderState::Paying => {
            let newest = store::newest(reader, &order.id).await?;
            let closing = newest.is_some_and(|attempt| attempt.state == AttemptState::Closing.as_str());
            if told == Asked::Unknown || closing {
                (PaymentStateName::Confirming, "正在向微信确认支付结果，不会重复扣款")
            } else {
                (PaymentStateName::Unpaid, "还没有收到付款")
            }
        }
    })
}
