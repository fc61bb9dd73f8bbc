//! Paid → completed (S0-42, S0-45): an order is complete when its receipt is issued and all its reports can be
//! downloaded. Checked whenever one of the two is told.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, Outcome};
use foundation::problem::Problem;

use crate::app::{App, SharedApp};
use crate::happenings::Happening;
use crate::invoices::{self, InvoiceState};
use crate::{orders, reports};

/// Checks whether an order has become complete.
pub const JOB_CHECK: &str = "fulfilment.check";

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_CHECK, Arc::new(Check(app.clone())));
}

struct Check(SharedApp);

#[async_trait]
impl Handler for Check {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let order_id = match serde_json::from_str(payload)? {
            Happening::InvoiceIssued { order_id }
            | Happening::ReportsReady { order_id }
            | Happening::OrderRefunded { order_id, .. } => order_id,
            other => anyhow::bail!("{other:?} completes no order"),
        };
        check(&self.0, &order_id).await?;
        Ok(Outcome::Done)
    }
}

/// Completes the order if nothing is missing any more; returns whether it did.
pub async fn check(app: &App, order_id: &str) -> Result<bool, Problem> {
    let connection = app.database.reader();
    let receipt = invoices::of_order(connection, order_id).await?;
    let files = reports::order_files(connection, order_id).await?;
    let receipt_issued = receipt.is_some_and(|receipt| receipt.state == InvoiceState::Issued);
    if !receipt_issued || files.total == 0 || files.ready < files.total {
        return Ok(false);
    }
    let transaction = app.database.begin_write().await?;
    let completed = orders::complete(&*transaction, order_id, app.now_ms()).await?;
    transaction.commit().await?;
    Ok(completed)
}
