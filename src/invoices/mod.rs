//! Receipts: VAT invoices through WeChat Pay's e-invoice API, fiscal e-receipts for non-tax fees through the fiscal
//! system; and the titles they are made out to.

use std::sync::Arc;

use foundation::jobs::Handlers;

use crate::app::App;

/// Requests the receipt of an order that was paid.
pub const JOB_REQUEST: &str = "invoices.request";

/// Registers this capability's jobs.
pub fn add_job_handlers(_app: &Arc<App>, _handlers: &mut Handlers) {}
