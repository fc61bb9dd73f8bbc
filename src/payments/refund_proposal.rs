//! Refunds by decision of the institute: proposed by one member of staff, decided by another (four eyes). The number under
//! which WeChat hears of it is fixed with the proposal. What is proposed, on its way and arrived never exceeds what was
//! paid, nor what really came where an order was paid on a reviewer's word; the order's row is held while that is added up.

use std::collections::HashMap;

use foundation::ids::new_id_text;
use foundation::jobs::{NewJob, enqueue};
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use serde_json::json;

use super::entity::refunds::{ActiveModel, Column, Entity, Model as RefundRow};
use super::line_return_change::{refuse_while_a_change_waits, refused_called_off};
use super::refund_payee::{PayeeSource, RefundPayee, not_typed_by, refuse_an_account_not_seen, refused_payout};
use super::refund_review::KIND;
use super::refunds::{self, JOB_REFUND, RefundJob, RefundState, WECHAT, of_order};
use super::store;
use crate::app::App;
use crate::audit::{self, Action};
use crate::happenings::{Happening, publish};
use crate::invoices;
use crate::orders::{self, Actor, OrderId, OrderRow, OrderState, TimelineKind};
use crate::reviews::{self, NewReview, Review, Submitter};
use crate::staff::Officer;

/// As stored: a person transfers it.
pub(super) const BANK: &str = "bank";
/// A refund is decided within so many working days.
pub(super) const WORKING_DAYS: u32 = 2;
const REASON_CHARACTERS_MAX: usize = 60;

/// What is to go back.
#[derive(Debug)]
pub struct RefundWish<'a> {
    /// Fen.
    pub amount_fen: i64,
    /// For the payer.
    pub reason: &'a str,
    /// The account it goes to by bank, where it is known.
    pub payee: Option<RefundPayee>,
}

/// Proposes to give money of an order back; the answer is the review that another member of staff decides.
pub async fn propose(app: &App, officer: &Officer, id: &OrderId, wish: RefundWish<'_>) -> Result<Review, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let RefundWish { amount_fen, reason, payee } = wish;
    let reason = checked_reason(reason)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, id.as_str(), now).await?.ok_or_else(not_found)?;
    let voids_order = order.state()? == OrderState::PendingPayment && order.received_fen > 0;
    let left = if voids_order {
        part_refundable(&*transaction, &order).await?
    } else {
        refundable(&*transaction, &order).await?
    };
    if !voids_order {
        refuse_what_has_not_come(&order, amount_fen, left)?;
    }
    if amount_fen < 1 || amount_fen > left || (voids_order && amount_fen != left) {
        return Err(Problem::unacceptable("refund_too_much", "退款金额不对，没有提交")
            .field("amount_fen", format!("最多可退 {} 元", Fen(left)))
            .advice(format!("这个订单还可退 {} 元（已扣除已退和在途的退款）", Fen(left)))
            .details(json!({ "refundable_fen": left })));
    }
    if !voids_order {
        invoices::refuse_while_made(&*transaction, &order.id).await?;
    }
    let to = payee.as_ref().map(RefundPayee::masked);
    let row = proposal(&*transaction, officer, &order, (amount_fen, &reason, payee), voids_order, now).await?;
    let whole = match amount_fen {
        _ if voids_order => "作废并退回已收款，",
        whole if whole == order.amount_fen => "全额",
        _ => "部分",
    };
    let new = NewReview {
        kind: KIND,
        subject_id: &row.id,
        title: format!("{whole}退款 {} 元：{} {}", Fen(amount_fen), order.order_no, order.unit_name),
        amount_fen: Some(amount_fen),
        search: format!("{} {} {reason}", order.order_no, row.out_refund_no),
        submitter: Submitter::officer(officer),
        working_days: WORKING_DAYS,
    };
    let review = reviews::open(&*transaction, app, new).await?;
    let detail = json!({
        "refund": row.id, "amount_fen": amount_fen, "reason": reason, "order_no": order.order_no, "payee": to,
    });
    audit::record(&*transaction, app, officer.entry(Action::RefundProposed, &order.id, detail)).await?;
    let review = reviews::find(&*transaction, &review).await?.ok_or_else(not_found)?;
    transaction.commit().await?;
    Ok(review)
}

