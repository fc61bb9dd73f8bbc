//! What a verdict on a remittance brings about (S0-42, S0-43); in the transaction of the verdict.

use foundation::problem::{Money, Problem};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::Expr;

use super::entity::remittances::Column;
use super::model::RemittanceState;
use super::store::{self, RemittanceRow};
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, OrderRow, OrderState, PaidBy, Payment, TimelineKind};

async fn held<C: ConnectionTrait>(connection: &C, id: &str, now: i64) -> Result<(RemittanceRow, OrderRow), Problem> {
    let missing = || Problem::internal(format!("remittance {id} is gone"));
    let row = store::find(connection, id).await?.ok_or_else(missing)?;
    let order = orders::lock_row(connection, &row.order_id, now).await?.ok_or_else(missing)?;
    Ok((row, order))
}

async fn decide<C: ConnectionTrait>(
    connection: &C,
    row: &RemittanceRow,
    to: RemittanceState,
    opinion: Option<&str>,
    now: i64,
) -> Result<(), Problem> {
    let update = store::change(&row.id, RemittanceState::Submitted, to, now)
        .col_expr(Column::Opinion, Expr::value(opinion))
        .col_expr(Column::DecidedAt, Expr::value(now));
    if update.exec(connection).await?.rows_affected == 0 {
        return Err(Problem::conflict("remittance_decided", "这笔汇款已经处理过").advice("请刷新后查看"));
    }
    Ok(())
}

/// Submitted → approved; its order is paid. Returns the order as it was.
pub async fn approve<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    opinion: Option<&str>,
    officer_id: &str,
    now: i64,
) -> Result<OrderRow, Problem> {
    let (row, order) = held(connection, id, now).await?;
    decide(connection, &row, RemittanceState::Approved, opinion, now).await?;
    let actor = Actor::Officer(officer_id.to_owned());
    let detail = opinion.map(str::to_owned);
    orders::record(connection, &order.id, TimelineKind::RemittanceApproved, &actor, detail, now).await?;
    let payment = Payment { by: PaidBy::Remittance(&row.id), actor: &actor, paid_at: now, came_on: None };
    if !orders::mark_paid(connection, &order, payment, now).await? {
        return Err(Problem::conflict("order_paid", format!("订单 {} 已由其他方式支付，不能再通过", order.order_no))
            .money(Money::Taken)
            .advice("请驳回这笔汇款，并与付款人联系退回"));
    }
    Ok(order)
}

/// Submitted → rejected with the opinion; its order is void and its fees are payable again, unless other money has paid it
/// meanwhile or a part of it: then the order waits for the rest, and the remittance can be told anew. So it is where a payment
/// through WeChat is disputed: the order waits for whoever ends that.
pub async fn reject<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    opinion: &str,
    officer_id: &str,
    now: i64,
) -> Result<(), Problem> {
    let (row, order) = held(connection, id, now).await?;
    decide(connection, &row, RemittanceState::Rejected, Some(opinion), now).await?;
    let actor = Actor::Officer(officer_id.to_owned());
    let detail = Some(opinion.to_owned());
    orders::record(connection, &order.id, TimelineKind::RemittanceRejected, &actor, detail, now).await?;
    orders::set_under_review(connection, &order.id, false, now).await?;
    if order.state()? != OrderState::PendingPayment {
        return Ok(());
    }
    if order.received_fen == 0 {
        orders::void(connection, &order, &format!("汇款审核未通过：{opinion}"), &actor, now).await?;
        return Ok(());
    }
    let happening = Happening::RemittanceRejected {
        order_id: order.id.clone(),
        review_id: row.review_id.clone().unwrap_or_default(),
        opinion: opinion.to_owned(),
        received_fen: order.received_fen,
        missing_fen: order.missing().0,
    };
    publish(connection, &happening, now).await?;
    Ok(())
}
