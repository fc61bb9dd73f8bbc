//! 认款: taking money of a line for orders, and taking it back.

use std::collections::HashSet;

use foundation::calendar::{beijing_date, print_date};
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

use super::entity::bank_claims;
use super::model::{BankTransactionId, ClaimId, Claimer};
use super::score::Marks;
use super::store::{self, ClaimRow, LIVE};
use super::twins::refuse_perhaps_known;
use crate::app::App;
use crate::invoices;
use crate::orders::{self, Actor, OrderId, OrderRow, OrderState, PaidBy, Payment, PaymentMethod, Received};
use crate::{payments, reconciliation, transfers};

/// Orders that one line may be taken for at once.
const ORDERS_MAX: usize = 100;

/// So much of a line for this order.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which order.
    pub order_id: OrderId,
    /// How much.
    pub amount: Fen,
}

impl Claimer {
    fn actor(&self) -> Actor {
        match self {
            Claimer::Automatic => Actor::Bank,
            Claimer::Person(id, _) => Actor::Officer(id.clone()),
        }
    }
}

/// Takes money of a line for orders, all or nothing, in a transaction of its own.
pub async fn claim(app: &App, id: &BankTransactionId, wishes: &[Wish], claimer: &Claimer) -> Result<(), Problem> {
    close_online_attempts(app, wishes).await?;
    let transaction = app.database.begin_write().await?;
    claim_in(&*transaction, id.as_str(), wishes, claimer, app.now_ms()).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_bank_claims_total", "how" => claimer.how()).increment(wishes.len() as u64);
    Ok(())
}

/// What is open at WeChat is closed first, so that no order is paid twice.
pub(super) async fn close_online_attempts(app: &App, wishes: &[Wish]) -> Result<(), Problem> {
    for wish in wishes.iter().take(ORDERS_MAX) {
        let order = orders::find_row(app.database.reader(), wish.order_id.as_str()).await?;
        if order.is_some_and(|order| order.state == OrderState::Paying.as_str()) {
            payments::close_for_other_money(app, wish.order_id.as_str()).await?;
        }
    }
    Ok(())
}

/// The same in the transaction of the caller.
pub(super) async fn claim_in<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    wishes: &[Wish],
    claimer: &Claimer,
    now: i64,
) -> Result<Vec<Received>, Problem> {
    refuse_senseless(wishes)?;
    // Always in the same order, so that two claimers never wait for each other in a circle.
    let mut wishes: Vec<&Wish> = wishes.iter().collect();
    wishes.sort_by(|one, other| one.order_id.cmp(&other.order_id));
    let mut orders = Vec::with_capacity(wishes.len());
    for wish in &wishes {
        let order = orders::lock_row(connection, wish.order_id.as_str(), now).await?;
        orders.push(order.ok_or_else(|| Problem::not_found("order_not_found", "没有找到要认领的订单"))?);
    }
    let line = store::lock(connection, id, now).await?.ok_or_else(line_not_found)?;
    refuse_perhaps_known(&line)?;
    let sum = wishes.iter().try_fold(Fen::ZERO, |sum, wish| sum.plus(wish.amount));
    let sum = sum.map_err(|error| Problem::unacceptable("amount_out_of_range", error.to_string()))?;
    if !store::take(connection, &line, sum.0, now).await? {
        let rest = Fen(line.rest_fen);
        return Err(Problem::unacceptable("claim_exceeds_rest", format!("这笔流水只剩 {rest} 元可认领，没有认款"))
            .field("claims", format!("合计最多 {rest} 元"))
            .advice("请核对每个订单的认领金额"));
    }
    let codes = Marks::of(&line.remark).codes;
    // As the bank says, unless its file names a day that is still to come.
    let today = print_date(beijing_date(now));
    let came_on = Ord::min(line.booked_on.as_str(), today.as_str());
    let claiming: Vec<&str> = orders.iter().map(|order| order.id.as_str()).collect();
    transfers::note_spoken_for(connection, &codes, &claiming, now).await?;
    let mut outcomes = Vec::with_capacity(wishes.len());
    for (wish, order) in wishes.into_iter().zip(orders) {
        let claim = ClaimRow {
            id: ClaimId::new().into(),
            transaction_id: line.id.clone(),
            order_id: order.id.clone(),
            amount_fen: wish.amount.0,
            how: claimer.how().to_owned(),
            claimed_by: claimer.name().to_owned(),
            state: LIVE.to_owned(),
            undo_reason: None,
            undone_by: None,
            undone_at: None,
            created_at: now,
            counted_on: is_paid_on_word(&order).then_some(false),
        };
        let actor = claimer.actor();
        let payment = Payment { by: PaidBy::BankClaim(&claim.id), actor: &actor, paid_at: now, came_on: Some(came_on) };
        let received = orders::receive(connection, &order, wish.amount, payment, now).await?;
        bank_claims::Entity::insert(claim.clone().into_active_model()).exec_without_returning(connection).await?;
        close_notice(connection, &order, received, &codes, now).await?;
        outcomes.push(received);
    }
    Ok(outcomes)
}