async fn proposal<C: ConnectionTrait>(
    connection: &C,
    officer: &Officer,
    order: &OrderRow,
    (amount_fen, reason, payee): (i64, &str, Option<RefundPayee>),
    voids_order: bool,
    now: i64,
) -> Result<RefundRow, Problem> {
    let attempt = match &order.paid_attempt_id {
        Some(id) => store::find(connection, id).await?,
        None => None,
    };
    let paid_through_wechat =
        attempt.and_then(|attempt| Some((attempt.id, attempt.transaction_id?, attempt.amount_fen)));
    let channel = if paid_through_wechat.is_some() { WECHAT } else { BANK };
    let (attempt_id, transaction_id, total_fen) =
        paid_through_wechat.unwrap_or((String::new(), String::new(), order.amount_fen));
    let id = new_id_text("rfd");
    // Never another number for the same intention (pitfalls C2).
    let out_refund_no = format!("S-{}", id.trim_start_matches("rfd_"));
    let row = ActiveModel {
        id: Set(id.clone()),
        order_id: Set(order.id.clone()),
        attempt_id: Set(attempt_id),
        out_refund_no: Set(out_refund_no),
        refund_id: Set(None),
        transaction_id: Set(transaction_id),
        amount_fen: Set(amount_fen),
        total_fen: Set(total_fen),
        reason: Set(reason.to_owned()),
        state: Set(RefundState::Proposed.as_str().to_owned()),
        failure: Set(None),
        created_at: Set(now),
        succeeded_at: Set(None),
        updated_at: Set(now),
        channel: Set(channel.to_owned()),
        accepted_at: Set(None),
        proposed_by: Set(Some(officer.id.to_string())),
        bank_reference: Set(None),
        voids_order: Set(voids_order),
        line_id: Set(None),
        payee_name: Set(payee.as_ref().map(|payee| payee.name.clone())),
        payee_account: Set(payee.as_ref().map(|payee| payee.account.clone().into())),
        payee_source: Set(payee.as_ref().map(|_| PayeeSource::Proposal.as_str().to_owned())),
        payee_set_by: Set(payee.as_ref().map(|_| officer.id.to_string())),
        called_off_at: Set(None),
        payee_bank: Set(payee.and_then(|payee| payee.bank)),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    find_refund(connection, &id).await
}

/// What came of an order that still waits for the rest, fen: it goes back whole, once.
async fn part_refundable<C: ConnectionTrait>(connection: &C, order: &OrderRow) -> Result<i64, Problem> {
    if order.under_review {
        return Err(Problem::conflict(
            "order_under_review",
            format!("订单 {} 的汇款正在审核，没有提交退款", order.order_no),
        )
        .money(Money::Unknown)
        .advice("请先审核汇款"));
    }
    refuse_while_money_goes_back(connection, order).await?;
    Ok(order.received_fen)
}

/// 409 while money of an order goes back, has gone back, or two people are to decide on it: nothing else may be taken out of
/// it meanwhile. The order's row must be held.
pub async fn refuse_while_money_goes_back<C: ConnectionTrait>(connection: &C, order: &OrderRow) -> Result<(), Problem> {
    let going = Entity::find()
        .filter(Column::OrderId.eq(&order.id))
        .filter(of_order())
        .filter(Column::State.ne(RefundState::Declined.as_str()))
        .count(connection)
        .await?;
    if going == 0 {
        return Ok(());
    }
    Err(Problem::conflict("order_refunding", format!("订单 {} 已申请或办理退款，没有改变", order.order_no))
        .money(Money::Refunding)
        .advice("请在退款里查看；待审批的退款可以先驳回"))
}

/// An order that was paid on a reviewer's word has only what was found in the books of the bank: the rest is not there to be
/// given back. `left` is what is at hand and not promised yet.
fn refuse_what_has_not_come(order: &OrderRow, amount_fen: i64, left: i64) -> Result<(), Problem> {
    let lacks = order.amount_fen - order.at_hand().0;
    if amount_fen <= left || lacks == 0 {
        return Ok(());
    }
    let (came, lacks) = (order.at_hand(), Fen(lacks));
    let what =
        format!("订单 {} 是凭汇款审核支付的，银行到账只认领了 {came} 元，还差 {lacks} 元，没有退款", order.order_no);
    Err(Problem::conflict("money_not_claimed", what)
        .money(Money::Unknown)
        .advice("请先导入银行对账单，把这笔到账认领到这个订单，再办退款")
        .details(json!({ "refundable_fen": left })))
}

/// What of an order's money may still be given back, fen; the order's row must be held.
pub(super) async fn refundable<C: ConnectionTrait>(connection: &C, order: &OrderRow) -> Result<i64, Problem> {
    if !order.state()?.has_money() {
        return Err(Problem::conflict("order_not_paid", "这个订单现在没有可退的款项，没有提交退款")
            .money(Money::None)
            .advice("只有已支付、已完成的订单可以退款"));
    }
    Ok(order.at_hand().0 - going_back(connection, &order.id).await?)
}

/// What of an order's money goes back, has gone back, or two people are to decide on; fen.
pub async fn going_back<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<i64, Problem> {
    #[derive(FromQueryResult)]
    struct Sum {
        amount_fen: Option<i64>,
    }
    let sum = Entity::find()
        .select_only()
        .column_as(Expr::col(Column::AmountFen).sum().cast_as(Alias::new("bigint")), "amount_fen")
        .filter(Column::OrderId.eq(order_id))
        .filter(of_order())
        .filter(Column::State.ne(RefundState::Declined.as_str()))
        .into_model::<Sum>()
        .one(connection)
        .await?;
    Ok(sum.and_then(|sum| sum.amount_fen).unwrap_or(0))
}

/// Approved: the money goes on its way. In the transaction of the verdict.
pub(super) async fn approve(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    officer: &Officer,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let row = find_refund(transaction, id).await?;
    let order = orders::lock_row(transaction, &row.order_id, now).await?.ok_or_else(not_found)?;
    move_state(transaction, id, RefundState::Proposed, RefundState::Requested, now).await?;
    let by = Actor::Officer(officer.id.to_string());
    if row.voids_order {
        orders::void_part_paid(transaction, &order, row.amount_fen, &row.reason, &by, now).await?;
    } else {
        let left = order.at_hand().0 - sum_decided(transaction, &order.id).await?;
        refuse_what_has_not_come(&order, 0, left)?;
        orders::start_refund(transaction, &order.id, now).await?;
    }
    let detail = Some(format!("{} 元，{}", Fen(row.amount_fen), row.reason));
    orders::record(transaction, &order.id, TimelineKind::RefundStarted, &by, detail, now).await?;
    if !row.voids_order {
        let left = order.amount_fen - sum_decided(transaction, &order.id).await?;
        invoices::reduce(app, transaction, &order.id, Fen(left), &row.reason, officer.id.as_str()).await?;
    }
    if row.channel == WECHAT {
        let job = RefundJob { refund_id: id.to_owned() };
        enqueue(transaction, NewJob::new(JOB_REFUND, &job, now)).await?;
    }
    let happening = Happening::RefundStarted {
        refund_id: id.to_owned(),
        order_id: order.id.clone(),
        amount_fen: row.amount_fen,
        reason: row.reason,
        of_order: true,
    };
    publish(transaction, &happening, now).await?;
    metrics::counter!("tejian_decided_refunds_total").increment(1);
    Ok(())
}

/// Decided refunds of an order, wherever they are; fen. The order's row must be held.
pub async fn sum_decided<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<i64, Problem> {
    let rows = Entity::find()
        .filter(Column::OrderId.eq(order_id))
        .filter(of_order())
        .filter(Column::State.is_not_in([RefundState::Declined.as_str(), RefundState::Proposed.as_str()]))
        .all(connection)
        .await?;
    Ok(rows.iter().map(|row| row.amount_fen).sum())
}

/// The same of several orders at once, without holding them: what is shown of them. Orders without any are missing.
pub async fn sums_decided<C: ConnectionTrait>(
    connection: &C,
    order_ids: &[&str],
) -> Result<HashMap<String, i64>, Problem> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .columns([Column::OrderId, Column::AmountFen])
        .filter(Column::OrderId.is_in(order_ids.iter().copied()))
        .filter(of_order())
        .filter(Column::State.is_not_in([RefundState::Declined.as_str(), RefundState::Proposed.as_str()]))
        .into_tuple()
        .all(connection)
        .await?;
    let mut sums = HashMap::new();
    for (order_id, amount_fen) in rows {
        *sums.entry(order_id).or_insert(0) += amount_fen;
    }
    Ok(sums)
}

