//! Receipts (S0-26, S0-47): VAT invoices through WeChat Pay's e-invoice API, fiscal e-receipts for non-tax fees through
//! the fiscal system.
//!
//! One receipt per order, asked for when it is paid. `requested` → `issued` with the PDF stored, or → `failed` with a
//! reason that the payer can mend; a retry is a new round with a new number at the issuer, so that a late answer to an
//! old round changes nothing. Whoever learns first (notice or query) books it; a repeat changes nothing. A receipt that
//! the issuer does not take back stands, with the reason, and waits at the desk of failed papers until it is taken back or a
//! clerk lets it stand; what is made out in the place of a receipt is over what is left of the money then. An issued
//! receipt goes to any e-mail address the payer names, again for a day when the mail server is in trouble.

mod desk;
mod entity;
mod failed_desk;
mod fapiao;
mod fiscal;
mod issuer;
mod jobs;
mod let_stand;
mod list;
mod mail_job;
mod mails;
mod model;
mod notice;
mod red_letters;
mod retry;
mod routes;
mod staff_list;
mod steps;
mod store;
mod views;

pub use desk::staff_router;
pub use failed_desk::FailedDesk;
pub use jobs::{JOB_REQUEST, add_job_handlers};
pub use list::{Receipt, ReceiptCan, issued_in_year, numbers_of};
pub use mails::{MailState, ReceiptMail, mail};
pub use model::{Invoice, InvoiceId, InvoiceState, InvoiceView};
pub use notice::on_fapiao_notice;
pub use red_letters::{reduce, refuse_while_made};
pub use retry::retry;
pub use routes::router;
pub use staff_list::{InvoiceSearch, RedLetter, RedLetterState, StaffInvoice, invoice_page, invoices_of_order};
pub use store::{find, let_go, may_let_go, of_order};
pub use views::views_of_orders;
