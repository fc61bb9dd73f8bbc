//! Jobs of receipts: the request when an order is paid, and issuing until there is an end.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, enqueue};
use foundation::money::Fen;
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use super::fapiao::WechatFapiao;
use super::fiscal::{self, FiscalSystem};
use super::issuer::Issuer;
use super::mail_job::MailReceipt;
use super::mails::JOB_MAIL;
use super::model::{Invoice, InvoiceId, InvoiceState};
use super::red_letters::{JOB_REVERSE, ReverseReceipt};
use super::steps::{Step, advance};
use super::store;
use crate::app::{App, SharedApp};
use crate::fees::ReceiptClass;
use crate::happenings::Happening;
use crate::orders::{self, Actor, OrderFacts, TimelineKind};
use crate::payments;

/// Requests the receipt of an order that was paid.
pub const JOB_REQUEST: &str = "invoices.request";
/// Issues one round of a receipt.
const JOB_ISSUE: &str = "invoices.issue";

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_REQUEST, Arc::new(RequestReceipt(app.clone())));
    let issuers = Arc::new(Issuers::new(app.clone()));
    handlers.add(JOB_ISSUE, Arc::new(IssueReceipt { app: app.clone(), issuers: issuers.clone() }));
    handlers.add(JOB_MAIL, Arc::new(MailReceipt(app.clone())));
    handlers.add(JOB_REVERSE, Arc::new(ReverseReceipt { app: app.clone(), issuers }));
}

struct RequestReceipt(SharedApp);

#[async_trait]
impl Handler for RequestReceipt {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let app = &self.0;
        let Happening::OrderPaid { order_id } = serde_json::from_str(payload)? else {
            anyhow::bail!("only a paid order gets a receipt");
        };
        let order = orders::facts(app.database.reader(), &order_id).await?;
        let order = order.ok_or_else(|| anyhow::anyhow!("no order {order_id}"))?;
        let apply_id = match order.receipt_class {
            ReceiptClass::Vat => payments::paid_transaction(app.database.reader(), &order_id).await?,
            ReceiptClass::Nontax => None,
        };
        let now = app.now_ms();
        let transaction = app.database.begin_write().await?;
        // Its row is held: money that was taken for it by mistake may just be taken back.
        let row = orders::lock_row(&*transaction, &order_id, now).await?;
        let owed = row.is_some_and(|row| row.state().is_ok_and(|state| state.has_money()));
        // What was decided to go back, also before it is there: it may have been decided before this was asked for, where a
        // receipt of an earlier payment had been taken back.
        let order = OrderFacts { refunded: Fen(payments::sum_decided(&*transaction, &order_id).await?), ..order };
        if !owed || order.refunded >= order.amount {
            return Ok(Outcome::Done);
        }
        if store::request(&*transaction, &order, apply_id, now).await? {
            orders::record(&*transaction, &order_id, TimelineKind::InvoiceRequested, &Actor::System, None, now).await?;
            let invoice = store::of_order(&*transaction, &order_id).await?;
            let invoice = invoice.ok_or_else(|| anyhow::anyhow!("the receipt just written is gone"))?;
            enqueue_issue(&*transaction, &invoice, now).await?;
        }
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}

/// Payload of [`JOB_ISSUE`].
#[derive(Debug, Serialize, Deserialize)]
struct IssueJob {
    invoice_id: InvoiceId,
    round: i64,
}

/// Has the current round of a receipt looked after from `run_at` on.
pub(super) async fn enqueue_issue<C: ConnectionTrait>(
    connection: &C,
    invoice: &Invoice,
    run_at: i64,
) -> Result<(), DbErr> {
    let job = IssueJob { invoice_id: invoice.id.clone(), round: invoice.issue_round };
    enqueue(connection, NewJob::new(JOB_ISSUE, &job, run_at)).await
}

struct IssueReceipt {
    app: SharedApp,
    issuers: Arc<Issuers>,
}

/// Who issues which class of receipts.
pub(super) struct Issuers {
    fapiao: WechatFapiao,
    fiscal: anyhow::Result<Box<dyn FiscalSystem>>,
}

impl Issuers {
    fn new(app: SharedApp) -> Self {
        let fiscal = fiscal::system(&app.config.fiscal, app.clock.clone());
        Self { fapiao: WechatFapiao::new(app), fiscal }
    }

    pub(super) fn issuer(&self, class: ReceiptClass) -> anyhow::Result<&dyn Issuer> {
        match class {
            ReceiptClass::Vat => Ok(&self.fapiao),
            ReceiptClass::Nontax => match &self.fiscal {
                Ok(system) => Ok(system.as_ref()),
                Err(error) => anyhow::bail!("{error:#}"),
            },
        }
    }
}

#[async_trait]
impl Handler for IssueReceipt {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: IssueJob = serde_json::from_str(payload)?;
        let app = &self.app;
        let Some(invoice) = store::find(app.database.reader(), &job.invoice_id).await? else {
            return Ok(Outcome::Done);
        };
        if invoice.state != InvoiceState::Requested || invoice.issue_round != job.round {
            return Ok(Outcome::Done);
        }
        let step = match self.issuers.issuer(invoice.receipt_class) {
            Ok(issuer) => advance(app, issuer, &invoice).await,
            Err(error) => Err(error),
        };
        match step {
            Ok(Step::Ended) => Ok(Outcome::Done),
            Ok(Step::Waiting) => Ok(Outcome::AgainAt(next_look(&invoice, app.now_ms()))),
            // An outage of the issuer may last for days: a receipt that was paid for is never given up.
            Err(error) => {
                metrics::counter!("tejian_receipts_total", "outcome" => "unreachable").increment(1);
                tracing::warn!(invoice = %invoice.id, error = %format!("{error:#}"), "the issuer could not be asked");
                Ok(Outcome::AgainAt(next_look(&invoice, app.now_ms())))
            }
        }
    }
}

/// Often at first, then ever more seldom: the pause is about a tenth of the waiting so far, 3 seconds to an hour.
fn next_look(invoice: &Invoice, now_ms: i64) -> i64 {
    later(invoice.requested_at, now_ms)
}

/// See [`next_look`].
pub(super) fn later(begun_at: i64, now_ms: i64) -> i64 {
    let waited_ms = now_ms - begun_at;
    now_ms + (waited_ms / 10).clamp(3_000, 3_600_000)
}
