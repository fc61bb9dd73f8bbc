//! One door for files: payment orders, reports (one, or an order's as ZIP), receipts.
//!
//! A link is made for one session, one unit and one object, and lives minutes (`links.ttl_minutes`); what it may show is
//! checked when it is made and again when it is used, by the same function. The link itself is signed, so that a
//! mini-program or a PDF viewer can fetch it without cookies, and nobody can guess or prolong one.

mod answer;
mod found;
mod link;
mod names;
mod routes;
mod zip;

pub use found::pdf_name;
pub use names::content_disposition;
pub use routes::{files_router, router};
