//! Money on its way back. The refund number is stored before WeChat hears of it and belongs to the intention for ever:
//! after a time-out the same number is asked for again, never a new one (pitfalls C2).

use std::str::FromStr;

use async_trait::async_trait;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use wechat::pay::{NewRefund, RefundNotice, RefundStatus};

use super::counts::Counts;
use super::entity::payment_attempts::Model as Attempt;
use super::entity::refunds::{self, Model as RefundRow};
use super::settled_refund;
use crate::app::{App, SharedApp};
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, TimelineKind};

/// Pushes one refund until WeChat says how it ended.
pub const JOB_REFUND: &str = "payments.refund";
/// Pauses between questions about a refund that is under way: a tenth of the waiting so far, between these two. A bank may take
/// days, and what it could not carry out may still be carried out in WeChat's console.
const ASK_AGAIN_MS: i64 = 60_000;
const ASK_AGAIN_MS_MAX: i64 = 3_600_000;
/// Refunds that one old notice may make us ask for.
const ASKED_TOGETHER_MAX: u64 = 200;
/// Without funds: the merchant must top up first.
const NOT_ENOUGH_AGAIN_MS: i64 = 600_000;

/// As stored: through WeChat's interface.
pub(super) const WECHAT: &str = "wechat";

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Proposed by a member of staff; another one decides.
    Proposed,
    /// Decided against.
    Declined,
    /// Decided with us.
    Requested,
    /// WeChat is working on it.
    Processing,
    /// The payer has the money.
    Success,
    /// WeChat could not carry it out: a person must look.
    Abnormal,
    /// WeChat gave it up for want of funds: a person must look.
    Closed,
}

impl RefundState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RefundState::Proposed => "proposed",
            RefundState::Declined => "declined",
            RefundState::Requested => "requested",
            RefundState::Processing => "processing",
            RefundState::Success => "success",
            RefundState::Abnormal => "abnormal",
            RefundState::Closed => "closed",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            RefundState::Proposed => "退款待审批",
            RefundState::Declined => "退款未批准",
            RefundState::Requested | RefundState::Processing => "退款中，预计 1–3 个工作日到账",
            RefundState::Success => "已退款到原支付账户",
            RefundState::Abnormal | RefundState::Closed => "退款遇到问题，工作人员会与您联系",
        }
    }

    fn of_channel(status: &RefundStatus) -> Self {
        // One place where WeChat's states become ours; an unknown one is still being worked on.
        match status {
            RefundStatus::Success => RefundState::Success,
            RefundStatus::Closed => RefundState::Closed,
            RefundStatus::Abnormal => RefundState::Abnormal,
            _ => RefundState::Processing,
        }
    }
}

impl FromStr for RefundState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "proposed" => RefundState::Proposed,
            "declined" => RefundState::Declined,
            "requested" => RefundState::Requested,
            "processing" => RefundState::Processing,
            "success" => RefundState::Success,
            "abnormal" => RefundState::Abnormal,
            "closed" => RefundState::Closed,
            other => anyhow::bail!("unknown refund state {other}"),
        })
    }
}

/// Refunds of money that had paid an order, or a part of it: decided by the institute, and not of a line of the bank that had
/// nothing to pay for.
pub(super) fn of_order() -> SimpleExpr {
    refunds::Column::ProposedBy.is_not_null().and(refunds::Column::LineId.is_null())
}

impl RefundRow {
    /// Whether it is money of the order itself, as [`of_order`] asks.
    pub(super) fn is_of_order(&self) -> bool {
        self.proposed_by.is_some() && self.line_id.is_none()
    }
}

/// Payload of [`JOB_REFUND`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RefundJob {
    pub(super) refund_id: String,
}

/// Money that came and has nothing to pay for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surplus<'a> {
    /// WeChat's number of the payment that goes back.
    pub transaction_id: &'a str,
    /// All of it, fen.
    pub amount_fen: i64,
    /// For people.
    pub reason: &'a str,
}

