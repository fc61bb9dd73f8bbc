//! What is owed: one fee per report, in one of two receipt classes (S0-25), for one payee.
//!
//! A fee is `payable` → `locked` (in a live order) → `paid`; voiding the order makes it payable again (S0-33). It is in
//! at most one live order: locking is one conditional update, and whoever comes second finds it gone.

mod answer;
mod entity;
mod model;
mod routes;
mod store;

pub use answer::FeeAnswer;
pub use model::{Fee, FeeId, Payee, PayeeId, ReceiptClass};
pub use routes::router;
pub use store::*;
