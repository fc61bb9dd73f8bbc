//! A decided return of money of a line of the bank whose sender cannot take it, his account being closed: it goes to another
//! account, or is called off; one that was paid and that the bank sent back is opened again for another account, and so is a
//! refund of an order (`line_return_bounce`). All of these are asked for by one member of staff and decided on by another,
//! like the return itself; nothing is paid out meanwhile, and whoever typed the account never pays it out. The part of a
//! refund in it: the room of the bank's lines keeps the line's books beside it.

use foundation::ids::new_id_text;
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use foundation::sealed::Sealed;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, UpdateMany};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::line_return_changes::{ActiveModel, Column, Entity};
use super::entity::{line_return_changes, refunds};
use super::refund_payee::{PayeeSource, RefundPayee};
use super::refund_proposal::{checked_reason, find_refund};
use super::refunds::RefundState;
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, TimelineKind};
use crate::staff::Officer;

/// A refund as stored.
pub type RefundRow = refunds::Model;
/// A change of a decided return as stored.
pub type LineReturnChangeRow = line_return_changes::Model;

/// As stored while nobody has decided.
const OPEN: &str = "open";
pub(super) const APPLIED: &str = "applied";
const DECLINED: &str = "declined";
const WITHDRAWN: &str = "withdrawn";

/// What is to become of a decided return, or of a return or refund that was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineReturnChangeKind {
    /// It goes to another account.
    Payee,
    /// It does not go back: the money is on its line again.
    CallOff,
    /// It was paid and the bank sent it back: it goes to another account.
    Bounced,
}

impl LineReturnChangeKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            LineReturnChangeKind::Payee => "payee",
            LineReturnChangeKind::CallOff => "call_off",
            LineReturnChangeKind::Bounced => "bounced",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            LineReturnChangeKind::Payee => "换账户",
            LineReturnChangeKind::CallOff => "取消退回",
            LineReturnChangeKind::Bounced => "银行退票换账户",
        }
    }

    /// The state of a return of which this may be wanted.
    fn wanted_of(self) -> RefundState {
        match self {
            LineReturnChangeKind::Payee | LineReturnChangeKind::CallOff => RefundState::Requested,
            LineReturnChangeKind::Bounced => RefundState::Success,
        }
    }
}

impl LineReturnChangeRow {
    /// What is wanted.
    pub fn kind(&self) -> LineReturnChangeKind {
        use LineReturnChangeKind::{Bounced, CallOff, Payee};
        // What is not known is refused by the state that the simplest of them wants.
        [CallOff, Bounced].into_iter().find(|kind| kind.as_str() == self.kind).unwrap_or(Payee)
    }

    /// The account that is wanted instead.
    pub fn payee(&self) -> Option<RefundPayee> {
        let (name, account) = (self.payee_name.clone()?, self.payee_account.clone()?);
        Some(RefundPayee { name, account: account.into(), bank: self.payee_bank.clone() })
    }
}

/// What is wanted of a return, where it is to go, and why.
#[derive(Debug)]
pub struct LineReturnWish<'a> {
    /// What.
    pub kind: LineReturnChangeKind,
    /// The account, unless it is to be called off.
    pub payee: Option<RefundPayee>,
    /// At most 60 characters.
    pub reason: &'a str,
}

/// Asks for another account, or for the return to be called off. The order's row must be held. 409 unless it is the return
/// of a line, decided and not paid, or, where the bank is said to have sent it back, any refund that was paid by bank; and
/// while another change of it waits.
pub async fn ask_line_return_change<C: ConnectionTrait>(
    connection: &C,
    officer: &Officer,
    refund_id: &str,
    wish: LineReturnWish<'_>,
    now_ms: i64,
) -> Result<LineReturnChangeRow, Problem> {
    let LineReturnWish { kind, payee, reason } = wish;
    let reason = checked_reason(reason)?;
    let refund = find_refund(connection, refund_id).await?;
    let fits = match kind {
        LineReturnChangeKind::Bounced => refund.may_bounce(),
        LineReturnChangeKind::Payee | LineReturnChangeKind::CallOff => refund.line_id.is_some(),
    };
    if !fits || refund.state != kind.wanted_of().as_str() {
        return Err(if kind == LineReturnChangeKind::Bounced { return_not_paid() } else { return_not_open() });
    }
    let id = new_id_text("lrc");
    let row = ActiveModel {
        id: Set(id.clone()),
        refund_id: Set(refund.id),
        kind: Set(kind.as_str().to_owned()),
        payee_name: Set(payee.as_ref().map(|payee| payee.name.clone())),
        payee_account: Set(payee.as_ref().map(|payee| payee.account.clone().into())),
        payee_bank: Set(payee.and_then(|payee| payee.bank)),
        reason: Set(reason),
        asked_by: Set(officer.id.to_string()),
        state: Set(OPEN.to_owned()),
        created_at: Set(now_ms),
    };
    let conflict = OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row).on_conflict(conflict).exec_without_returning(connection).await? == 0 {
        return Err(change_waits("没有提交"));
    }
    find_line_return_change(connection, &id).await
}