/// The number under which a payment goes back that has nothing to pay for. Derived from WeChat's number: a second decision
/// for the same money is the same refund, and a second payment of the same attempt is not.
fn surplus_number(transaction_id: &str) -> String {
    format!("R-{transaction_id}")
}

/// Whether it was decided that this payment of the attempt goes back, wherever the refund stands.
pub(super) async fn is_given_back<C: ConnectionTrait>(
    connection: &C,
    attempt: &Attempt,
    transaction_id: &str,
) -> Result<bool, Problem> {
    let decided = refunds::Entity::find()
        .filter(refunds::Column::OutRefundNo.eq(surplus_number(transaction_id)))
        .filter(refunds::Column::AttemptId.eq(&attempt.id));
    Ok(decided.one(connection).await?.is_some())
}

/// Decides to give a whole payment back; once per payment. `counts` are told after the commit.
pub(super) async fn request<C: ConnectionTrait>(
    connection: &C,
    attempt: &Attempt,
    surplus: Surplus<'_>,
    now: i64,
    counts: &mut Counts,
) -> Result<(), Problem> {
    let Surplus { transaction_id, amount_fen, reason } = surplus;
    let id = new_id_text("rfd");
    let row = refunds::ActiveModel {
        id: Set(id.clone()),
        order_id: Set(attempt.order_id.clone()),
        attempt_id: Set(attempt.id.clone()),
        out_refund_no: Set(surplus_number(transaction_id)),
        refund_id: Set(None),
        transaction_id: Set(transaction_id.to_owned()),
        amount_fen: Set(amount_fen),
        total_fen: Set(amount_fen),
        reason: Set(reason.to_owned()),
        state: Set(RefundState::Requested.as_str().to_owned()),
        failure: Set(None),
        created_at: Set(now),
        accepted_at: Set(None),
        succeeded_at: Set(None),
        updated_at: Set(now),
        channel: Set(WECHAT.to_owned()),
        proposed_by: Set(None),
        bank_reference: Set(None),
        voids_order: Set(false),
        line_id: Set(None),
        payee_name: Set(None),
        payee_account: Set(None),
        payee_bank: Set(None),
        payee_source: Set(None),
        payee_set_by: Set(None),
        called_off_at: Set(None),
    };
    let inserted = refunds::Entity::insert(row)
        .on_conflict(OnConflict::column(refunds::Column::OutRefundNo).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    if inserted == 0 {
        return Ok(());
    }
    enqueue(connection, NewJob::new(JOB_REFUND, &RefundJob { refund_id: id.clone() }, now)).await?;
    let detail = Some(reason.to_owned());
    orders::record(connection, &attempt.order_id, TimelineKind::RefundStarted, &Actor::System, detail, now).await?;
    let happening = Happening::RefundStarted {
        refund_id: id,
        order_id: attempt.order_id.clone(),
        amount_fen,
        reason: reason.to_owned(),
        of_order: false,
    };
    publish(connection, &happening, now).await?;
    counts.add(metrics::counter!("tejian_automatic_refunds_total"), 1);
    Ok(())
}

/// Handler of [`JOB_REFUND`].
pub struct PushRefund(pub SharedApp);

#[async_trait]
impl Handler for PushRefund {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: RefundJob = serde_json::from_str(payload)?;
        Ok(push(&self.0, &job.refund_id).await?)
    }
}

