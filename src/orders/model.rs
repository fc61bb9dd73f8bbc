//! States of an order and what may happen to it. Pure: no database, no clock.

use std::fmt::Write as _;
use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fees::ReceiptClass;

define_id!(
    /// One 缴款订单.
    OrderId, "ord"
);

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// 待支付: nobody is paying right now.
    PendingPayment,
    /// 待支付, with an open attempt: money may be on its way.
    Paying,
    /// 已支付 (S0-42): receipt or reports are still being made.
    Paid,
    /// 已完成 (S0-45): receipt and all reports are there.
    Completed,
    /// 已作废: its reports are payable again (S0-33).
    Void,
    /// A refund of the order is under way.
    Refunding,
    /// The order was refunded.
    Refunded,
}

/// What may happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// A payment attempt was opened at the channel.
    AttemptOpened,
    /// The last open attempt was closed without money.
    AttemptsClosed,
    /// The channel says paid.
    Paid,
    /// Money arrived for an order that was already void, and its fees were still payable (B-15).
    Revived,
    /// Receipt and reports are there.
    Completed,
    /// The payer or the clock gave it up.
    Voided,
    /// The money that paid it was taken for it by mistake, and no receipt of it stands.
    Reopened,
    /// Two members of staff decided to give money back.
    RefundStarted,
    /// All of its money is back with the payer.
    RefundedWhole,
    /// A part is back; receipt or reports were still being made.
    PartRefunded,
    /// A part is back; everything had been there.
    PartRefundedAfterCompletion,
    /// Money that had gone back was sent back by the bank: it is to go once more.
    RefundBounced,
}

/// The event does not fit the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} does not fit an order that is {state:?}")]
pub struct NotAllowed {
    /// Where the order stood.
    pub state: OrderState,
    /// What was tried.
    pub event: OrderEvent,
}

impl OrderState {
    /// All states.
    pub const ALL: [OrderState; 7] = [
        OrderState::PendingPayment,
        OrderState::Paying,
        OrderState::Paid,
        OrderState::Completed,
        OrderState::Void,
        OrderState::Refunding,
        OrderState::Refunded,
    ];

    /// The state after `event`.
    pub fn after(self, event: OrderEvent) -> Result<OrderState, NotAllowed> {
        use OrderEvent as E;
        use OrderState as S;
        match (self, event) {
            (S::PendingPayment | S::Paying, E::AttemptOpened) => Ok(S::Paying),
            (S::Paying, E::AttemptsClosed) => Ok(S::PendingPayment),
            (S::PendingPayment | S::Paying, E::Paid) => Ok(S::Paid),
            (S::Void, E::Revived) => Ok(S::Paid),
            (S::Paid, E::Completed) => Ok(S::Completed),
            // Never while paying: the attempts must be closed at the channel first (B-16).
            (S::PendingPayment, E::Voided) => Ok(S::Void),
            (S::Paid | S::Completed, E::Reopened) => Ok(S::PendingPayment),
            // One part after the other, also while the one before is on its way.
            (S::Paid | S::Completed | S::Refunding, E::RefundStarted) => Ok(S::Refunding),
            (S::Refunding, E::RefundedWhole) => Ok(S::Refunded),
            (S::Refunding, E::PartRefunded) => Ok(S::Paid),
            (S::Refunding, E::PartRefundedAfterCompletion) => Ok(S::Completed),
            // Also after the last of it: the payer does not have it.
            (S::Paid | S::Completed | S::Refunding | S::Refunded, E::RefundBounced) => Ok(S::Refunding),
            (state, event) => Err(NotAllowed { state, event }),
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderState::PendingPayment => "pending_payment",
            OrderState::Paying => "paying",
            OrderState::Paid => "paid",
            OrderState::Completed => "completed",
            OrderState::Void => "void",
            OrderState::Refunding => "refunding",
            OrderState::Refunded => "refunded",
        }
    }

