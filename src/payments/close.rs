//! Closing attempts at the channel, and giving an order up.

use foundation::problem::{Money, Problem};
use wechat::pay::Transaction;

use super::disputes;
use super::entity::payment_attempts::Model as Attempt;
use super::model::AttemptState;
use super::settle::{self, Settled};
use super::store;
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, Actor, OrderId, OrderRow};

/// The reason shown when time is over.
pub const JOB_REASON_EXPIRED: &str = "超过支付期限，系统自动作废";

/// What closing an attempt brought to light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseOutcome {
    /// No money can come any more in the ordinary way.
    Closed,
    /// It was paid, and is booked now.
    Paid,
    /// Money came that does not fit our books; a person decides.
    Disputed,
    /// The channel could not tell; the watch job goes on asking (B-16).
    Unknown,
}

/// Closes one attempt at WeChat. Paid at the last moment counts as paid.
pub(super) async fn close_attempt(app: &App, attempt: &Attempt) -> Result<CloseOutcome, Problem> {
    let transaction = app.database.begin_write().await?;
    let from = AttemptState::OPEN;
    store::move_state(&*transaction, &attempt.id, &from, AttemptState::Closing, None, app.now_ms()).await?;
    transaction.commit().await?;
    match app.pay.close(&attempt.out_trade_no).await {
        Ok(()) => mark_closed(app, attempt).await,
        Err(error) if error.not_found() || error.order_closed() => mark_closed(app, attempt).await,
        Err(error) => {
            tracing::info!(attempt = attempt.id, %error, "close was not confirmed, asking");
            match app.pay.query(&attempt.out_trade_no).await {
                Ok(found) => conclude(app, attempt, &found).await,
                Err(error) if error.not_found() => mark_closed(app, attempt).await,
                Err(error) => {
                    tracing::warn!(attempt = attempt.id, %error, "the channel cannot tell");
                    Ok(CloseOutcome::Unknown)
                }
            }
        }
    }
}

/// Draws the conclusion from what WeChat says of an attempt that should end.
async fn conclude(app: &App, attempt: &Attempt, found: &Transaction) -> Result<CloseOutcome, Problem> {
    if found.is_paid() {
        return Ok(match settle::settle(app, found).await? {
            Settled::Mismatch(_) => CloseOutcome::Disputed,
            _ => CloseOutcome::Paid,
        });
    }
    if found.trade_state == wechat::pay::TradeState::Closed {
        return mark_closed(app, attempt).await;
    }
    Ok(CloseOutcome::Unknown)
}

/// Ends an attempt without money.
pub(super) async fn mark_closed(app: &App, attempt: &Attempt) -> Result<CloseOutcome, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let closed =
        store::move_state(&*transaction, &attempt.id, &AttemptState::OPEN, AttemptState::Closed, None, now).await?;
    if closed {
        store::note_if_last_closed(&*transaction, &attempt.order_id, now).await?;
    }
    transaction.commit().await?;
    if closed {
        return Ok(CloseOutcome::Closed);
    }
    // A notice may have been faster than our close.
    let current = store::find(app.database.reader(), &attempt.id).await?;
    let state = current.map(|attempt| attempt.state.parse::<AttemptState>()).transpose()?;
    Ok(match state {
        Some(AttemptState::Paid) => CloseOutcome::Paid,
        Some(AttemptState::Disputed) => CloseOutcome::Disputed,
        _ => CloseOutcome::Closed,
    })
}

/// Closes all open attempts of an order; `Closed` when none is open any more.
pub(super) async fn close_open_attempts(app: &App, order_id: &str) -> Result<CloseOutcome, Problem> {
    if disputes::is_disputed(app.database.reader(), order_id).await? {
        return Ok(CloseOutcome::Disputed);
    }
    for attempt in store::open_attempts(app.database.reader(), order_id).await? {
        match close_attempt(app, &attempt).await? {
            CloseOutcome::Closed => {}
            other => return Ok(other),
        }
    }
    Ok(CloseOutcome::Closed)
}

/// The payer gives an order up (S0-33): attempts are closed at the channel first, then its reports are payable again.
pub async fn give_up(app: &App, scope: &Scope, order_id: &OrderId, reason: &str) -> Result<(), Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, order_id).await?;
    if order.state()?.waits_for_money() {
        match close_open_attempts(app, &order.id).await? {
            CloseOutcome::Closed => {}
            CloseOutcome::Paid => {
                return Err(Problem::conflict("order_paid", "这个订单刚刚支付成功，不能作废")
                    .money(Money::Taken)
                    .advice("可以直接查看报告和发票；如需退款请致电客服"));
            }
            CloseOutcome::Disputed => return Err(disputes::waits_for_a_person()),
            CloseOutcome::Unknown => {
                return Err(Problem::conflict("order_paying", "支付结果还在确认，暂时不能作废")
                    .money(Money::Unknown)
                    .advice("请稍等一分钟再试，不会重复扣款"));
            }
        }
    }
    void_now(app, &order, reason, &Actor::Account(scope.account_id().clone())).await
}

/// Voids an order whose attempts are all closed.
pub(super) async fn void_now(app: &App, order: &OrderRow, reason: &str, actor: &Actor) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    orders::lock_row(&*transaction, &order.id, now).await?;
    orders::void(&*transaction, order, reason, actor, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_orders_voided_total").increment(1);
    Ok(())
}