async fn push(app: &App, id: &str) -> Result<Outcome, Problem> {
    let Some(row) = refunds::Entity::find_by_id(id).one(app.database.reader()).await? else { return Ok(Outcome::Done) };
    if row.channel != WECHAT {
        // A person carries it out: WeChat knows nothing of it, and never may.
        return Ok(Outcome::Done);
    }
    let state: RefundState = row.state.parse()?;
    let told = match state {
        RefundState::Success | RefundState::Closed | RefundState::Proposed | RefundState::Declined => {
            return Ok(Outcome::Done);
        }
        RefundState::Processing | RefundState::Abnormal => app.pay.query_refund(&row.out_refund_no).await,
        // Ask first: an earlier call may have been accepted although its answer was lost.
        RefundState::Requested => match app.pay.query_refund(&row.out_refund_no).await {
            Err(error) if error.not_found() => app.pay.refund(&new_refund(app, &row)).await,
            told => told,
        },
    };
    let now = app.now_ms();
    match told {
        Ok(refund) if refund.out_refund_no != row.out_refund_no || refund.amount.refund != row.amount_fen => {
            Err(Problem::internal(format!("refund {id}: the channel tells of another refund")))
        }
        Ok(refund) => {
            let told = RefundState::of_channel(&refund.status);
            if told != state || row.refund_id.is_none() {
                keep(app, &row, told, Some(&refund.refund_id), refund.success_time).await?;
            }
            let ended = matches!(told, RefundState::Success | RefundState::Closed);
            Ok(if ended { Outcome::Done } else { Outcome::AgainAt(ask_again_at(&row, now)) })
        }
        Err(error) if error.not_enough() => {
            tracing::error!(refund = id, "refund waits for funds in the merchant account");
            Ok(Outcome::AgainAt(now + NOT_ENOUGH_AGAIN_MS))
        }
        Err(error) => {
            tracing::warn!(refund = id, %error, "refund is not confirmed yet");
            Ok(Outcome::AgainAt(ask_again_at(&row, now)))
        }
    }
}

fn ask_again_at(row: &RefundRow, now: i64) -> i64 {
    let waited_ms = now - row.accepted_at.unwrap_or(now);
    now + (waited_ms / 10).clamp(ASK_AGAIN_MS, ASK_AGAIN_MS_MAX)
}

fn new_refund(app: &App, row: &RefundRow) -> NewRefund {
    NewRefund {
        transaction_id: row.transaction_id.clone(),
        out_refund_no: row.out_refund_no.clone(),
        reason: Some(row.reason.clone()),
        notify_url: format!("{}/wechat/pay/notify/refund", app.config.service.public_base_url),
        refund_fen: row.amount_fen,
        total_fen: row.total_fen,
    }
}

async fn keep(
    app: &App,
    row: &RefundRow,
    state: RefundState,
    refund_id: Option<&str>,
    success_time: Option<OffsetDateTime>,
) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    keep_in(app, &*transaction, row, state, refund_id, success_time).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// The payer has the money: timeline, and what it means for the order if it was money of the order itself.
pub(super) async fn arrived<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    row: &RefundRow,
    actor: &Actor,
) -> Result<(), Problem> {
    let now = app.now_ms();
    orders::record(connection, &row.order_id, TimelineKind::RefundDone, actor, None, now).await?;
    if row.is_of_order() {
        settled_refund::settle_order(connection, row, now).await?;
    }
    let happening = Happening::RefundSucceeded {
        refund_id: row.id.clone(),
        order_id: row.order_id.clone(),
        amount_fen: row.amount_fen,
        of_order: row.is_of_order(),
    };
    publish(connection, &happening, now).await?;
    Ok(())
}

/// When the payer had the money, epoch milliseconds: as WeChat says, in whole seconds, unless that cannot be, before the refund
/// was asked for or still to come.
fn succeeded_at(told: Option<OffsetDateTime>, row: &RefundRow, now: i64) -> i64 {
    let told = told.map(|at| at.unix_timestamp() * 1_000);
    let told = told.filter(|at| (row.created_at - 1_000..=now).contains(at));
    told.map_or(now, |at| Ord::max(at, row.created_at))
}

/// Whether what WeChat says of a refund fits what was booked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It was news, or the same once more.
    Fits,
    /// It has come to the payer although a person had given the money back, because WeChat seemed not to be able to: perhaps
    /// it went twice.
    AfterPayout,
}

