//! 红冲: taking an issued receipt back, with a red letter, and issuing another one in its place if one is wanted. A receipt
//! that goes back to WeChat or the fiscal system stays `reversing` until they say that it is done.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::entity::invoices::{Column as InvoiceColumn, Entity as Invoices};
use super::entity::red_letters::{ActiveModel, Column, Entity, Model};
use super::issuer::{Application, Reversal};
use super::jobs::{Issuers, enqueue_issue, later};
use super::model::{Invoice, InvoiceId, InvoiceState};
use super::store;
use crate::app::{App, SharedApp};
use crate::invoice_titles::TitleFacts;
use crate::orders::{self, Actor, TimelineKind};

/// Takes one receipt back.
pub(super) const JOB_REVERSE: &str = "invoices.reverse";

/// As stored: the issuer refused it.
pub(super) const FAILED: &str = "failed";
/// As stored: the issuer refused it, and a clerk lets the receipt stand.
pub(super) const STANDS: &str = "stands";

/// What is issued in the place of a receipt that is taken back.
#[derive(Debug, Clone)]
pub(super) struct Reissue {
    pub title: TitleFacts,
    pub amount: Fen,
}

/// Payload of [`JOB_REVERSE`].
#[derive(Debug, Serialize, Deserialize)]
struct ReverseJob {
    invoice_id: InvoiceId,
    round: i64,
}

/// 409 while the receipt of a paid order is being made, is taken back, or waits to be asked for: what it will be made out
/// over is settled by then, so no money goes back in between. The order's row must be held.
pub async fn refuse_while_made<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<(), Problem> {
    match store::of_order(connection, order_id).await?.map(|invoice| invoice.state) {
        None | Some(InvoiceState::None | InvoiceState::Requested | InvoiceState::Reversing) => Err(being_made()),
        Some(InvoiceState::Issued | InvoiceState::Failed | InvoiceState::Reversed) => Ok(()),
    }
}

/// Money of an order goes back: its receipt is taken back, and one over what is `left` is issued in its place. Runs in the
/// transaction of the decision. 409 while the issuer is at work on the receipt, and before it was asked for one.
pub async fn reduce<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    order_id: &str,
    left: Fen,
    reason: &str,
    staff_id: &str,
) -> Result<(), Problem> {
    // Every paid order gets a receipt: where there is none yet, the job that asks for it has not run.
    let invoice = store::of_order(connection, order_id).await?.ok_or_else(being_made)?;
    match invoice.state {
        InvoiceState::Reversed => Ok(()),
        InvoiceState::None | InvoiceState::Requested | InvoiceState::Reversing => Err(being_made()),
        InvoiceState::Failed => {
            let state = if left == Fen::ZERO { InvoiceState::Reversed } else { InvoiceState::Failed };
            let reduced = Invoices::update_many()
                .col_expr(InvoiceColumn::AmountFen, Expr::value(left.0))
                .col_expr(InvoiceColumn::State, Expr::value(state.as_str()))
                .col_expr(InvoiceColumn::UpdatedAt, Expr::value(app.now_ms()))
                .filter(InvoiceColumn::Id.eq(invoice.id.as_str()))
                .filter(InvoiceColumn::State.eq(InvoiceState::Failed.as_str()))
                .exec(connection)
                .await?;
            // Somebody has just asked for it again.
            if reduced.rows_affected == 0 { Err(being_made()) } else { Ok(()) }
        }
        InvoiceState::Issued => {
            let reissue = (left > Fen::ZERO).then(|| Reissue { title: invoice.title.clone(), amount: left });
            request(app, connection, &invoice, reason, staff_id, reissue).await
        }
    }
}