    /// For people, in the words of the service (S0-10).
    pub fn text(self) -> &'static str {
        match self {
            OrderState::PendingPayment => "待支付",
            OrderState::Paying => "待支付",
            OrderState::Paid => "已支付",
            OrderState::Completed => "已完成",
            OrderState::Void => "已作废",
            OrderState::Refunding => "退款中",
            OrderState::Refunded => "已退款",
        }
    }

    /// Whether money for this order is with us.
    pub fn has_money(self) -> bool {
        matches!(self, OrderState::Paid | OrderState::Completed | OrderState::Refunding)
    }

    /// Whether it still waits for money.
    pub fn waits_for_money(self) -> bool {
        matches!(self, OrderState::PendingPayment | OrderState::Paying)
    }
}

impl FromStr for OrderState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OrderState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown order state {text}"))
    }
}

impl OrderEvent {
    /// All events.
    pub const ALL: [OrderEvent; 12] = [
        OrderEvent::AttemptOpened,
        OrderEvent::AttemptsClosed,
        OrderEvent::Paid,
        OrderEvent::Revived,
        OrderEvent::Completed,
        OrderEvent::Voided,
        OrderEvent::Reopened,
        OrderEvent::RefundStarted,
        OrderEvent::RefundedWhole,
        OrderEvent::PartRefunded,
        OrderEvent::PartRefundedAfterCompletion,
        OrderEvent::RefundBounced,
    ];

    /// The states in which it may happen: the condition of the update that makes it happen.
    pub fn sources(self) -> impl Iterator<Item = OrderState> {
        OrderState::ALL.into_iter().filter(move |state| state.after(self).is_ok())
    }
}

/// The table of `docs/states.md`, made from [`OrderState::after`] itself.
pub fn states_table() -> String {
    let mut table = String::from("| state | event | next |\n|---|---|---|\n");
    for state in OrderState::ALL {
        for event in OrderEvent::ALL {
            if let Ok(next) = state.after(event) {
                let _infallible =
                    writeln!(table, "| `{}` {} | {event:?} | `{}` |", state.as_str(), state.text(), next.as_str());
            }
        }
    }
    table
}

/// How one pays (S0-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// 线上支付.
    Online,
    /// 对公转账, non-tax only (S0-23).
    Transfer,
    /// 已汇款, VAT only (S0-24).
    Remitted,
}

impl PaymentMethod {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            PaymentMethod::Online => "online",
            PaymentMethod::Transfer => "transfer",
            PaymentMethod::Remitted => "remitted",
        }
    }
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            PaymentMethod::Online => "线上支付",
            PaymentMethod::Transfer => "对公转账",
            PaymentMethod::Remitted => "已汇款",
        }
    }
    /// The methods that a receipt class allows, in the order of the page (S0-22, S0-23, S0-24).
    pub fn of_class(class: ReceiptClass) -> [PaymentMethod; 2] {
        match class {
            ReceiptClass::Nontax => [PaymentMethod::Online, PaymentMethod::Transfer],
            ReceiptClass::Vat => [PaymentMethod::Online, PaymentMethod::Remitted],
        }
    }
}

impl FromStr for PaymentMethod {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [PaymentMethod::Online, PaymentMethod::Transfer, PaymentMethod::Remitted]
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown payment method {text}"))
    }
}