/// 409 unless so much was left of a line before these wishes were taken out of it; it is still held.
pub(super) async fn demand_rest_before<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    wishes: &[Wish],
    expected: Fen,
) -> Result<(), Problem> {
    let line = store::find(connection, id).await?.ok_or_else(line_not_found)?;
    let rest = Fen(line.rest_fen + wishes.iter().map(|wish| wish.amount.0).sum::<i64>());
    if rest == expected {
        return Ok(());
    }
    Err(Problem::conflict("line_changed", format!("这笔流水可认领的金额已经变为 {rest} 元，这次没有认款"))
        .advice("请刷新流水，核对已有的认款后再认领；上一次提交可能已经成功"))
}

/// When its order is paid, the payment notice whose code the line carries is done; a code that is not among `codes` was not
/// paid, and is cancelled.
async fn close_notice<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    received: Received,
    codes: &[String],
    now: i64,
) -> Result<(), Problem> {
    let is_paid = matches!(received, Received::Whole | Received::Revived);
    if is_paid && order.payment_method()? == PaymentMethod::Transfer {
        transfers::note_paid_with(connection, &order.id, codes, now).await?;
    }
    Ok(())
}

fn refuse_senseless(wishes: &[Wish]) -> Result<(), Problem> {
    let distinct: HashSet<&OrderId> = wishes.iter().map(|wish| &wish.order_id).collect();
    let senseless = wishes.is_empty()
        || wishes.len() > ORDERS_MAX
        || distinct.len() != wishes.len()
        || wishes.iter().any(|wish| wish.amount <= Fen::ZERO);
    if senseless {
        return Err(Problem::unacceptable("claims_malformed", "请选择要认领的订单，并填写大于零的金额，没有认款")
            .field("claims", format!("1–{ORDERS_MAX} 个不同的订单"))
            .advice("请核对后重新提交"));
    }
    Ok(())
}

pub(super) fn line_not_found() -> Problem {
    Problem::not_found("bank_transaction_not_found", "没有找到这笔银行流水")
}

/// Takes a claim back in the transaction of the caller: the money is on the line again, and the order lacks it. Refused while
/// a receipt stands or is being made, while money of the order goes back, while a remittance over the rest is reviewed, once
/// the books of the day on which it was claimed or its order paid are closed, and for ever once such a remittance was
/// approved: whoever approved it counted on this money.
pub async fn undo_in<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    claim_id: &ClaimId,
    reason: &str,
    person: (&str, &str),
) -> Result<ClaimRow, Problem> {
    let now = app.now_ms();
    let not_found = || Problem::not_found("claim_not_found", "没有找到这笔认款");
    let claim = store::claim_row(connection, claim_id.as_str()).await?.ok_or_else(not_found)?;
    let order = orders::lock_row(connection, &claim.order_id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("a claim without an order"))?;
    let line = store::lock(connection, &claim.transaction_id, now).await?.ok_or_else(line_not_found)?;
    if !store::undo(connection, &claim.id, reason, person.1, now).await? {
        return Err(Problem::conflict("claim_undone", "这笔认款已经撤销，没有再次撤销").advice("请刷新后查看"));
    }
    payments::refuse_while_money_goes_back(connection, &order).await?;
    refuse_what_was_counted_on(&order, &claim)?;
    // What only confirms a word that was believed before takes nothing out of the books of its day.
    if !orders::is_word_of_mouth(&order) {
        refuse_on_a_closed_day(connection, &order, &claim).await?;
    }
    if paid_by_the_bank(&order) {
        refuse_with_receipt(connection, &order).await?;
    }
    let actor = Actor::Officer(person.0.to_owned());
    let kind = orders::TimelineKind::ClaimUndone;
    orders::take_back(connection, &order, Fen(claim.amount_fen), kind, &actor, reason, now).await?;
    if !store::take(connection, &line, -claim.amount_fen, now).await? {
        return Err(Problem::internal(format!("line {} has less than was taken of it", line.id)));
    }
    Ok(claim)
}

