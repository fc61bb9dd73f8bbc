//! Paying.

use axum::extract::State;
use foundation::money::Fen;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::payment_attempts::Model as Attempt;
use super::model::{AttemptId, Channel};
use super::start::{self, PayingPerson};
use crate::accounts::Scope;
use crate::app::{App, SharedApp};
use crate::orders::{OrderId, OrderRow};
use crate::web::{Json, Path};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(start_payment))
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
pub struct Payment {
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
    demand_key(&request.key)?;
    let attempt = start::start(&app, &scope, &id, &request.key, request.channel).await?;
    payment_answer(&app, attempt).map(axum::Json)
}

/// Opens a payment for somebody who need not be of the unit; the caller knows that he may pay this order.
pub async fn start_payment_by(
    app: &App,
    order: &OrderRow,
    person: &PayingPerson,
    key: &str,
    channel: Channel,
) -> Result<Payment, Problem> {
    demand_key(key)?;
    payment_answer(app, start::open(app, order, person, key, channel).await?)
}

fn demand_key(key: &str) -> Result<(), Problem> {
    if (8..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Problem::unacceptable("key_malformed", "支付标识不对，请刷新页面").field("key", "8–64 个字符"))
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
