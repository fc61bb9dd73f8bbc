//! The window over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::money::Fen;
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::counter_payments::Model;
use super::receive::{self, CounterKind, CounterPaymentId, NewCounterPayment, UNDONE};
use super::undo;
use crate::app::SharedApp;
use crate::orders::{self, OrderId, OrderState};
use crate::reviews::{self, ReviewAnswer};
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(receive_payment)).routes(routes!(ask_undo))
}

/// What is being taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CounterRequest {
    /// Made by the form, 8–64 characters, and kept until the answer came: the same key takes the money once.
    key: String,
    /// Cash or card.
    kind: CounterKind,
    /// Fen.
    amount_fen: Fen,
    /// Number of the terminal's slip or the cash book.
    #[serde(default)]
    receipt_no: Option<String>,
    /// More.
    #[serde(default)]
    note: Option<String>,
}

/// Money taken at a window.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CounterPayment {
    /// Which.
    pub id: CounterPaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// Cash or card.
    pub kind: CounterKind,
    /// For people.
    pub kind_text: String,
    /// Fen.
    pub amount_fen: Fen,
    /// Number of the terminal's slip or the cash book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_no: Option<String>,
    /// More.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who took it.
    pub taken_by: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Whether it was given back at the window.
    pub undone: bool,
    /// Why it was, or is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_reason: Option<String>,
    /// Who confirmed that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
    /// When, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<i64>,
}

impl CounterPayment {
    /// As stored.
    pub fn of(row: Model) -> Result<Self, Problem> {
        let kind: CounterKind = row.kind.parse()?;
        Ok(Self {
            id: CounterPaymentId::from_stored(row.id),
            order_id: OrderId::from_stored(row.order_id),
            kind,
            kind_text: kind.text().to_owned(),
            amount_fen: Fen(row.amount_fen),
            receipt_no: row.receipt_no,
            note: row.note,
            taken_by: row.taken_by,
            created_at: row.created_at,
            undone: row.state == UNDONE,
            undo_reason: row.undo_reason,
            undone_by: row.undone_by,
            undone_at: row.undone_at,
        })
    }
}

/// What was taken at windows for an order, newest first.
pub async fn answers_of<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<CounterPayment>, Problem> {
    let rows = receive::payments_of(connection, order_id).await?;
    rows.into_iter().map(CounterPayment::of).collect()
}

/// What was taken, and how the order stands now.
#[derive(Debug, Serialize, ToSchema)]
struct CounterAnswer {
    payment: CounterPayment,
    /// Where the order stands.
    state: OrderState,
    /// For people.
    state_text: String,
    /// Fen that came so far.
    received_fen: Fen,
    /// Fen that are still missing.
    missing_fen: Fen,
}

fn present(text: Option<String>, field: &str) -> Result<Option<String>, Problem> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(Problem::unacceptable("text_too_long", "内容太长，没有收款")
            .field(field, "最多 100 个字")
            .advice("请缩短后重试"));
    }
    Ok(text)
}

fn checked_key(key: String) -> Result<String, Problem> {
    if (8..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    Err(Problem::unacceptable("key_malformed", "收款标识不对，没有收款")
        .field("key", "8–64 个字符")
        .advice("请刷新页面，核对订单已收金额后再收款"))
}

/// Takes cash or a card for an unpaid order, in parts or whole. The same key again takes nothing and gives the same answer.
#[utoipa::path(post, path = "/staff/v1/orders/{id}/counter-payments", tag = "counter", params(("id" = OrderId, Path, description = "order")), request_body = CounterRequest, responses(
    (status = 201, body = CounterAnswer),
    (status = 409, description = "key_reused, counter_payment_undone, order_not_waiting, order_paid, order_paying, order_under_review", body = ErrorAnswer),
    (status = 422, description = "key_malformed, claim_too_large, text_too_long", body = ErrorAnswer),
))]
async fn receive_payment(
    State(app): State<SharedApp>,
    officer: May<may::CounterReceive>,
    Path(id): Path<OrderId>,
    Json(request): Json<CounterRequest>,
) -> Result<(StatusCode, axum::Json<CounterAnswer>), Problem> {
    let new = NewCounterPayment {
        key: checked_key(request.key)?,
        kind: request.kind,
        amount: request.amount_fen,
        receipt_no: present(request.receipt_no, "receipt_no")?,
        note: present(request.note, "note")?,
    };
    let row = receive::receive(&app, &officer, &id, new).await?;
    let order = orders::find_row(app.database.reader(), id.as_str()).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    let state = order.state()?;
    let answer = CounterAnswer {
        payment: CounterPayment::of(row)?,
        state,
        state_text: state.text().to_owned(),
        received_fen: Fen(order.received_fen),
        missing_fen: order.missing(),
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}

/// Why it is to be undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UndoRequest {
    /// For the payer, at most 60 characters.
    #[schema(max_length = 60)]
    reason: String,
}

/// Asks for a payment at the window to be undone; another member of staff confirms.
#[utoipa::path(post, path = "/staff/v1/counter-payments/{id}/undo", tag = "counter", params(("id" = CounterPaymentId, Path, description = "payment at a window")), request_body = UndoRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 409, description = "counter_payment_undone, order_receipt_made, order_refunding, day_closed, review_open", body = ErrorAnswer),
    (status = 422, description = "reason_missing", body = ErrorAnswer),
))]
async fn ask_undo(
    State(app): State<SharedApp>,
    officer: May<may::CounterReceive>,
    Path(id): Path<CounterPaymentId>,
    Json(request): Json<UndoRequest>,
) -> Result<(StatusCode, axum::Json<ReviewAnswer>), Problem> {
    let review = undo::ask(&app, &officer, &id, &request.reason).await?;
    Ok((StatusCode::CREATED, axum::Json(reviews::full(&app, &officer, review).await?)))
}