/// A reviewer vouches for what was missing when he decided, or for the line that proved it, and for nothing else.
fn refuse_what_was_counted_on(order: &OrderRow, claim: &ClaimRow) -> Result<(), Problem> {
    if order.under_review {
        return Err(Problem::conflict(
            "order_under_review",
            format!("订单 {} 的汇款正在审核，现在不能撤销认款", order.order_no),
        )
        .money(Money::Taken)
        .advice("请等汇款审核有结果后再办"));
    }
    // Where nothing is kept, an older release wrote the approval: there the moments must do.
    let was_counted_on =
        || claim.counted_on.unwrap_or_else(|| order.paid_at.is_some_and(|paid_at| claim.created_at <= paid_at));
    if is_paid_on_word(order) && was_counted_on() {
        return Err(Problem::conflict(
            "remittance_counts_on_claim",
            format!("订单 {} 的汇款是连同这笔认款一起审核通过的，不能撤销认款", order.order_no),
        )
        .money(Money::Taken)
        .advice("认错的款请按退款办理，由另一位同事审批"));
    }
    Ok(())
}

/// A reviewer's word paid it: what is claimed for it from now on only confirms that.
fn is_paid_on_word(order: &OrderRow) -> bool {
    order.paid_by.as_deref() == Some(PaidBy::Remittance("").as_str())
}

/// Only an order that waits for money, or that the bank's money paid, loses something by an undo.
fn paid_by_the_bank(order: &OrderRow) -> bool {
    let by = order.paid_by.as_deref();
    by == Some(PaidBy::BankClaim("").as_str()) || by == Some(PaidBy::Counter("").as_str())
}

/// Books that two people closed are not changed by one of them: neither those of the day on which the money was claimed, also
/// of an order that still waits for the rest, nor those of the day on which its order was paid.
async fn refuse_on_a_closed_day<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    claim: &ClaimRow,
) -> Result<(), Problem> {
    let mut days = vec![(beijing_date(claim.created_at), "认领")];
    days.extend(order.paid_at.map(|paid_at| (beijing_date(paid_at), "支付")));
    // Always in the same order, so that two who hold days never wait for each other in a circle.
    days.sort();
    for (day, what) in days {
        if !reconciliation::is_closed(connection, day).await? {
            continue;
        }
        let what = format!("订单 {} 的款在 {day} {what}，当天已经日结，不能撤销认款", order.order_no);
        return Err(Problem::conflict("day_closed", what)
            .money(Money::Taken)
            .advice("请按退款办理，由另一位同事审批，退款记在今天的账上"));
    }
    Ok(())
}

async fn refuse_with_receipt<C: ConnectionTrait>(connection: &C, order: &OrderRow) -> Result<(), Problem> {
    let paid = matches!(order.state()?, OrderState::Paid | OrderState::Completed);
    if paid && invoices::let_go(connection, &order.id).await? {
        return Ok(());
    }
    Err(Problem::conflict("order_receipt_made", format!("订单 {} 已支付并已申请票据，不能撤销认款", order.order_no))
        .money(Money::Taken)
        .advice("请先红冲票据再撤销，或按退款办理"))
}
