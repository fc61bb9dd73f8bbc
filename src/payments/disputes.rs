//! Money that came and does not fit our books (pitfalls A16): never booked, never asked for without end, never forgotten.
//! The attempt is `disputed` and says why; its order stays as it is, cannot be paid or voided, and its page says that a
//! person will call; an officer ends it.

use async_trait::async_trait;
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{Money, Problem};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use wechat::pay::Transaction;

use super::counts::Counts;
use super::entity::payment_attempts::{Column, Entity, Model as Attempt};
use super::model::{AttemptId, AttemptState};
use super::refunds::{self, Surplus};
use super::settle::{self, Settled, settle};
use super::store;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action, Entry};
use crate::orders::{self, Actor, ExpireOrder, OrderId, TimelineKind};
use crate::staff::Officer;

/// Asks WeChat about a payment whose notice does not fit.
pub const JOB_EXAMINE: &str = "payments.examine";
/// What a payer reads on the order and on the waiting page.
pub const TOLD_TO_PAYERS: &str = "收到的付款与订单不一致，工作人员会与您联系";
/// When the channel could not tell, ask again after this.
const ASK_AGAIN_MS: i64 = 30_000;

/// Whether money of this order is disputed.
pub async fn is_disputed<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<bool, Problem> {
    Ok(!store::disputed_attempts(connection, order_id).await?.is_empty())
}

/// The refusal of whatever would move an order whose money is disputed.
pub(super) fn waits_for_a_person() -> Problem {
    Problem::conflict("payment_disputed", TOLD_TO_PAYERS).money(Money::Taken).advice("请勿重复支付；如有疑问请致电客服")
}

/// Whether a person looked at this payment before, and had it given back: WeChat goes on telling that it was paid.
pub(super) async fn was_given_back<C: ConnectionTrait>(connection: &C, found: &Transaction) -> Result<bool, Problem> {
    let Some(attempt) = store::by_out_trade_no(connection, &found.out_trade_no).await? else { return Ok(false) };
    let ended = attempt.state == AttemptState::Closed.as_str();
    Ok(ended
        && refunds::is_given_back(connection, &attempt, found.transaction_id.as_deref().unwrap_or_default()).await?)
}

/// Keeps a payment for a person: WeChat itself was asked, and its answer does not fit. One that a person had given back
/// already is no news.
pub(super) async fn note<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    found: &Transaction,
    reason: &str,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let Some(attempt) = store::by_out_trade_no(connection, &found.out_trade_no).await? else { return Ok(()) };
    orders::lock_row(connection, &attempt.order_id, now).await?;
    // Only now that the row is held: the person may be ending it at this moment.
    if was_given_back(connection, found).await? {
        return Ok(());
    }
    let from = [
        AttemptState::Created,
        AttemptState::Pending,
        AttemptState::Closing,
        AttemptState::Closed,
        AttemptState::Failed,
    ];
    if !store::move_state(connection, &attempt.id, &from, AttemptState::Disputed, Some(reason), now).await? {
        return Ok(());
    }
    // An order that waited for another try is held as well.
    orders::note_attempt_opened(connection, &attempt.order_id, now).await?;
    let kind = TimelineKind::PaymentDisputed;
    orders::record(connection, &attempt.order_id, kind, &Actor::Channel, None, now).await?;
    tracing::error!(attempt = attempt.id, reason, "a payment needs a person");
    metrics::counter!("tejian_payments_disputed_total").increment(1);
    Ok(())
}

/// Payload of [`JOB_EXAMINE`].
#[derive(Debug, Serialize, Deserialize)]
struct ExamineJob {
    out_trade_no: String,
}

/// Has WeChat asked soon, in the transaction of the caller.
pub(super) async fn examine_later<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    out_trade_no: &str,
) -> Result<(), Problem> {
    let job = ExamineJob { out_trade_no: out_trade_no.to_owned() };
    Ok(enqueue(connection, NewJob::new(JOB_EXAMINE, &job, app.now_ms())).await?)
}

/// Handler of [`JOB_EXAMINE`].
pub struct Examine(pub SharedApp);

#[async_trait]
impl Handler for Examine {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ExamineJob = serde_json::from_str(payload)?;
        let app = &self.0;
        match app.pay.query(&job.out_trade_no).await {
            Ok(found) if found.is_paid() => {
                settle(app, &found).await?;
                Ok(Outcome::Done)
            }
            Ok(_) => Ok(Outcome::Done),
            Err(error) if error.not_found() => Ok(Outcome::Done),
            Err(error) => {
                tracing::warn!(%error, "the channel cannot tell");
                Ok(Outcome::AgainAt(app.now_ms() + ASK_AGAIN_MS))
            }
        }
    }
}

/// A payment that needs a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dispute {
    /// The attempt.
    pub id: AttemptId,
    /// Its order.
    pub order_id: OrderId,
    /// Our number at WeChat (商户订单号).
    pub out_trade_no: String,
    /// What was to be paid, fen.
    pub amount_fen: Fen,
    /// What does not fit, in Chinese.
    pub reason: String,
    /// Since when, epoch milliseconds.
    pub since: i64,
}

