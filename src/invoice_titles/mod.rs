//! What receipt, made out to whom (S0-26): the kinds a receipt class offers, and 开票抬头. Titles belong to the unit; what
//! an applicant saved, only he sees. The one used last is the default; a unit that never saved one starts with its own
//! name and number.

mod check;
mod entity;
mod kind;
mod model;
mod routes;
mod store;

pub use check::{check, demand_fit, wrong_title};
pub use kind::InvoiceKind;
pub use model::{InvoiceTitle, NewInvoiceTitle, ProposedTitle, TitleFacts, TitleId, TitleKind};
pub use routes::router;
pub use store::{proposal, remember, resolve};