/// Issued → reversing. 409 if it is not issued (any more).
pub(super) async fn request<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    invoice: &Invoice,
    reason: &str,
    staff_id: &str,
    reissue: Option<Reissue>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let moved = of_round(invoice, InvoiceState::Issued)
        .col_expr(InvoiceColumn::State, Expr::value(InvoiceState::Reversing.as_str()))
        .col_expr(InvoiceColumn::Failure, Expr::value(None::<String>))
        .col_expr(InvoiceColumn::UpdatedAt, Expr::value(now))
        .exec(connection)
        .await?;
    if moved.rows_affected == 0 {
        return Err(being_made());
    }
    let row = ActiveModel {
        id: Set(new_id_text("red")),
        invoice_id: Set(invoice.id.to_string()),
        order_id: Set(invoice.order_id.clone()),
        issue_round: Set(invoice.issue_round),
        amount_fen: Set(invoice.amount.0),
        title: Set(invoice.title.to_stored()),
        invoice_code: Set(invoice.invoice_code.clone()),
        invoice_number: Set(invoice.invoice_number.clone().unwrap_or_default()),
        issued_at: Set(invoice.issued_at),
        file_key: Set(invoice.file_key.clone()),
        reason: Set(reason.to_owned()),
        state: Set("requested".to_owned()),
        red_number: Set(None),
        failure: Set(None),
        requested_by: Set(staff_id.to_owned()),
        reissue_title: Set(reissue.as_ref().map(|reissue| reissue.title.to_stored())),
        reissue_amount_fen: Set(reissue.as_ref().map(|reissue| reissue.amount.0)),
        requested_at: Set(now),
        done_at: Set(None),
        updated_at: Set(now),
        stands_reason: Set(None),
        stands_by: Set(None),
        stands_at: Set(None),
    };
    // A second try after the issuer had refused takes the place of the first.
    let again = OnConflict::columns([Column::InvoiceId, Column::IssueRound])
        .update_columns([
            Column::Reason,
            Column::State,
            Column::Failure,
            Column::RequestedBy,
            Column::ReissueTitle,
            Column::ReissueAmountFen,
            Column::RequestedAt,
            Column::UpdatedAt,
            Column::StandsReason,
            Column::StandsBy,
            Column::StandsAt,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(connection).await?;
    let by = Actor::Officer(staff_id.to_owned());
    let detail = Some(reason.to_owned());
    orders::record(connection, &invoice.order_id, TimelineKind::InvoiceReversing, &by, detail, now).await?;
    enqueue_reversal(connection, invoice, now).await?;
    Ok(())
}

/// Asks once more for the red letter that the issuer refused, for the reason that is given back. Where another receipt was to
/// come in the place of this one, it comes over what is `left` now. 409 if none was refused; the order's row must be held.
pub(super) async fn request_again<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    invoice: &Invoice,
    left: Fen,
    staff_id: &str,
) -> Result<String, Problem> {
    let letter = of_invoice(connection, invoice).await?.filter(|letter| letter.state == FAILED);
    let letter = letter.ok_or_else(none_refused)?;
    let title = letter.reissue_title.as_ref().map(|title| TitleFacts::from_stored(title));
    let title = title.transpose().map_err(Problem::internal)?;
    let reissue = title.filter(|_| left > Fen::ZERO).map(|title| Reissue { title, amount: left });
    request(app, connection, invoice, &letter.reason, staff_id, reissue).await?;
    Ok(letter.reason)
}

/// Has the taking back of this round looked after from `run_at` on.
pub(super) async fn enqueue_reversal<C: ConnectionTrait>(
    connection: &C,
    invoice: &Invoice,
    run_at: i64,
) -> Result<(), DbErr> {
    let job = ReverseJob { invoice_id: invoice.id.clone(), round: invoice.issue_round };
    enqueue(connection, NewJob::new(JOB_REVERSE, &job, run_at)).await
}

pub(super) fn of_round(invoice: &Invoice, state: InvoiceState) -> sea_orm::UpdateMany<Invoices> {
    Invoices::update_many()
        .filter(InvoiceColumn::Id.eq(invoice.id.as_str()))
        .filter(InvoiceColumn::State.eq(state.as_str()))
        .filter(InvoiceColumn::IssueRound.eq(invoice.issue_round))
}

/// Handler of [`JOB_REVERSE`].
pub(super) struct ReverseReceipt {
    pub(super) app: SharedApp,
    pub(super) issuers: Arc<Issuers>,
}

#[async_trait]
impl Handler for ReverseReceipt {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ReverseJob = serde_json::from_str(payload)?;
        let app = &self.app;
        let reader = app.database.reader();
        let Some(invoice) = store::find(reader, &job.invoice_id).await? else { return Ok(Outcome::Done) };
        if invoice.state != InvoiceState::Reversing || invoice.issue_round != job.round {
            return Ok(Outcome::Done);
        }
        let letter = of_invoice(reader, &invoice).await?;
        let letter = letter.ok_or_else(|| anyhow::anyhow!("receipt {} has no red letter", invoice.id))?;
        let order = orders::facts(reader, &invoice.order_id).await?;
        let order = order.ok_or_else(|| anyhow::anyhow!("receipt {} without an order", invoice.id))?;
        let application =
            Application { invoice: invoice.clone(), order_no: order.order_no, report_count: order.fee_count };
        let told = match self.issuers.issuer(invoice.receipt_class) {
            Ok(issuer) => issuer.reverse(&application, &letter.reason).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(Reversal::Pending) => {}
            Ok(Reversal::Done(number)) => {
                book_reversed(app, &invoice, &letter, &number).await?;
                return Ok(Outcome::Done);
            }
            Ok(Reversal::Failed(reason)) => {
                book_refused(app, &invoice, &letter, &reason).await?;
                return Ok(Outcome::Done);
            }
            Err(error) => {
                tracing::warn!(invoice = %invoice.id, error = %format!("{error:#}"), "the issuer could not be asked");
            }
        }
        Ok(Outcome::AgainAt(later(letter.requested_at, app.now_ms())))
    }
}

