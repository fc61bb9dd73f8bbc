//! Money taken at a service window: cash, or a card on the terminal (S0-39, S0-50). It counts like a transfer that came: in
//! parts or whole, with the member of staff who took it, and once for each form: sent again under its key, it is answered with
//! what was taken. What was taken by mistake is undone by two people.

mod entity;
mod figures;
mod receive;
mod routes;
mod undo;
mod undo_review;

pub use figures::{TakenOnDay, taken_by_day, taken_of_order};
pub use receive::{CounterKind, CounterPaymentId};
pub use routes::{CounterPayment, answers_of, router};
pub use undo_review::{CounterUndoReview, CounterUndoSubject};
