//! Receipts: VAT invoices through WeChat Pay's e-invoice API, fiscal e-receipts for non-tax fees through the fiscal
//! system; and the titles they are made out to.

use std::sync::Arc;

use foundation::jobs::Handlers;

use crate::app::App;

mod entity;
mod model;
pub mod titles;
mod views;

pub use model::{Invoice, InvoiceId, InvoiceKind, InvoiceState, InvoiceView};
pub use views::views_of_orders;

/// Requests the receipt of an order that was paid.
pub const JOB_REQUEST: &str = "invoices.request";

/// Registers this capability's jobs.
pub fn add_job_handlers(_app: &Arc<App>, _handlers: &mut Handlers) {}

/// What WeChat Pay tells of an e-invoice, in the transaction of the inbox.
pub async fn on_fapiao_notice<C: sea_orm::ConnectionTrait>(
    _app: &App,
    _connection: &C,
    _notice: &wechat::pay::FapiaoNotice,
) -> Result<(), foundation::problem::Problem> {
    Ok(())
}
