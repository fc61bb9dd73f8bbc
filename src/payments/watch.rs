//! Asking WeChat when it does not tell: the watch over open attempts, and the end of unpaid orders (B-16).

use async_trait::async_trait;
use foundation::jobs::{Handler, Outcome};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use wechat::pay::{PayError, TradeState};

use super::close::{CloseOutcome, JOB_REASON_EXPIRED, close_attempt, close_open_attempts, mark_closed, void_now};
use super::entity::payment_attempts::{self, Model as Attempt};
use super::model::AttemptState;
use super::{settle, store};
use crate::app::{App, SharedApp};
use crate::orders::{self, Actor, ExpireOrder};

/// Looks at one open attempt.
pub const JOB_WATCH: &str = "payments.watch";
/// When the channel could not tell, ask again after this.
const ASK_AGAIN_MS: i64 = 30_000;
/// An attempt that WeChat does not know after this never reached it.
const NEVER_ARRIVED_MS: i64 = 60_000;
/// An order whose time is over but that must not be voided is looked at again after this.
const LOOK_AGAIN_MS: i64 = 24 * 3_600_000;

/// Payload of [`JOB_WATCH`].
#[derive(Debug, Serialize, Deserialize)]
pub struct WatchJob {
    /// Which attempt.
    pub attempt_id: String,
}

/// Handler of [`JOB_WATCH`].
pub struct WatchAttempt(pub SharedApp);

#[async_trait]
impl Handler for WatchAttempt {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: WatchJob = serde_json::from_str(payload)?;
        Ok(watch(&self.0, &job.attempt_id).await?)
    }
}

async fn watch(app: &App, attempt_id: &str) -> Result<Outcome, Problem> {
    let reader = app.database.reader();
    let Some(attempt) = store::find(reader, attempt_id).await? else { return Ok(Outcome::Done) };
    if !is_open(&attempt)? {
        return Ok(Outcome::Done);
    }
    let order = orders::find_row(reader, &attempt.order_id).await?;
    let wanted = match &order {
        Some(order) => order.state()?.waits_for_money(),
        None => false,
    };
    let now = app.now_ms();
    // A close that was begun and not confirmed is tried again until it is.
    let closing = attempt.state == AttemptState::Closing.as_str();
    if !wanted || closing || now >= attempt.expires_at {
        return Ok(match close_attempt(app, &attempt).await? {
            CloseOutcome::Unknown => Outcome::AgainAt(now + ASK_AGAIN_MS),
            CloseOutcome::Closed | CloseOutcome::Paid | CloseOutcome::Disputed => Outcome::Done,
        });
    }
    Ok(match ask(app, &attempt).await? {
        Asked::Ended => Outcome::Done,
        Asked::NotPaid => Outcome::AgainAt(next_look(app, &attempt)),
        Asked::Unknown => Outcome::AgainAt(now + ASK_AGAIN_MS),
    })
}

fn is_open(attempt: &Attempt) -> Result<bool, Problem> {
    Ok(attempt.state.parse::<AttemptState>()?.is_open())
}

/// The next step of the schedule after now, and at last the end of the attempt.
fn next_look(app: &App, attempt: &Attempt) -> i64 {
    let now = app.now_ms();
    let steps = app.config.payments.query_schedule().unwrap_or_default();
    let next = steps.into_iter().map(|step| attempt.created_at + step).find(|at| *at > now);
    Ord::min(next.unwrap_or(attempt.expires_at), attempt.expires_at)
}

/// What WeChat said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Paid (and booked), closed, or handed to a person.
    Ended,
    /// Not paid, may still be.
    NotPaid,
    /// Could not be told.
    Unknown,
}

/// Asks WeChat about an attempt and books what it says.
pub(super) async fn ask(app: &App, attempt: &Attempt) -> Result<Asked, Problem> {
    match app.pay.query(&attempt.out_trade_no).await {
        Ok(found) if found.is_paid() => {
            settle::settle(app, &found).await?;
            Ok(Asked::Ended)
        }
        Ok(found) if found.trade_state == TradeState::Closed => {
            mark_closed(app, attempt).await?;
            Ok(Asked::Ended)
        }
        Ok(_) => Ok(Asked::NotPaid),
        Err(error) => not_told(app, attempt, &error).await,
    }
}

async fn not_told(app: &App, attempt: &Attempt, error: &PayError) -> Result<Asked, Problem> {
    if !error.not_found() {
        tracing::warn!(attempt = attempt.id, %error, "the channel cannot tell");
        return Ok(Asked::Unknown);
    }
    if app.now_ms() - attempt.created_at < NEVER_ARRIVED_MS {
        return Ok(Asked::NotPaid);
    }
    // It never arrived; closing makes sure that it does not arrive later either.
    Ok(match close_attempt(app, attempt).await? {
        CloseOutcome::Unknown => Asked::Unknown,
        CloseOutcome::Closed | CloseOutcome::Paid | CloseOutcome::Disputed => Asked::Ended,
    })
}

/// Asks on behalf of a waiting page, but not more often than configured, whoever waits on however many screens.
pub(super) async fn ask_for_page(app: &App, attempt: &Attempt) -> Result<Asked, Problem> {
    let now = app.now_ms();
    let due_before = now - app.config.payments.ask_interval_s * 1_000;
    let transaction = app.database.begin_write().await?;
    let mine = payment_attempts::Entity::update_many()
        .col_expr(payment_attempts::Column::AskedAt, Expr::value(now))
        .filter(payment_attempts::Column::Id.eq(&attempt.id))
        .filter(payment_attempts::Column::AskedAt.is_null().or(payment_attempts::Column::AskedAt.lte(due_before)))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    if mine.rows_affected == 0 {
        return Ok(Asked::NotPaid);
    }
    ask(app, attempt).await
}

/// Handler of [`orders::JOB_EXPIRE`].
pub struct ExpireUnpaid(pub SharedApp);

#[async_trait]
impl Handler for ExpireUnpaid {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ExpireOrder = serde_json::from_str(payload)?;
        Ok(expire(&self.0, &job.order_id).await?)
    }
}

/// Ask, close, void: in this order, so that money on its way is never met by a voided order without need.
async fn expire(app: &App, order_id: &str) -> Result<Outcome, Problem> {
    let Some(order) = orders::find_row(app.database.reader(), order_id).await? else { return Ok(Outcome::Done) };
    if !order.state()?.waits_for_money() {
        return Ok(Outcome::Done);
    }
    let now = app.now_ms();
    if now < order.expires_at {
        return Ok(Outcome::AgainAt(order.expires_at));
    }
    // What has a part of its money, or is looked at by a person, is not given up by the clock.
    if order.received_fen > 0 || order.under_review {
        return Ok(Outcome::AgainAt(now + LOOK_AGAIN_MS));
    }
    match close_open_attempts(app, order_id).await? {
        // A dispute sets this job again when it ends.
        CloseOutcome::Paid | CloseOutcome::Disputed => Ok(Outcome::Done),
        CloseOutcome::Unknown => Ok(Outcome::AgainAt(now + ASK_AGAIN_MS)),
        CloseOutcome::Closed => {
            void_now(app, &order, JOB_REASON_EXPIRED, &Actor::System).await?;
            Ok(Outcome::Done)
        }
    }
}