/// Which money paid an order: exactly one of these per paid order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidBy<'a> {
    /// WeChat, by this attempt.
    Attempt(&'a str),
    /// The fiscal system reported the payment code of this notice as paid (S0-35).
    Transfer(&'a str),
    /// A remittance that a person approved (S0-42).
    Remittance(&'a str),
    /// Cash or card at the counter; the payment that made it whole.
    Counter(&'a str),
    /// A transfer found in a bank statement; the claim that made it whole (B-18).
    BankClaim(&'a str),
}

impl<'a> PaidBy<'a> {
    /// As stored in `orders.paid_by`.
    pub fn as_str(self) -> &'static str {
        match self {
            PaidBy::Attempt(_) => "attempt",
            PaidBy::Transfer(_) => "transfer",
            PaidBy::Remittance(_) => "remittance",
            PaidBy::Counter(_) => "counter",
            PaidBy::BankClaim(_) => "bank_claim",
        }
    }

    /// As stored in `orders.paid_reference`.
    pub fn reference(self) -> &'a str {
        match self {
            PaidBy::Attempt(id)
            | PaidBy::Transfer(id)
            | PaidBy::Remittance(id)
            | PaidBy::Counter(id)
            | PaidBy::BankClaim(id) => id,
        }
    }

    /// The attempt, for money through WeChat.
    pub fn attempt(self) -> Option<&'a str> {
        match self {
            PaidBy::Attempt(id) => Some(id),
            _ => None,
        }
    }
}

/// The words for a stored method.
pub fn method_text(stored: &str) -> &'static str {
    let all = [PaymentMethod::Online, PaymentMethod::Transfer, PaymentMethod::Remitted];
    all.into_iter().find(|method| method.as_str() == stored).map_or("其他", PaymentMethod::text)
}

/// How reports reach the payer (S0-27).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Delivery {
    /// Downloads only.
    Electronic,
    /// 窗口领取, with the office chosen.
    Counter {
        /// Id of the office.
        office: String,
    },
    /// 邮寄.
    Post {
        /// 收件人.
        recipient: String,
        /// Phone of the recipient.
        phone: String,
        /// Full address.
        address: String,
    },
}

impl Delivery {
    /// What is wrong with it, by field; empty when all is well.
    pub fn complaints(&self) -> Vec<(&'static str, &'static str)> {
        let mut complaints = Vec::new();
        match self {
            Delivery::Electronic => {}
            Delivery::Counter { office } => {
                if office.trim().is_empty() || office.chars().count() > 64 {
                    complaints.push(("delivery.office", "请选择领取窗口"));
                }
            }
            Delivery::Post { recipient, phone, address } => {
                if recipient.trim().is_empty() || recipient.chars().count() > 50 {
                    complaints.push(("delivery.recipient", "请填写收件人（50 字以内）"));
                }
                if !foundation::text::is_mobile_phone(phone.trim()) {
                    complaints.push(("delivery.phone", "请填写收件人 11 位手机号"));
                }
                if address.chars().count() < 5 || address.chars().count() > 200 {
                    complaints.push(("delivery.address", "请填写详细地址（5–200 字）"));
                }
            }
        }
        complaints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_leaves_an_order_by_a_whole_refund_and_by_nothing_else() {
        for state in OrderState::ALL.into_iter().filter(|state| state.has_money()) {
            // A claim that is taken back says that the money was never this order's.
            let leaves = [OrderEvent::Reopened, OrderEvent::RefundedWhole];
            for event in OrderEvent::ALL.into_iter().filter(|event| !leaves.contains(event)) {
                if let Ok(next) = state.after(event) {
                    assert!(next.has_money(), "{state:?} --{event:?}--> {next:?}");
                }
            }
        }
    }

    #[test]
    fn money_that_the_bank_sent_back_is_to_go_once_more_however_much_had_gone() {
        let had: Vec<OrderState> = OrderEvent::RefundBounced.sources().collect();
        assert_eq!(had, [OrderState::Paid, OrderState::Completed, OrderState::Refunding, OrderState::Refunded]);
        for state in had {
            assert_eq!(state.after(OrderEvent::RefundBounced), Ok(OrderState::Refunding));
        }
    }

    #[test]
    fn an_order_is_never_voided_while_a_payment_may_still_succeed() {
        assert!(OrderState::Paying.after(OrderEvent::Voided).is_err());
        assert_eq!(OrderEvent::Voided.sources().collect::<Vec<_>>(), [OrderState::PendingPayment]);
    }

    #[test]
    fn stored_texts_are_read_back() {
        for state in OrderState::ALL {
            assert_eq!(state.as_str().parse::<OrderState>().unwrap(), state);
        }
    }
}
