//! What is owed: one fee per report, in one of two receipt classes (S0-25), for one payee.
//!
//! A fee is `payable` → `locked` (in a live order) → `paid`; voiding the order makes it payable again (S0-33). It is in
//! at most one live order: locking is one conditional update, and whoever comes second finds it gone. What is settled
//! elsewhere, or costs nothing, arrives `paid`; what the institute takes back is `cancelled`.

mod answer;
pub mod device_intake;
mod entity;
pub mod intake;
mod model;
mod routes;
mod store;

pub use answer::FeeAnswer;
pub use model::{Fee, FeeId, Payee, PayeeId, ReceiptClass};
pub use routes::router;
pub use store::*;
