//! An order as somebody sees it who is not of the unit.

use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::text::mask_name;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::orders::{OrderRow, OrderState, PaymentMethod};
use crate::transfers::{self, PaymentNotice};

/// As much of an order as its payer needs to know that it is the right one (S2-38, B-09).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GuestOrder {
    /// 缴款订单号.
    order_no: String,
    /// 缴款单位 with its middle hidden.
    unit_name_masked: String,
    /// 收款单位.
    payee_name: String,
    /// Fen of the whole order.
    amount_fen: Fen,
    /// Fen that came already, by transfer or at the counter.
    received_fen: Fen,
    /// Fen that are still missing; 0 once it is paid.
    missing_fen: Fen,
    /// Reports in it.
    count: i64,
    /// How one pays.
    method: PaymentMethod,
    /// Where it stands.
    state: OrderState,
    /// 待支付, 已支付 …
    state_text: String,
    /// Until when it can be paid, epoch milliseconds; only while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// 缴款书 with account and code, for an order that waits for a transfer (S0-35); its amount is what is still missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_notice: Option<PaymentNotice>,
}

/// An order that was found by name and number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FoundOrder {
    #[serde(flatten)]
    pub(super) order: GuestOrder,
    /// Goes with the payment; good for this order and for `guest.ticket_minutes`.
    pub(super) ticket: String,
}

/// An order that a colleague asks to be paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct AskedOrder {
    #[serde(flatten)]
    pub(super) order: GuestOrder,
    /// Who asks, with most of the name hidden.
    pub(super) asked_by_masked: String,
    /// Goes with the payment; good for this order and for `guest.ticket_minutes`.
    pub(super) ticket: String,
}

impl GuestOrder {
    /// The order as it is now.
    pub(super) async fn of(app: &App, order: OrderRow) -> Result<Self, Problem> {
        let state = order.state()?;
        let method = order.payment_method()?;
        let waits = state.waits_for_money();
        let payment_notice = match method {
            PaymentMethod::Transfer if waits => match transfers::newest(app.database.reader(), &order.id).await? {
                Some(notice) => Some(PaymentNotice::of(notice, &order)?),
                None => None,
            },
            _ => None,
        };
        Ok(Self {
            unit_name_masked: mask_name(&order.unit_name),
            amount_fen: Fen(order.amount_fen),
            received_fen: Fen(order.received_fen),
            missing_fen: order.missing(),
            count: order.fee_count,
            state_text: state.text().to_owned(),
            expires_at: (waits && !order.under_review && order.received_fen == 0).then_some(order.expires_at),
            order_no: order.order_no,
            payee_name: order.payee_name,
            method,
            state,
            payment_notice,
        })
    }
}