/// Rejected: nothing moves.
pub(super) async fn decline(app: &App, transaction: &DatabaseTransaction, id: &str) -> Result<(), Problem> {
    move_state(transaction, id, RefundState::Proposed, RefundState::Declined, app.now_ms()).await
}

pub(super) async fn move_state<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    from: RefundState,
    to: RefundState,
    now: i64,
) -> Result<(), Problem> {
    let moved = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(from.as_str()))
        .exec(connection)
        .await?;
    if moved.rows_affected == 1 { Ok(()) } else { Err(Problem::internal(format!("refund {id} is not {from:?}"))) }
}

/// How a person gave money back.
#[derive(Debug, Clone, Copy)]
pub struct Payout<'a> {
    /// Number of the bank's slip, or of the window's.
    pub reference: &'a str,
    /// In cash or on the card at the window where it came, and not by bank.
    pub at_window: bool,
}

impl<'a> Payout<'a> {
    /// Without blanks, or what is wrong with it.
    pub fn checked(reference: &'a str, at_window: bool) -> Result<Self, Problem> {
        let reference = reference.trim();
        if reference.is_empty() || reference.chars().count() > 64 {
            return Err(Problem::unacceptable("reference_missing", "还没有填写银行退款流水号，没有登记")
                .field("reference_no", "请填写银行回单上的流水号（64 字以内）"));
        }
        Ok(Self { reference, at_window })
    }
}