/// A change by id, or 404.
pub async fn find_line_return_change<C: ConnectionTrait>(
    connection: &C,
    id: &str,
) -> Result<LineReturnChangeRow, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("return_change_not_found", "没有找到这项变更"))
}

/// The change of a return that somebody is still to decide on.
pub async fn waiting_line_return_change<C: ConnectionTrait>(
    connection: &C,
    refund_id: &str,
) -> Result<Option<LineReturnChangeRow>, Problem> {
    Ok(Entity::find().filter(Column::RefundId.eq(refund_id)).filter(Column::State.eq(OPEN)).one(connection).await?)
}

/// The changes of these returns that somebody is still to decide on.
pub(super) async fn waiting_of<C: ConnectionTrait>(
    connection: &C,
    refund_ids: &[&str],
) -> Result<Vec<LineReturnChangeRow>, Problem> {
    if refund_ids.is_empty() {
        return Ok(Vec::new());
    }
    let waiting =
        Entity::find().filter(Column::RefundId.is_in(refund_ids.iter().copied())).filter(Column::State.eq(OPEN));
    Ok(waiting.all(connection).await?)
}

/// 409 while somebody is to decide where the money of a return goes. The order's row must be held.
pub(super) async fn refuse_while_a_change_waits<C: ConnectionTrait>(
    connection: &C,
    refund: &RefundRow,
) -> Result<(), Problem> {
    if refund.line_id.is_some() && waiting_line_return_change(connection, &refund.id).await?.is_some() {
        return Err(change_waits("没有登记"));
    }
    Ok(())
}

/// Why a payout was refused because its return was called off, if that is why.
pub(super) fn refused_called_off(refund: &RefundRow) -> Option<Problem> {
    refund.called_off_at.map(|_| {
        Problem::conflict("return_called_off", "这笔退回已取消，款项已回到待认领，没有登记")
            .money(Money::Taken)
            .advice("请不要转账；已经转出的，请马上告诉财务负责人，这笔流水先不要认领")
    })
}

/// Approved: the money goes to the account that was asked for; who asked for it does not pay it out. The order's row must be
/// held. 409 if the return is no longer what the change was asked for.
pub async fn change_line_return_payee<C: ConnectionTrait>(
    connection: &C,
    change: &LineReturnChangeRow,
    now_ms: i64,
) -> Result<(), Problem> {
    turn(connection, &change.id, APPLIED).await?;
    let update = in_state(change, RefundState::Requested, now_ms).filter(refunds::Column::LineId.is_not_null());
    let changed = to_asked_account(update, change)?.exec(connection).await?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(moved_on()) }
}

/// Approved: nothing goes back, and the payer who was told that it does is told so; the caller lets the line have its money
/// again. The order's row must be held. 409 if the return is no longer what the change was asked for.
pub async fn call_off_line_return<C: ConnectionTrait>(
    connection: &C,
    change: &LineReturnChangeRow,
    officer: &Officer,
    now_ms: i64,
) -> Result<(), Problem> {
    turn(connection, &change.id, APPLIED).await?;
    let called_off = in_state(change, RefundState::Requested, now_ms)
        .filter(refunds::Column::LineId.is_not_null())
        .col_expr(refunds::Column::State, Expr::value(RefundState::Declined.as_str()))
        .col_expr(refunds::Column::CalledOffAt, Expr::value(now_ms))
        .exec(connection)
        .await?;
    if called_off.rows_affected == 0 {
        return Err(moved_on());
    }
    let refund = recorded(connection, change, TimelineKind::RefundCalledOff, officer, now_ms).await?;
    let happening = Happening::RefundCalledOff {
        refund_id: refund.id,
        order_id: refund.order_id,
        amount_fen: refund.amount_fen,
        reason: change.reason.clone(),
    };
    publish(connection, &happening, now_ms).await?;
    metrics::counter!("tejian_line_returns_called_off_total").increment(1);
    Ok(())
}

