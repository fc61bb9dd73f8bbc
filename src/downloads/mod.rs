//! One door for files: payment orders, reports (one, or an order's as ZIP), receipts (one, or a year's as ZIP), and the
//! yearly statement. What lies in the store, and a ZIP, can be resumed where a download broke off.
//!
//! A link is made for one session, one unit and one object, and lives minutes (`links.ttl_minutes`); what it may show is
//! checked when it is made and again when it is used, by the same function. The link itself is signed, so that a
//! mini-program or a PDF viewer can fetch it without cookies, and nobody can guess or prolong one. Officers have links of
//! their own (`staff`), which die with their session and their permission.

mod answer;
mod archive;
#[cfg(any(test, fuzzing))]
pub mod door;
mod found;
mod link;
mod names;
mod paper;
mod range;
mod routes;
mod staff;
mod year;

pub use archive::{add_job_handlers, is_packed};
pub use found::pdf_name;
pub use names::content_disposition;
pub use routes::{files_router, router};
pub use staff::staff_router;
