//! Money taken at a service window: cash, or a card on the terminal (S0-39, S0-50). It counts like a transfer that came: in
//! parts or whole, with the member of staff who took it.

mod entity;
mod figures;
mod receive;
mod routes;

pub use figures::{TakenOnDay, taken_by_day};
pub use receive::{CounterKind, CounterPaymentId};
pub use routes::{CounterPayment, answers_of, router};