/// A person gave the money back: for orders that were not paid through WeChat, and where WeChat could not carry a refund out.
/// The order's row must be held, and the caller has seen that the account is written down. 403 for whoever typed it; 409 while
/// another account, or none, is asked for money of a line, and for an account that was written down after the decision until
/// he has looked at it.
pub async fn confirm(
    app: &App,
    transaction: &DatabaseTransaction,
    officer: &Officer,
    row: &RefundRow,
    payout: Payout<'_>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    refuse_while_a_change_waits(transaction, row).await?;
    refuse_an_account_not_seen(transaction, row, &officer.id).await?;
    let by_hand = Column::Channel.eq(BANK).and(Column::State.eq(RefundState::Requested.as_str()));
    let failed = Column::State.is_in([RefundState::Abnormal.as_str(), RefundState::Closed.as_str()]);
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(RefundState::Success.as_str()))
        .col_expr(Column::BankReference, Expr::value(payout.reference))
        .col_expr(Column::SucceededAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(&row.id))
        .filter(by_hand.or(failed))
        .filter(not_typed_by(&officer.id));
    if payout.at_window {
        update = update.col_expr(Column::PayeeSource, Expr::value(PayeeSource::Window.as_str()));
    }
    if update.exec(transaction).await?.rows_affected == 0 {
        if let Some(refused) = refused_called_off(row).or_else(|| refused_payout(row, &officer.id)) {
            return Err(refused);
        }
        return Err(Problem::conflict("refund_not_by_hand", "这笔退款不需要人工登记，没有改变")
            .money(Money::Refunding)
            .advice("请刷新页面查看退款状态"));
    }
    refunds::arrived(app, transaction, row, &Actor::Officer(officer.id.to_string())).await?;
    let mut detail = json!({ "refund": row.id, "amount_fen": row.amount_fen, "reference_no": payout.reference });
    if payout.at_window {
        detail["how"] = json!("at_window");
    }
    audit::record(transaction, app, officer.entry(Action::RefundConfirmed, &row.order_id, detail)).await
}

/// A refund by id, or 404.
pub async fn find_refund<C: ConnectionTrait>(connection: &C, id: &str) -> Result<RefundRow, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("refund_not_found", "没有找到这笔退款"))
}

pub(super) fn checked_reason(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(Problem::unacceptable("reason_missing", "退款原因不符合要求，没有提交")
            .field("reason", "请填写退款原因（60 字以内），缴款人会看到")
            .advice("请填写退款原因后再提交"));
    }
    Ok(reason.to_owned())
}

fn not_found() -> Problem {
    Problem::not_found("order_not_found", "没有找到这个订单")
}
