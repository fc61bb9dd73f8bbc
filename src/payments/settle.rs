//! Booking money that WeChat says was paid: one function for notices, queries and refused closes.

use foundation::jobs::{NewJob, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use wechat::pay::{BusinessMismatch, ExpectedPayment, Transaction, check_business};

use super::counts::Counts;
use super::entity::payment_attempts::{self, Model as Attempt};
use super::model::AttemptState;
use super::refunds::Surplus;
use super::watch::{JOB_WATCH, WatchJob};
use super::{disputes, refunds, store};
use crate::app::App;
use crate::orders::{self, Actor, OrderRow, OrderState, PaidBy, Payment};

/// What booking a payment came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The order is paid by it, now.
    Paid,
    /// The order had been voided and is paid by it all the same (B-15).
    Revived,
    /// Known already; nothing changed.
    Known,
    /// No order to pay for: it goes back (B-14, B-15).
    RefundDue,
    /// The content does not fit our books (why, in Chinese): not booked, a person must look.
    Mismatch(String),
    /// No attempt of ours has this number (yet).
    Unmatched,
}

impl Settled {
    /// For logs, metrics and the inbox.
    pub fn as_str(&self) -> &'static str {
        match self {
            Settled::Paid => "paid",
            Settled::Revived => "revived",
            Settled::Known => "known",
            Settled::RefundDue => "refund_due",
            Settled::Mismatch(_) => "mismatch",
            Settled::Unmatched => "unmatched",
        }
    }
}

/// Books what WeChat answered to a question of ours, in a transaction of its own. Money that does not fit is kept for a
/// person ([`disputes`]): asking once more would bring the same answer.
pub async fn settle(app: &App, found: &Transaction) -> Result<Settled, Problem> {
    let transaction = app.database.begin_write().await?;
    let mut counts = Counts::default();
    let settled = settle_in(app, &*transaction, found, &mut counts).await?;
    if let (Settled::Mismatch(reason), true) = (&settled, found.is_paid()) {
        disputes::note(app, &*transaction, found, reason).await?;
    }
    transaction.commit().await?;
    counts.tell();
    app.wake_workers.notify_one();
    Ok(settled)
}

/// Books a payment in the transaction of the caller, who tells `counts` after the commit.
pub(super) async fn settle_in<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    found: &Transaction,
    counts: &mut Counts,
) -> Result<Settled, Problem> {
    let now = app.now_ms();
    let Some(attempt) = store::by_out_trade_no(connection, &found.out_trade_no).await? else {
        return Ok(Settled::Unmatched);
    };
    if let Err(mismatch) = check_business(found, &expected(&attempt)) {
        tracing::error!(attempt = attempt.id, %mismatch, "a payment does not fit our books");
        counts.add(metrics::counter!("tejian_payment_mismatches_total"), 1);
        return Ok(Settled::Mismatch(in_chinese(&mismatch)));
    }
    let transaction_id = found.transaction_id.clone().unwrap_or_default();
    let paid_at = paid_at(found, &attempt, now);
    // The order's row first, so that two writers of one order never wait for each other in a circle.
    let order = orders::lock_row(connection, &attempt.order_id, now).await?;
    let order = order.ok_or_else(|| Problem::internal(format!("attempt {} has no order", attempt.id)))?;
    if !mark_attempt_paid(connection, &attempt, &transaction_id, paid_at, now).await? {
        return known_or_surplus(connection, &attempt, &transaction_id, now, counts).await;
    }
    let settled = assign(connection, &order, &attempt, &transaction_id, paid_at, now, counts).await?;
    watch_siblings(connection, &order.id, now).await?;
    counts.add(metrics::counter!("tejian_payments_total", "outcome" => settled.as_str()), 1);
    Ok(settled)
}

/// When WeChat took the money, epoch milliseconds. WeChat tells whole seconds: within the second in which the attempt
/// was made, it was not before the attempt.
pub(super) fn paid_at(found: &Transaction, attempt: &Attempt, now: i64) -> i64 {
    let Some(at) = found.success_time else { return now };
    let told = at.unix_timestamp() * 1_000;
    if (0..1_000).contains(&(attempt.created_at - told)) { attempt.created_at } else { told }
}

