//! Money in and back.
//!
//! One order, many attempts, at most one effective (B-14). An attempt is committed before WeChat hears of it; a new one
//! is opened only when the old one is closed at the channel. Whoever learns first that money came (notice, query, a
//! refused close) runs the same [`settle`] in one transaction; whoever comes later changes nothing. Notices that arrive
//! together are booked together ([`Bookings`]), by the same rules. Money that has no order to pay for goes back by itself
//! (B-15); money that does not fit our books waits for a person, and so does its order. What the channel could not tell is
//! asked again until it can (B-16).

mod attempt_list;
mod bookings;
mod books;
mod close;
mod counts;
mod dispute_desk;
mod disputes;
mod entity;
mod event_desk;
mod events;
mod figures;
mod inbox;
mod line_return_bounce;
mod line_return_change;
mod line_returns;
mod model;
mod old_notices;
mod refund_desk;
mod refund_facts;
mod refund_list;
mod refund_payee;
mod refund_proposal;
mod refund_review;
mod refunds;
mod routes;
mod settle;
mod settle_together;
mod settled_refund;
mod standing;
mod start;
mod store;
mod switch;
mod watch;

use std::sync::Arc;

use foundation::jobs::Handlers;

use crate::app::App;
use crate::orders;

pub use attempt_list::{AttemptAnswer, attempts_for_staff, orders_with_number};
pub use bookings::Bookings;
pub use books::{
    AskedByNumber, BookedPayment, BookedRefund, ask_by_number, payments_between, payments_by_numbers, refunds_between,
    refunds_by_numbers,
};
pub use close::{JOB_REASON_EXPIRED, give_up};
pub use dispute_desk::DisputeDesk;
pub use disputes::{Dispute, DisputeEnd, TOLD_TO_PAYERS, disputes, is_disputed};
pub use event_desk::EventDesk;
pub use figures::figures;
pub use inbox::notify_router;
pub use line_return_bounce::{reopen_paid, times_bounced};
pub use line_return_change::{
    LineReturnChangeKind, LineReturnChangeRow, LineReturnWish, RefundRow, ask_line_return_change, call_off_line_return,
    change_line_return_payee, decline_line_return_change, find_line_return_change, waiting_line_return_change,
    withdraw_line_return_change,
};
pub use line_returns::{NewLineReturn, approve_line_return, decline_line_return, propose_line_return};
pub use model::{AttemptId, AttemptState, Channel};
pub use refund_desk::{PayoutDesk, staff_router};
pub use refund_facts::{RefundFacts, refund_of_order, under_way_of_orders};
pub use refund_list::{
    RefundAnswer, RefundChannel, RefundSearch, ReturnedMoney, goes_by_bank, line_return_states, line_returns,
    refund_answer, refund_page, refunds_of_order, returned_in_scope, was_paid_at_window, was_paid_by_bank,
};
pub use refund_payee::{PayeeSource, RefundPayee, set_payee};
pub use refund_proposal::{
    Payout, confirm, find_refund, going_back, refuse_while_money_goes_back, sum_decided, sums_decided,
};
pub use refund_review::{LINE_RETURN_KIND, RefundReview, RefundSubject};
pub use refunds::RefundState;
pub use routes::{Payment, router, start_payment_by};
pub use settle::{Settled, settle};
pub use standing::{PaymentState, Standing, standing};
pub use start::PayingPerson;
pub use store::{guest_who_paid, paid_transaction};
pub use switch::{close_for_other_money, switch_method};

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(watch::JOB_WATCH, Arc::new(watch::WatchAttempt(app.clone())));
    handlers.add(orders::JOB_EXPIRE, Arc::new(watch::ExpireUnpaid(app.clone())));
    handlers.add(refunds::JOB_REFUND, Arc::new(refunds::PushRefund(app.clone())));
    handlers.add(disputes::JOB_EXAMINE, Arc::new(disputes::Examine(app.clone())));
    handlers.add(inbox::JOB_APPLY, Arc::new(inbox::ApplyEvent(app.clone())));
}