/// Keeps what WeChat says; success and a refund that was given up are final, so that a late repeat of an older state changes
/// nothing. Of one that a person carries out by now it is believed that the money arrived, and nothing else: what became of
/// its own try before must not take it out of his hands.
async fn keep_in<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    row: &RefundRow,
    state: RefundState,
    refund_id: Option<&str>,
    success_time: Option<OffsetDateTime>,
) -> Result<Kept, Problem> {
    let now = app.now_ms();
    if row.proposed_by.is_some() {
        // The order's row first, as everywhere else.
        orders::lock_row(connection, &row.order_id, now).await?;
    }
    let mut update = refunds::Entity::update_many()
        .col_expr(refunds::Column::State, Expr::value(state.as_str()))
        .col_expr(refunds::Column::UpdatedAt, Expr::value(now))
        .filter(refunds::Column::Id.eq(&row.id))
        .filter(refunds::Column::State.is_not_in([RefundState::Success.as_str(), RefundState::Closed.as_str()]));
    if let Some(refund_id) = refund_id {
        // The first word of WeChat decides on which day's bill the refund stands.
        let accepted_at = Func::coalesce([Expr::col(refunds::Column::AcceptedAt), Expr::value(now)]);
        update = update
            .col_expr(refunds::Column::RefundId, Expr::value(refund_id))
            .col_expr(refunds::Column::AcceptedAt, accepted_at.into());
    }
    if state == RefundState::Success {
        update = update.col_expr(refunds::Column::SucceededAt, Expr::value(succeeded_at(success_time, row, now)));
    } else {
        update = update.filter(refunds::Column::Channel.eq(WECHAT));
    }
    let changed = update.exec(connection).await?.rows_affected == 1;
    if changed && state == RefundState::Success {
        arrived(app, connection, row, &Actor::Channel).await?;
    }
    if changed && matches!(state, RefundState::Abnormal | RefundState::Closed) {
        tracing::error!(refund = row.id, state = state.as_str(), "a refund needs a person");
    }
    if !changed && state == RefundState::Success && was_paid_by_hand(connection, &row.id).await? {
        tracing::error!(refund = row.id, "WeChat carried out a refund that a person had paid");
        metrics::counter!("tejian_refunds_after_payout_total").increment(1);
        return Ok(Kept::AfterPayout);
    }
    Ok(Kept::Fits)
}

async fn was_paid_by_hand<C: ConnectionTrait>(connection: &C, id: &str) -> Result<bool, Problem> {
    let row = refunds::Entity::find_by_id(id).one(connection).await?;
    Ok(row.is_some_and(|row| row.bank_reference.is_some() && row.state == RefundState::Success.as_str()))
}

/// Books a refund notice in the transaction of the inbox; what does not fit, as staff's pages know it, if the refund is not
/// ours (made by hand in WeChat's console), its content is another one's, or a person had given the money back already.
pub(super) async fn apply_notice<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    notice: &RefundNotice,
) -> Result<Option<&'static str>, Problem> {
    let row =
        refunds::Entity::find().filter(refunds::Column::OutRefundNo.eq(&notice.out_refund_no)).one(connection).await?;
    let Some(row) = row else { return Ok(Some("not one of our refunds")) };
    if notice.mch_id != app.pay.mch_id()
        || notice.transaction_id != row.transaction_id
        || notice.amount.refund != row.amount_fen
    {
        tracing::error!(refund = row.id, "a refund notice does not fit our books");
        return Ok(Some("another refund than ours"));
    }
    let state = RefundState::of_channel(&notice.refund_status);
    let kept = keep_in(app, connection, &row, state, Some(&notice.refund_id), notice.success_time).await?;
    Ok((kept == Kept::AfterPayout).then_some("refund_after_payout"))
}

/// Asks WeChat once about every refund that is under way with it; how many were asked for.
pub(super) async fn ask_for_all_open(app: &App) -> Result<u64, Problem> {
    let under_way = [RefundState::Requested, RefundState::Processing].map(RefundState::as_str);
    let rows = refunds::Entity::find()
        .filter(refunds::Column::State.is_in(under_way))
        .filter(refunds::Column::Channel.eq(WECHAT))
        .order_by_desc(refunds::Column::Id)
        .limit(ASKED_TOGETHER_MAX)
        .all(app.database.reader())
        .await?;
    let mut asked = 0;
    for row in rows {
        push(app, &row.id).await?;
        asked += 1;
    }
    Ok(asked)
}
