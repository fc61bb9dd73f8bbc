//! The decision to pay: reports chosen together become one order per receipt class and payee (B-07), which is then paid,
//! voided by the payer, or voided when its time is over.
//!
//! An order has one way to pay (S0-21): through WeChat, by transfer with a payment code (non-tax), or by a remittance that
//! a person reviews (VAT). The two latter may bring the money in parts; `received_fen` is what came.
//!
//! A fee is in at most one live order; Σ lines = amount; an order is voided only when no payment attempt can still
//! succeed. Submitting is idempotent by a key that the confirm page makes once (B-11).

mod checkout;
mod elsewhere;
mod entity;
mod facts;
mod list;
mod model;
mod paid_together;
mod preview;
mod refunding;
mod routes;
mod staff_list;
mod store;
mod timeline;

pub use checkout::{ExpireOrder, JOB_EXPIRE, expires_at};
pub use elsewhere::{Received, extend, is_word_of_mouth, receive, set_under_review, switch_method, take_back};
pub use facts::{
    OrderCounts, OrderFacts, OrderName, any_of_account, counts, facts, is_seen, made_by, names_of, names_of_many,
};
pub use list::{
    OrderSearch, OrderTab, ids_in_scope, ids_of_numbers, line_page, order_page, orders_of_fee, paid_in_scope,
    said_paid_of_amount, waiting_of_amount, waiting_of_name, years,
};
pub use model::{Delivery, OrderEvent, OrderId, OrderState, PaidBy, PaymentMethod, method_text, states_table};
pub use paid_together::{PaidOrder, lock_rows, mark_all_paid};
pub use preview::{Preview, Selection, method_objection, method_unavailable, preview};
pub use refunding::{Refunded, note_bounced, note_refunded, start_refund};
pub use routes::router;
pub use staff_list::{StaffOrderSearch, order_ids_matching, paid_days, payments_by_day, staff_page};
pub use store::{
    LineFacts, OrderRow, Payment, add_search_word, complete, find_by_number, find_for, find_row, lines_of, lock_row,
    mark_paid, mark_revived, note_attempt_opened, note_attempts_closed, paid_between, paid_with_id, rows_by_id, void,
    void_part_paid,
};
pub use timeline::{Actor, Step, TimelineKind, record, steps, times_reopened};