/// Rejected: the return stays as it was decided.
pub async fn decline_line_return_change<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), Problem> {
    turn(connection, id, DECLINED).await
}

/// Taken back by whoever asked for it: the return stays as it was decided. False once it is decided, and for anybody else.
pub async fn withdraw_line_return_change<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    officer: &Officer,
) -> Result<bool, Problem> {
    let withdrawn = Entity::update_many()
        .col_expr(Column::State, Expr::value(WITHDRAWN))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(OPEN))
        .filter(Column::AskedBy.eq(officer.id.as_str()))
        .exec(connection)
        .await?;
    Ok(withdrawn.rows_affected == 1)
}

/// What an approved change makes of its return or refund, as long as that is in the state for which the change was asked.
pub(super) fn in_state(change: &LineReturnChangeRow, state: RefundState, now_ms: i64) -> UpdateMany<refunds::Entity> {
    refunds::Entity::update_many()
        .col_expr(refunds::Column::UpdatedAt, Expr::value(now_ms))
        .filter(refunds::Column::Id.eq(&change.refund_id))
        .filter(refunds::Column::State.eq(state.as_str()))
}

/// The same, with the account that was asked for, and who asked for it: he does not pay it out.
pub(super) fn to_asked_account(
    update: UpdateMany<refunds::Entity>,
    change: &LineReturnChangeRow,
) -> Result<UpdateMany<refunds::Entity>, Problem> {
    let payee = change.payee().ok_or_else(|| Problem::internal(format!("change {} without an account", change.id)))?;
    Ok(update
        .col_expr(refunds::Column::PayeeName, Expr::value(payee.name.as_str()))
        .col_expr(refunds::Column::PayeeAccount, Expr::value(Sealed::from(payee.account.clone())))
        .col_expr(refunds::Column::PayeeBank, Expr::value(payee.bank.as_deref()))
        .col_expr(refunds::Column::PayeeSource, Expr::value(PayeeSource::Changed.as_str()))
        .col_expr(refunds::Column::PayeeSetBy, Expr::value(change.asked_by.as_str())))
}

/// Writes into its order's timeline what became of a return or refund, which is given as it is now.
pub(super) async fn recorded<C: ConnectionTrait>(
    connection: &C,
    change: &LineReturnChangeRow,
    kind: TimelineKind,
    officer: &Officer,
    now_ms: i64,
) -> Result<RefundRow, Problem> {
    let refund = find_refund(connection, &change.refund_id).await?;
    let by = Actor::Officer(officer.id.to_string());
    let of_line = if refund.line_id.is_some() { "多收的转账 " } else { "" };
    let detail = Some(format!("{of_line}{} 元：{}", Fen(refund.amount_fen), change.reason));
    orders::record(connection, &refund.order_id, kind, &by, detail, now_ms).await?;
    Ok(refund)
}

pub(super) async fn turn<C: ConnectionTrait>(connection: &C, id: &str, to: &str) -> Result<(), Problem> {
    let turned = Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(OPEN))
        .exec(connection)
        .await?;
    if turned.rows_affected == 1 { Ok(()) } else { Err(Problem::internal(format!("return change {id} is not open"))) }
}

fn return_not_open() -> Problem {
    Problem::conflict("return_not_open", "这笔退回现在不能换账户或取消，没有提交")
        .money(Money::Unknown)
        .advice("只有已同意、还没有转账的重复转账可以；待审批的请先驳回，请刷新页面查看状态")
}

fn return_not_paid() -> Problem {
    Problem::conflict("return_not_paid", "这笔退款没有登记过银行转账，没有提交")
        .money(Money::Unknown)
        .advice("只有由出纳转账并已登记的可以登记银行退票；还没有登记的请换账户，请刷新页面查看状态")
}

fn change_waits(outcome: &str) -> Problem {
    Problem::conflict("return_change_waits", format!("这笔退回的变更在等另一位同事审批，{outcome}"))
        .money(Money::Taken)
        .advice("请等审批有结果后再办，先不要转账；已经转出的，请马上让申请人撤回或审批人驳回，再登记")
}

pub(super) fn moved_on() -> Problem {
    Problem::conflict("return_moved_on", "申请之后这笔退回已经转账或变过，没有改变")
        .money(Money::Unknown)
        .advice("请驳回，再按现在的状态处理")
}