/// For the people who look at it: officers of the institute.
fn in_chinese(mismatch: &BusinessMismatch) -> String {
    match mismatch {
        BusinessMismatch::MchId(told) => format!("收款商户号是 {told}，不是本单位的商户号"),
        BusinessMismatch::AppId(told) => format!("AppID 是 {told}，与订单不一致"),
        BusinessMismatch::OutTradeNo(told) => format!("商户订单号是 {told}，与订单不一致"),
        BusinessMismatch::TradeState(told) => format!("交易状态是 {told}，不是支付成功"),
        BusinessMismatch::Amount { expected_fen, actual_fen } => {
            let actual = actual_fen.map_or("没有告知".to_owned(), |fen| format!(" {} 元", Fen(fen).to_yuan_text()));
            format!("金额应为 {} 元，实际{actual}", Fen(*expected_fen).to_yuan_text())
        }
        BusinessMismatch::Currency(told) => format!("币种是 {told}，不是人民币"),
        BusinessMismatch::TransactionId => "没有微信支付订单号".to_owned(),
        other => format!("付款与订单不一致（{other}）"),
    }
}

/// What the books say about an attempt.
pub(super) fn expected(attempt: &Attempt) -> ExpectedPayment {
    ExpectedPayment {
        mch_id: attempt.mch_id.clone(),
        app_id: attempt.app_id.clone(),
        out_trade_no: attempt.out_trade_no.clone(),
        amount_fen: attempt.amount_fen,
    }
}

/// Any state but paid may become paid: money is a fact, even for an attempt that was closed with us.
async fn mark_attempt_paid<C: ConnectionTrait>(
    connection: &C,
    attempt: &Attempt,
    transaction_id: &str,
    paid_at: i64,
    now: i64,
) -> Result<bool, Problem> {
    let update = payment_attempts::Entity::update_many()
        .col_expr(payment_attempts::Column::State, Expr::value(AttemptState::Paid.as_str()))
        .col_expr(payment_attempts::Column::TransactionId, Expr::value(transaction_id))
        .col_expr(payment_attempts::Column::PaidAt, Expr::value(paid_at))
        .col_expr(payment_attempts::Column::UpdatedAt, Expr::value(now))
        .filter(payment_attempts::Column::Id.eq(&attempt.id))
        .filter(payment_attempts::Column::State.ne(AttemptState::Paid.as_str()));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// The attempt is paid already: by this payment, or by another, and then this one goes back (pitfalls A11).
async fn known_or_surplus<C: ConnectionTrait>(
    connection: &C,
    attempt: &Attempt,
    transaction_id: &str,
    now: i64,
    counts: &mut Counts,
) -> Result<Settled, Problem> {
    let current = store::find(connection, &attempt.id).await?;
    if current.is_some_and(|current| current.transaction_id.as_deref() == Some(transaction_id)) {
        return Ok(Settled::Known);
    }
    tracing::error!(attempt = attempt.id, "a second payment of an attempt that is paid already goes back");
    counts.add(metrics::counter!("tejian_double_payments_total"), 1);
    let reason = "同一笔支付重复扣款，原路退回";
    let surplus = Surplus { transaction_id, amount_fen: attempt.amount_fen, reason };
    refunds::request(connection, attempt, surplus, now, counts).await?;
    Ok(Settled::RefundDue)
}

async fn assign<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    attempt: &Attempt,
    transaction_id: &str,
    paid_at: i64,
    now: i64,
    counts: &mut Counts,
) -> Result<Settled, Problem> {
    let payment = Payment { by: PaidBy::Attempt(&attempt.id), actor: &Actor::Channel, paid_at, came_on: None };
    if orders::mark_paid(connection, order, payment, now).await? {
        return Ok(Settled::Paid);
    }
    if order.state()? == OrderState::Void && orders::mark_revived(connection, order, payment, now).await? {
        return Ok(Settled::Revived);
    }
    let reason = match order.state()? {
        OrderState::Void => "订单作废后收到付款，且报告已另行处理，原路退回",
        state if state.waits_for_money() => "订单已通过转账收到部分款项，线上付款原路退回",
        _ => "同一订单重复支付，原路退回",
    };
    let surplus = Surplus { transaction_id, amount_fen: attempt.amount_fen, reason };
    refunds::request(connection, attempt, surplus, now, counts).await?;
    Ok(Settled::RefundDue)
}

/// Other open attempts of an order that has its money are looked at now, and closed.
async fn watch_siblings<C: ConnectionTrait>(connection: &C, order_id: &str, now: i64) -> Result<(), Problem> {
    for sibling in store::open_attempts(connection, order_id).await? {
        enqueue(connection, NewJob::new(JOB_WATCH, &WatchJob { attempt_id: sibling.id }, now)).await?;
    }
    Ok(())
}
