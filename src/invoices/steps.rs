//! One step of issuing: look, apply if needed, book the end.

use foundation::problem::Problem;

use super::issuer::{Application, Issued, Issuer, Progress};
use super::model::Invoice;
use super::store::{self, ReceiptFiles};
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
            let files = fetch_files(app, issuer, &application, &issued).await?;
            book_issued(app, invoice, &issued, &files).await?;
            Ok(Step::Ended)
        }
    }
}

async fn fetch_files(
    app: &App,
    issuer: &dyn Issuer,
    application: &Application,
    issued: &Issued,
) -> anyhow::Result<ReceiptFiles> {
    let invoice = &application.invoice;
    // Every round has files of its own: what was taken back can still be read.
    let base = match invoice.issue_round {
        1 => format!("invoices/{}", invoice.id),
        round => format!("invoices/{}-{round}", invoice.id),
    };
    let content = issuer.fetch(application, issued).await?;
    let pdf = app.files.put(&format!("{base}.pdf"), content).await?.key;
    // The second form is a comfort: trouble with it does not hold the receipt back.
    let ofd = match issuer.fetch_ofd(issued).await {
        Ok(Some(content)) => Some(app.files.put(&format!("{base}.ofd"), content).await?.key),
        Ok(None) => None,
        Err(error) => {
            tracing::warn!(invoice = %invoice.id, error = %format!("{error:#}"), "the OFD of a receipt could not be fetched");
            None
        }
    };
    Ok(ReceiptFiles { pdf, ofd })
}

async fn book_issued(app: &App, invoice: &Invoice, issued: &Issued, files: &ReceiptFiles) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    if store::mark_issued(&*transaction, invoice, issued, files, now).await? {
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