async fn of_invoice<C: ConnectionTrait>(connection: &C, invoice: &Invoice) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::InvoiceId.eq(invoice.id.as_str()))
        .filter(Column::IssueRound.eq(invoice.issue_round))
        .one(connection)
        .await
}

async fn book_reversed(app: &App, invoice: &Invoice, letter: &Model, number: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let reissue = letter.reissue_title.as_ref().zip(letter.reissue_amount_fen);
    let update = of_round(invoice, InvoiceState::Reversing).col_expr(InvoiceColumn::UpdatedAt, Expr::value(now));
    let update = match reissue {
        None => update.col_expr(InvoiceColumn::State, Expr::value(InvoiceState::Reversed.as_str())),
        Some((title, amount_fen)) => update
            .col_expr(InvoiceColumn::State, Expr::value(InvoiceState::Requested.as_str()))
            .col_expr(InvoiceColumn::IssueRound, Expr::value(invoice.issue_round + 1))
            .col_expr(InvoiceColumn::Title, Expr::value(title.clone()))
            .col_expr(InvoiceColumn::AmountFen, Expr::value(amount_fen))
            // WeChat takes one application per payment; the next one goes under our own number.
            .col_expr(InvoiceColumn::ApplyId, Expr::value(None::<String>))
            .col_expr(InvoiceColumn::InvoiceCode, Expr::value(None::<String>))
            .col_expr(InvoiceColumn::InvoiceNumber, Expr::value(None::<String>))
            .col_expr(InvoiceColumn::CheckCode, Expr::value(None::<String>))
            .col_expr(InvoiceColumn::FileKey, Expr::value(None::<String>))
            .col_expr(InvoiceColumn::OfdKey, Expr::value(None::<String>))
            .col_expr(InvoiceColumn::IssuedAt, Expr::value(None::<i64>))
            .col_expr(InvoiceColumn::RequestedAt, Expr::value(now)),
    };
    if update.exec(&*transaction).await?.rows_affected == 1 {
        Entity::update_many()
            .col_expr(Column::State, Expr::value("done"))
            .col_expr(Column::RedNumber, Expr::value(number))
            .col_expr(Column::DoneAt, Expr::value(now))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(&letter.id))
            .exec(&*transaction)
            .await?;
        let detail = Some(format!("{} 红字 {number}", letter.invoice_number));
        let kind = TimelineKind::InvoiceReversed;
        orders::record(&*transaction, &invoice.order_id, kind, &Actor::System, detail, now).await?;
        if reissue.is_some() {
            let again = store::find(&*transaction, &invoice.id).await?;
            let again = again.ok_or_else(|| Problem::internal("the receipt vanished"))?;
            enqueue_issue(&*transaction, &again, now).await?;
        }
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// Back to issued, with the reason beside it: it waits at the desk of failed papers.
async fn book_refused(app: &App, invoice: &Invoice, letter: &Model, reason: &str) -> Result<(), Problem> {
    let reason: String = reason.chars().filter(|character| !character.is_control()).take(200).collect();
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let stands = of_round(invoice, InvoiceState::Reversing)
        .col_expr(InvoiceColumn::State, Expr::value(InvoiceState::Issued.as_str()))
        .col_expr(InvoiceColumn::Failure, Expr::value(format!("红冲失败：{reason}")))
        .col_expr(InvoiceColumn::UpdatedAt, Expr::value(now))
        .exec(&*transaction)
        .await?;
    // Whoever was faster wrote how it ended.
    if stands.rows_affected == 1 {
        Entity::update_many()
            .col_expr(Column::State, Expr::value(FAILED))
            .col_expr(Column::Failure, Expr::value(reason))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(&letter.id))
            .exec(&*transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) fn none_refused() -> Problem {
    Problem::conflict("red_letter_not_failed", "这张票据没有失败的红冲，没有改变").advice("请刷新页面查看票据状态")
}

fn being_made() -> Problem {
    Problem::conflict("invoice_in_progress", "票据正在开具或红冲，暂时不能办理，没有改变")
        .money(Money::Taken)
        .advice("请稍等几分钟，票据办完后再试")
}