/// The payments that need a person, newest first.
pub async fn disputes<C: ConnectionTrait>(connection: &C, wanted: &PageRequest) -> Result<Page<Dispute>, Problem> {
    let mut select = Entity::find().filter(in_dispute()).order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(connection).await?;
    let page = Page::from_rows(rows, wanted.limit(), |attempt| attempt.id.clone());
    Ok(page.map(|attempt| Dispute {
        id: AttemptId::from_stored(attempt.id),
        order_id: OrderId::from_stored(attempt.order_id),
        out_trade_no: attempt.out_trade_no,
        amount_fen: Fen(attempt.amount_fen),
        reason: attempt.failure.unwrap_or_default(),
        since: attempt.updated_at,
    }))
}

/// How many there are.
pub(super) async fn count<C: ConnectionTrait>(connection: &C) -> Result<u64, Problem> {
    Ok(Entity::find().filter(in_dispute()).count(connection).await?)
}

/// How a dispute ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeEnd {
    /// What WeChat says now fits: booked as every payment.
    Booked,
    /// It still does not fit: all of it goes back, and the order can be paid anew.
    GivenBack,
    /// WeChat has no money for it: the order can be paid anew.
    NothingCame,
}

impl DisputeEnd {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            DisputeEnd::Booked => "付款与订单一致，已经入账",
            DisputeEnd::GivenBack => "款项正在原路退回，订单可以重新支付",
            DisputeEnd::NothingCame => "微信没有收到这笔付款，订单可以重新支付",
        }
    }
}

/// Ends a dispute for an officer: WeChat is asked once more, and its answer decides. 404 if the attempt is not disputed
/// (any more), 503 if WeChat cannot tell now.
pub(super) async fn end_dispute(app: &App, id: &AttemptId, officer: &Officer) -> Result<DisputeEnd, Problem> {
    let attempt = store::find(app.database.reader(), id.as_str()).await?;
    let attempt = attempt.filter(|attempt| attempt.state == AttemptState::Disputed.as_str()).ok_or_else(ended)?;
    let found = match app.pay.query(&attempt.out_trade_no).await {
        Ok(found) => Some(found).filter(Transaction::is_paid),
        Err(error) if error.not_found() => None,
        Err(error) => return Err(channel_silent().cause(error)),
    };
    let Some(found) = found else {
        finish(app, &attempt, None, officer).await?;
        return Ok(DisputeEnd::NothingCame);
    };
    if !matches!(settle(app, &found).await?, Settled::Mismatch(_)) {
        let transaction = app.database.begin_write().await?;
        audit::record(&*transaction, app, entry(officer, &attempt, DisputeEnd::Booked)).await?;
        transaction.commit().await?;
        return Ok(DisputeEnd::Booked);
    }
    let (Some(transaction_id), Some(amount_fen)) = (found.transaction_id.as_deref(), found.total_fen()) else {
        return Err(Problem::conflict("dispute_unclear", "微信没有告知支付订单号或金额，不能自动退回")
            .money(Money::Taken)
            .advice("请在微信支付商户平台核对这笔付款"));
    };
    let reason = "收到的付款与订单不一致，原路退回";
    let paid_at = settle::paid_at(&found, &attempt, app.now_ms());
    finish(app, &attempt, Some((Surplus { transaction_id, amount_fen, reason }, paid_at)), officer).await?;
    Ok(DisputeEnd::GivenBack)
}

fn entry(officer: &Officer, attempt: &Attempt, end: DisputeEnd) -> Entry {
    let detail = json!({ "out_trade_no": attempt.out_trade_no, "reason": attempt.failure, "end": end });
    officer.entry(Action::DisputeEnded, attempt.order_id.clone(), detail)
}

/// `back` is what goes back, with the moment at which WeChat took it.
async fn finish(
    app: &App,
    attempt: &Attempt,
    back: Option<(Surplus<'_>, i64)>,
    officer: &Officer,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    orders::lock_row(&*transaction, &attempt.order_id, now).await?;
    let from = [AttemptState::Disputed];
    if !store::move_state(&*transaction, &attempt.id, &from, AttemptState::Closed, None, now).await? {
        return Err(ended());
    }
    let end = if back.is_some() { DisputeEnd::GivenBack } else { DisputeEnd::NothingCame };
    let mut counts = Counts::default();
    if let Some((surplus, paid_at)) = back {
        // The bill of that day names it; our books know it by this.
        store::note_money(&*transaction, &attempt.id, surplus.transaction_id, paid_at).await?;
        refunds::request(&*transaction, attempt, surplus, now, &mut counts).await?;
    }
    let kind = TimelineKind::DisputeEnded;
    let actor = Actor::Officer(officer.id.to_string());
    orders::record(&*transaction, &attempt.order_id, kind, &actor, None, now).await?;
    store::note_if_last_closed(&*transaction, &attempt.order_id, now).await?;
    // The job that ends unpaid orders stopped at the dispute.
    let expire = ExpireOrder { order_id: attempt.order_id.clone() };
    enqueue(&*transaction, NewJob::new(orders::JOB_EXPIRE, &expire, now)).await?;
    audit::record(&*transaction, app, entry(officer, attempt, end)).await?;
    transaction.commit().await?;
    counts.tell();
    app.wake_workers.notify_one();
    Ok(())
}

fn ended() -> Problem {
    Problem::not_found("dispute_not_found", "这笔付款没有争议，或者已经处理")
}

fn channel_silent() -> Problem {
    Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "channel_unavailable", "微信支付暂时没有响应")
        .money(Money::Taken)
        .advice("请稍后再试")
        .retry_after_s(30)
}

/// The state stands in the text of the statement: only then does a prepared one use the index of disputed attempts.
fn in_dispute() -> SimpleExpr {
    Expr::col((Entity, Column::State)).eq(Expr::cust("'disputed'"))
}
