//! How the payment of an order stands, by the server's word alone: the phone is never believed.

use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::payment_attempts::Model as Attempt;
use super::model::AttemptState;
use super::watch::{Asked, ask_for_page};
use super::{disputes, refund_facts, store};
use crate::app::App;
use crate::orders::{self, OrderRow, OrderState};

/// The answers a waiting page can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// No money came yet.
    Unpaid,
    /// WeChat could not tell yet; it is being asked.
    Confirming,
    /// Money came.
    Paid,
    /// Money came that does not fit the order; a person decides.
    Disputed,
    /// Money came and goes back.
    Refunding,
    /// The order was given up; no money.
    Void,
}

/// Where a payment stands, with a sentence for people.
#[derive(Debug, Clone)]
pub struct Standing {
    /// For programs.
    pub state: PaymentState,
    /// For people.
    pub message: &'static str,
    /// The order as it is now.
    pub order: OrderRow,
}

/// Finds out how the payment stands; with `ask` WeChat is asked first, at a limited rate.
pub async fn standing(app: &App, order: OrderRow, ask: bool) -> Result<Standing, Problem> {
    let reader = app.database.reader();
    let mut order = order;
    let mut told = Asked::NotPaid;
    if ask && order.state()?.waits_for_money() {
        for attempt in store::open_attempts(reader, &order.id).await? {
            told = ask_for_page(app, &attempt).await?;
        }
        if let Some(current) = orders::find_row(reader, &order.id).await? {
            order = current;
        }
    }
    let (state, message) = state_of(app, &order, told).await?;
    Ok(Standing { state, message, order })
}

async fn state_of(app: &App, order: &OrderRow, told: Asked) -> Result<(PaymentState, &'static str), Problem> {
    let reader = app.database.reader();
    Ok(match order.state()? {
        OrderState::Paid | OrderState::Completed => (PaymentState::Paid, "支付成功"),
        OrderState::Refunding | OrderState::Refunded => (PaymentState::Refunding, "款项正在原路退回"),
        OrderState::Void => match refund_facts::refund_of_order(reader, &order.id).await? {
            Some(_) => (PaymentState::Refunding, "订单已作废，收到的款项会原路退回"),
            None => (PaymentState::Void, "订单已作废，没有扣款"),
        },
        OrderState::PendingPayment if order.under_review => (PaymentState::Confirming, "汇款正在审核"),
        OrderState::PendingPayment if order.received_fen > 0 => (PaymentState::Unpaid, "已收到部分款项，请补足差额"),
        OrderState::PendingPayment => (PaymentState::Unpaid, "还没有支付"),
        OrderState::Paying => {
            let attempts = store::newest_first(reader, &order.id).await?;
            let stands = |attempt: &Attempt, state: AttemptState| attempt.state == state.as_str();
            let closing = attempts.first().is_some_and(|attempt| stands(attempt, AttemptState::Closing));
            if attempts.iter().any(|attempt| stands(attempt, AttemptState::Disputed)) {
                (PaymentState::Disputed, disputes::TOLD_TO_PAYERS)
            } else if told == Asked::Unknown || closing {
                (PaymentState::Confirming, "正在向微信确认支付结果，不会重复扣款")
            } else {
                (PaymentState::Unpaid, "还没有收到付款")
            }
        }
    })
}
