//! The decision to pay: reports chosen together become one order per receipt class and payee (B-07), which is then paid,
//! voided by the payer, or voided when its time is over.
//!
//! A fee is in at most one live order; Σ lines = amount; an order is voided only when no payment attempt can still
//! succeed. Submitting is idempotent by a key that the confirm page makes once (B-11).

mod checkout;
mod entity;
mod facts;
mod list;
mod model;
mod numbers;
mod paid_together;
mod preview;
mod routes;
mod store;
mod timeline;

pub use checkout::{ExpireOrder, JOB_EXPIRE};
pub use facts::{OrderCounts, OrderFacts, counts, facts};
pub use list::{OrderSearch, OrderTab, line_page, order_page, years};
pub use model::{Delivery, OrderEvent, OrderId, OrderState, PaymentMethod, states_table};
pub use paid_together::{PaidOrder, lock_rows, mark_all_paid};
pub use routes::router;
pub use store::{
    LineFacts, OrderRow, complete, find_for, find_row, lines_of, lock_row, mark_paid, mark_revived,
    note_attempt_opened, note_attempts_closed, void,
};
pub use timeline::{Actor, Step, TimelineKind, record, steps};
