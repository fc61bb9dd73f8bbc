//! One step of issuing: look, apply if needed, book the end.

use foundation::problem::Problem;

use super::issuer::{Application, Issued, Issuer, Progress};
use super::model::Invoice;
use super::store;
use crate::app::App;
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, TimelineKind};

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Issued or failed, and booked.
    Ended,
    /// The issuer is still at work.
    Waiting,
}

/// Brings one round forward. An error means that the issuer could not be asked: try again later.
pub(super) async fn advance(app: &App, issuer: &dyn Issuer, invoice: &Invoice) -> anyhow::Result<Step> {
    let order = orders::facts(app.database.reader(), &invoice.order_id).await?;
    let order = order.ok_or_else(|| anyhow::anyhow!("receipt {} without an order", invoice.id))?;
    let application = Application { invoice: invoice.clone(), order_no: order.order_no, report_count: order.fee_count };
    let mut progress = issuer.look(&application).await?;
    if progress == Progress::Unknown {
        progress = issuer.apply(&application).await?;
    }
    match progress {
        Progress::Unknown | Progress::Pending => Ok(Step::Waiting),
        Progress::Failed(reason) => {
            book_failure(app, invoice, &reason).await?;
            Ok(Step::Ended)
        }
        Progress::Issued(issued) => {
            let content = issuer.fetch(&application, &issued).await?;
            // Every round has a file of its own: what was taken back can still be read.
            let key = match invoice.issue_round {
                1 => format!("invoices/{}.pdf", invoice.id),
                round => format!("invoices/{}-{round}.pdf", invoice.id),
            };
            let file = app.files.put(&key, content).await?;
            book_issued(app, invoice, &issued, &file.key).await?;
            Ok(Step::Ended)
        }
    }
}

async fn book_issued(app: &App, invoice: &Invoice, issued: &Issued, file_key: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    if store::mark_issued(&*transaction, invoice, issued, file_key, now).await? {
        let detail = Some(format!("{} {}", invoice.kind.text(), issued.number));
        orders::record(&*transaction, &invoice.order_id, TimelineKind::InvoiceIssued, &Actor::System, detail, now)
            .await?;
        let happening = Happening::InvoiceIssued { order_id: invoice.order_id.clone() };
        publish(&*transaction, &happening, now).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

async fn book_failure(app: &App, invoice: &Invoice, reason: &str) -> Result<(), Problem> {
    // Foreign words: not longer than a person reads.
    let reason: String = reason.chars().filter(|character| !character.is_control()).take(200).collect();
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    if store::mark_failed(&*transaction, invoice, &reason, now).await? {
        let detail = Some(reason.clone());
        orders::record(&*transaction, &invoice.order_id, TimelineKind::InvoiceFailed, &Actor::System, detail, now)
            .await?;
        let happening = Happening::InvoiceFailed { order_id: invoice.order_id.clone(), reason };
        publish(&*transaction, &happening, now).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}
