//! Receipts (S0-26, S0-47): VAT invoices through WeChat Pay's e-invoice API, fiscal e-receipts for non-tax fees through
//! the fiscal system.
//!
//! One receipt per order, asked for when it is paid. `requested` → `issued` with the PDF stored, or → `failed` with a
//! reason that the payer can mend; a retry is a new round with a new number at the issuer, so that a late answer to an
//! old round changes nothing. Whoever learns first (notice or query) books it; a repeat changes nothing.

mod desk;
mod entity;
mod fapiao;
mod fiscal;
mod issuer;
mod jobs;
mod model;
mod notice;
mod red_letters;
mod retry;
mod staff_list;
mod steps;
mod store;
mod views;

pub use desk::{FailedDesk, staff_router};
pub use jobs::{JOB_REQUEST, add_job_handlers};
pub use model::{Invoice, InvoiceId, InvoiceState, InvoiceView};
pub use notice::on_fapiao_notice;
pub use red_letters::reduce;
pub use retry::retry;
pub use staff_list::{InvoiceSearch, StaffInvoice, invoice_page, invoices_of_order};
pub use store::{forget_failed, of_order};
pub use views::views_of_orders;
