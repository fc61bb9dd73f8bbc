//! 开票抬头: to whom a receipt is made out (S0-26). Titles belong to the unit; what an applicant saved, only he sees.
//! The one used last is the default.

mod check;
mod model;
mod routes;
mod store;

pub use check::{check, demand_fit};
pub use model::{InvoiceTitle, NewInvoiceTitle, TitleFacts, TitleId, TitleKind};
pub use routes::router;
pub use store::{default_title, remember, resolve};
