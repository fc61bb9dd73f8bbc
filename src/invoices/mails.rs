//! Receipts by e-mail (S0-47): asked for by the payer, sent by a job that repeats for a day, shown with its state beside the
//! receipt. The row is the only truth: who taps twice sends once.

use std::collections::HashMap;

use foundation::calendar::{beijing_date, start_of_beijing_day_ms};
use foundation::define_id;
use foundation::jobs::{NewJob, enqueue};
use foundation::problem::{Money, Problem};
use foundation::sealed;
use foundation::text::{fold_width, is_email, mask_email};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::receipt_mails::{ActiveModel, Column, Entity, Model};
use super::model::{Invoice, InvoiceState};
use super::store;
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, OrderId};

define_id!(
    /// One mail with a receipt.
    ReceiptMailId, "rml"
);

/// Sends one mail.
pub(super) const JOB_MAIL: &str = "invoices.mail";

/// A mail as stored.
pub(super) type MailRow = Model;

/// Payload of [`JOB_MAIL`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MailJob {
    pub(super) mail_id: ReceiptMailId,
}

/// How far a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// On its way.
    Waiting,
    /// The mail server took it.
    Sent,
    /// It could not be sent.
    Failed,
}

impl MailState {
    /// As stored.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            MailState::Waiting => "waiting",
            MailState::Sent => "sent",
            MailState::Failed => "failed",
        }
    }

    fn of_stored(text: &str) -> Self {
        match text {
            "waiting" => MailState::Waiting,
            "sent" => MailState::Sent,
            _ => MailState::Failed,
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            MailState::Waiting => "正在发送",
            MailState::Sent => "已发送",
            MailState::Failed => "没有发出",
        }
    }
}

/// The newest mail with a receipt, as its payer sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptMail {
    /// To whom, with its middle hidden.
    pub address_masked: String,
    /// How far it is.
    pub state: MailState,
    /// The same for people.
    pub state_text: &'static str,
    /// Why it was not sent, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it was asked for, epoch milliseconds.
    pub requested_at: i64,
    /// When the mail server took it, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
}

impl From<MailRow> for ReceiptMail {
    fn from(row: MailRow) -> Self {
        let state = MailState::of_stored(&row.state);
        Self {
            address_masked: mask_email(&row.address),
            state,
            state_text: state.text(),
            failure: row.failure,
            requested_at: row.created_at,
            sent_at: row.sent_at,
        }
    }
}

/// Asks for the receipt of an order to be sent to an address. 409 unless it is issued, 422 for a wrong address, 429 when
/// the unit has sent enough for a day.
pub async fn mail(app: &App, scope: &Scope, id: &OrderId, email: &str) -> Result<(), Problem> {
    if !app.mail.is_set_up() {
        return Err(Problem::conflict("mail_not_set_up", "机构还没有开通邮件发送，没有发出")
            .money(Money::None)
            .advice("请下载票据后自行发送"));
    }
    let address = fold_width(email.trim());
    if !is_email(&address) {
        return Err(Problem::unacceptable("email_wrong", "邮箱地址写法不对，没有发出")
            .field("email", "应为 name@example.com 的写法")
            .advice("请核对邮箱地址后重试"));
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::find_for(&*transaction, scope, id).await?;
    orders::lock_row(&*transaction, &order.id, now).await?;
    let invoice = store::of_order(&*transaction, &order.id).await?;
    let invoice = invoice.filter(|invoice| invoice.state == InvoiceState::Issued).ok_or_else(not_issued)?;
    if is_on_its_way(&*transaction, &invoice, &address).await? {
        return Ok(());
    }
    refuse_too_many(app, &*transaction, scope, now).await?;
    let mail_id = ReceiptMailId::new();
    let row = ActiveModel {
        id: Set(mail_id.to_string()),
        invoice_id: Set(invoice.id.to_string()),
        order_id: Set(order.id),
        unit_id: Set(scope.unit_id().to_string()),
        account_id: Set(scope.account_id().to_string()),
        issue_round: Set(invoice.issue_round),
        address: Set(address.into()),
        state: Set(MailState::Waiting.as_str().to_owned()),
        tries: Set(0),
        failure: Set(None),
        created_at: Set(now),
        sent_at: Set(None),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(&*transaction).await?;
    enqueue(&*transaction, NewJob::new(JOB_MAIL, &MailJob { mail_id }, now)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

fn not_issued() -> Problem {
    Problem::conflict("invoice_not_issued", "票据还没有开好，没有发出").advice("开好后会通知您，请稍后再来")
}

async fn is_on_its_way<C: ConnectionTrait>(connection: &C, invoice: &Invoice, address: &str) -> Result<bool, DbErr> {
    let waiting = Entity::find()
        .filter(Column::InvoiceId.eq(invoice.id.as_str()))
        .filter(Column::IssueRound.eq(invoice.issue_round))
        .filter(sealed::is(Column::Address, address))
        .filter(Column::State.eq(MailState::Waiting.as_str()));
    Ok(waiting.count(connection).await? > 0)
}

async fn refuse_too_many<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    scope: &Scope,
    now: i64,
) -> Result<(), Problem> {
    let most = app.config.mail.per_unit_per_day;
    let today = Entity::find()
        .filter(Column::UnitId.eq(scope.unit_id().as_str()))
        .filter(Column::CreatedAt.gte(start_of_beijing_day_ms(beijing_date(now))));
    if today.count(connection).await? < most {
        return Ok(());
    }
    let message = format!("您的单位今天已发送 {most} 封票据邮件，达到上限，没有发出");
    Err(Problem::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "mails_used_up", message)
        .advice("请明天再发，或直接下载票据"))
}

/// The newest mail of each of these receipts, by receipt.
pub(super) async fn newest_of<C: ConnectionTrait>(
    connection: &C,
    invoice_ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, ReceiptMail>, Problem> {
    let ids: Vec<&str> = invoice_ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Oldest first: the newest stays.
    let rows = Entity::find().filter(Column::InvoiceId.is_in(ids)).order_by_asc(Column::Id).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.invoice_id.clone(), row.into())).collect())
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &ReceiptMailId) -> Result<Option<MailRow>, DbErr> {
    Entity::find_by_id(id.as_str()).one(connection).await
}

/// Waiting → sent or failed; false if it had ended before.
pub(super) async fn end<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    failure: Option<&str>,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let state = if failure.is_some() { MailState::Failed } else { MailState::Sent };
    let update = of_waiting(id, now_ms)
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Failure, Expr::value(failure))
        .col_expr(Column::SentAt, Expr::value(failure.is_none().then_some(now_ms)));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Counts a try that came to nothing.
pub(super) async fn count_try<C: ConnectionTrait>(connection: &C, row: &MailRow, now_ms: i64) -> Result<(), DbErr> {
    of_waiting(&row.id, now_ms).col_expr(Column::Tries, Expr::value(row.tries + 1)).exec(connection).await?;
    Ok(())
}

fn of_waiting(id: &str, now_ms: i64) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(MailState::Waiting.as_str()))
}
