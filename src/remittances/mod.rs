//! 已汇款 (S0-24, S0-36…44): the payer has transferred already and tells of it; a person compares slip and bank account.
//!
//! An order has at most one remittance. A draft is saved as typed. Submitting it opens a review that is due in three working
//! days; meanwhile the order neither expires nor is voided. Approved: the order is paid. Rejected: the order is void with
//! the opinion, its fees are payable again, and the next order of the same fees begins with everything kept. Until it is
//! decided the payer may take it back and correct it. A slip handed over at a window is entered by staff. A review that is
//! late says so, and whom to call.

mod draft;
mod entity;
mod late;
mod model;
mod store;
mod submit;
mod verdict;
mod view;
mod window;
mod window_routes;
mod withdraw;

pub use draft::{RemittanceDraft, save};
pub use late::add_job_handlers;
pub use model::{RemittanceId, RemittanceState};
pub use store::{
    RemittanceRow, find, of_order, of_references, of_serial, open, proofs_of, same_serial, submitted_of_amount,
    told_of_order, uses_upload,
};
pub use submit::{REVIEW_KIND, submit};
pub use verdict::{approve, reject};
pub use view::{Remittance, answer};
pub use window_routes::staff_router;
pub use withdraw::withdraw;
