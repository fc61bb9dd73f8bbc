//! Money that comes another way than WeChat: in parts, too late, or for an order that a person has already approved
//! (B-18). Every change is conditional; the caller holds the order's row and wrote down where the money came from.

use foundation::clock::DAY_MS;
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::orders::{Column, Entity};
use super::model::{OrderEvent, OrderState, PaidBy, PaymentMethod};
use super::store::{OrderRow, Payment, change, find_row, mark_paid, mark_revived};
use super::timeline::{Actor, TimelineKind, record};
use crate::happenings::{self, Happening, publish};
use crate::{fees, reports};

/// What taking money for an order came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It has a part of its money now.
    Part {
        /// Fen received in all.
        received: Fen,
        /// Fen that are still missing.
        missing: Fen,
    },
    /// It has all of it and is paid.
    Whole,
    /// It had been voided and is paid by it all the same (B-15).
    Revived,
    /// A person had approved the remittance before; the bank now confirms it.
    Covered,
}

impl OrderRow {
    /// Fen that are still missing; nothing once it is paid.
    pub fn missing(&self) -> Fen {
        let waits = matches!(self.state.as_str(), "pending_payment" | "paying");
        Fen(if waits { self.amount_fen - self.received_fen } else { 0 })
    }

    /// Fen that came for it, through WeChat or another way; what was said to have come counts once it is paid.
    pub fn taken(&self) -> Fen {
        let paid = matches!(self.state.as_str(), "paid" | "completed" | "refunding" | "refunded");
        Fen(if paid { self.amount_fen } else { self.received_fen })
    }

    /// What a line of the bank may still bring to it: what is missing, or, when it was paid on somebody's word, what the bank
    /// has not shown yet. That its money goes back or went back does not change this: the line is still to come, and it is the
    /// line of this order, not one to be given back once more.
    pub fn lacks_of_bank(&self) -> Fen {
        let paid = matches!(self.state.as_str(), "paid" | "completed" | "refunding" | "refunded");
        if paid && is_word_of_mouth(self) { Fen(self.amount_fen - self.received_fen) } else { self.missing() }
    }

    /// Fen that may go back at most: what was paid, and of an order that was paid on a reviewer's word only what really came.
    /// (What the fiscal system says stands in the books of the state.)
    pub fn at_hand(&self) -> Fen {
        let on_word = self.paid_by.as_deref() == Some(PaidBy::Remittance("").as_str());
        Fen(if on_word { Ord::min(self.amount_fen, self.received_fen) } else { self.amount_fen })
    }

    /// How one pays.
    pub fn payment_method(&self) -> Result<PaymentMethod, Problem> {
        Ok(self.method.parse()?)
    }
}

/// Takes `amount` for an order whose row is held. Refused when the order does not wait for so much; then the caller rolls
/// back, and the money stays where it was.
pub async fn receive<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount: Fen,
    payment: Payment<'_>,
    now_ms: i64,
) -> Result<Received, Problem> {
    match order.state()? {
        OrderState::PendingPayment if order.under_review => Err(reviewed(order)),
        OrderState::PendingPayment => take_part(connection, order, amount, payment, now_ms).await,
        OrderState::Void if amount.0 == order.amount_fen && order.received_fen == 0 => {
            if !mark_revived(connection, order, payment, now_ms).await? {
                return Err(Problem::conflict(
                    "order_void",
                    format!("订单 {} 已作废，其中的费用已另行处理", order.order_no),
                )
                .advice("请与付款人联系，退回款项或认领到其他订单"));
            }
            set_received(connection, order, amount, payment.came_on).await?;
            Ok(Received::Revived)
        }
        OrderState::Void => Err(Problem::conflict(
            "order_void_amount",
            format!("订单 {} 已作废，只能用与订单相同的金额恢复", order.order_no),
        )
        .advice("请核对金额，或与付款人联系")),
        OrderState::Paid | OrderState::Completed | OrderState::Refunding | OrderState::Refunded
            if is_word_of_mouth(order) =>
        {
            cover(connection, order, amount, payment.came_on, now_ms).await
        }
        OrderState::Paying => Err(Problem::conflict("order_paying", format!("订单 {} 正在线上支付", order.order_no))
            .money(Money::Unknown)
            .advice("请等线上支付有结果后再认款")),
        _ => Err(Problem::conflict("order_paid", format!("订单 {} 已经支付，不能再收款", order.order_no))
            .money(Money::Taken)
            .advice("请认领到其他订单，或与付款人联系退回")),
    }
}

/// Paid because a person or the fiscal system said so; the line of the bank statement is still to come.
pub fn is_word_of_mouth(order: &OrderRow) -> bool {
    let said = [PaidBy::Remittance("").as_str(), PaidBy::Transfer("").as_str()];
    order.paid_by.as_deref().is_some_and(|by| said.contains(&by))
}

fn reviewed(order: &OrderRow) -> Problem {
    Problem::conflict("order_under_review", format!("订单 {} 的汇款正在审核", order.order_no))
        .money(Money::Unknown)
        .advice("请在汇款审核中处理")
}

/// The later of the day of what came before and of what comes now: on that day all of it was there.
fn latest_day(order: &OrderRow, came_on: Option<&str>) -> Option<String> {
    Ord::max(order.came_on.as_deref(), came_on).map(str::to_owned)
}

fn added(amount: Fen) -> sea_orm::sea_query::SimpleExpr {
    Expr::col(Column::ReceivedFen).add(amount.0)
}

async fn take_part<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount: Fen,
    payment: Payment<'_>,
    now_ms: i64,
) -> Result<Received, Problem> {
    let update = Entity::update_many()
        .col_expr(Column::ReceivedFen, added(amount))
        .col_expr(Column::CameOn, Expr::value(latest_day(order, payment.came_on)))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&order.id))
        .filter(Column::State.eq(OrderState::PendingPayment.as_str()))
        .filter(Column::UnderReview.eq(false))
        .filter(added(amount).lte(Expr::col(Column::AmountFen)));
    if amount.0 <= 0 || update.exec(connection).await?.rows_affected == 0 {
        return Err(too_much(order));
    }
    let received = Fen(order.received_fen + amount.0);
    let missing = Fen(order.amount_fen - received.0);
    if missing > Fen::ZERO {
        let detail = format!("收到 {amount} 元，已收 {received} 元，还差 {missing} 元");
        record(connection, &order.id, TimelineKind::PartReceived, payment.actor, Some(detail), now_ms).await?;
        let happening = Happening::PartReceived {
            order_id: order.id.clone(),
            reference: payment.by.reference().to_owned(),
            received_fen: received.0,
            missing_fen: missing.0,
        };
        publish(connection, &happening, now_ms).await?;
        return Ok(Received::Part { received, missing });
    }
    if !mark_paid(connection, order, payment, now_ms).await? {
        return Err(Problem::internal(format!("order {} changed while its row was held", order.id)));
    }
    Ok(Received::Whole)
}

fn too_much(order: &OrderRow) -> Problem {
    let missing = order.missing();
    Problem::unacceptable("claim_too_large", format!("订单 {} 只差 {missing} 元，不能认领更多", order.order_no))
        .field("amount_fen", format!("最多 {missing} 元"))
        .advice("多出的款项留在流水上，可认领到其他订单")
}

async fn cover<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount: Fen,
    came_on: Option<&str>,
    now_ms: i64,
) -> Result<Received, Problem> {
    let update = Entity::update_many()
        .col_expr(Column::ReceivedFen, added(amount))
        .col_expr(Column::CameOn, Expr::value(latest_day(order, came_on)))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&order.id))
        .filter(added(amount).lte(Expr::col(Column::AmountFen)));
    if amount.0 <= 0 || update.exec(connection).await?.rows_affected == 0 {
        return Err(Problem::unacceptable(
            "claim_too_large",
            format!("订单 {} 的汇款已经有银行流水对应", order.order_no),
        )
        .field("amount_fen", "超过订单金额")
        .advice("请核对是否重复汇款"));
    }
    Ok(Received::Covered)
}

async fn set_received<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount: Fen,
    came_on: Option<&str>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ReceivedFen, Expr::value(amount.0))
        .col_expr(Column::CameOn, Expr::value(came_on.map(str::to_owned)))
        .filter(Column::Id.eq(&order.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes `amount` back out of an order whose row is held, because it was never meant for it. An order that was paid by it
/// waits again; the caller has made sure that no receipt of it stands and no money of it goes back. `kind` names it in the
/// timeline.
pub async fn take_back<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount: Fen,
    kind: TimelineKind,
    actor: &Actor,
    reason: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    let state = order.state()?;
    let confirmed = is_word_of_mouth(order);
    if matches!(state, OrderState::Paid | OrderState::Completed) && !confirmed {
        reopen(connection, order, now_ms).await?;
    } else if state != OrderState::PendingPayment && !confirmed {
        return Err(Problem::conflict(
            "order_moved_on",
            format!("订单 {}{}，不能撤销收款", order.order_no, state.text()),
        )
        .money(Money::Taken)
        .advice("请按退款办理"));
    }
    // What stays came on that day or before.
    let came_on = order.came_on.clone().filter(|_| order.received_fen > amount.0);
    let changed = Entity::update_many()
        .col_expr(Column::ReceivedFen, Expr::col(Column::ReceivedFen).sub(amount.0))
        .col_expr(Column::CameOn, Expr::value(came_on))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&order.id))
        .filter(Column::ReceivedFen.gte(amount.0))
        .exec(connection)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Problem::internal(format!("order {} has received less than is taken back", order.id)));
    }
    let detail = format!("撤销 {amount} 元：{reason}");
    record(connection, &order.id, kind, actor, Some(detail), now_ms).await?;
    Ok(())
}

/// Paid or completed → waiting: fees are locked again, reports closed.
async fn reopen<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    // Whoever is to pay it anew has a day for it at least.
    let expires_at = Ord::max(order.expires_at, now_ms + DAY_MS);
    let update = change(&order.id, OrderEvent::Reopened, OrderState::PendingPayment, now_ms)
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .col_expr(Column::PaidBy, Expr::value(None::<String>))
        .col_expr(Column::PaidReference, Expr::value(None::<String>))
        .col_expr(Column::PaidAt, Expr::value(None::<i64>))
        .col_expr(Column::CompletedAt, Expr::value(None::<i64>))
        .filter(Column::RefundedFen.eq(0))
        .filter(Column::PaidBy.is_in([PaidBy::BankClaim("").as_str(), PaidBy::Counter("").as_str()]));
    if update.exec(connection).await?.rows_affected == 0 {
        return Err(Problem::conflict("order_paid", format!("订单 {} 不是由这笔款项支付的", order.order_no))
            .money(Money::Taken)
            .advice("请刷新后重试"));
    }
    fees::unsettle_order(connection, &order.id, now_ms).await?;
    reports::recall(connection, &order.id, now_ms).await?;
    publish(connection, &Happening::OrderReopened { order_id: order.id.clone() }, now_ms).await?;
    for credit_id in fees::credits_of_order(connection, &order.id).await? {
        publish(connection, &Happening::CreditChanged { credit_id }, now_ms).await?;
    }
    foundation::jobs::enqueue(connection, super::checkout::expire_job(&order.id, expires_at)).await?;
    Ok(())
}

/// Refuses what must not happen to a waiting order while money of it is with us or a person is looking at it.
pub(super) fn refuse_if_money_came_or_is_reviewed(order: &OrderRow, act: &str) -> Result<(), Problem> {
    if order.received_fen > 0 {
        let (received, missing) = (Fen(order.received_fen), order.missing());
        return Err(Problem::conflict(
            "order_part_paid",
            format!("这个订单已收到 {received} 元，还差 {missing} 元，不能{act}"),
        )
        .money(Money::Taken)
        .advice("请补足差额；如付错了，请致电客服"));
    }
    if order.under_review {
        return Err(Problem::conflict("order_under_review", format!("汇款正在审核，暂时不能{act}"))
            .money(Money::Unknown)
            .advice("审核通过后自动变为已支付；有疑问请致电客服"));
    }
    Ok(())
}

/// Another way to pay, for an order whose row is held and whose attempts are closed: only while no money came and nobody
/// reviews it. What the new way needs is written with it.
pub async fn switch_method<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    method: PaymentMethod,
    expires_at: i64,
    actor: &Actor,
    now_ms: i64,
) -> Result<(), Problem> {
    if order.payment_method()? == method {
        return Ok(());
    }
    if !PaymentMethod::of_class(order.receipt_class.parse()?).contains(&method) {
        return Err(method_not_offered(method));
    }
    let update = Entity::update_many()
        .col_expr(Column::Method, Expr::value(method.as_str()))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&order.id))
        .filter(Column::State.eq(OrderState::PendingPayment.as_str()))
        .filter(Column::ReceivedFen.eq(0))
        .filter(Column::UnderReview.eq(false));
    if update.exec(connection).await?.rows_affected == 0 {
        if order.state()?.waits_for_money() {
            refuse_if_money_came_or_is_reviewed(order, "更换缴款方式")?;
        }
        return Err(Problem::conflict("order_not_waiting", "这个订单现在不能更换缴款方式").advice("请刷新订单后重试"));
    }
    record(connection, &order.id, TimelineKind::MethodChanged, actor, Some(format!("改为{}", method.text())), now_ms)
        .await?;
    happenings::method_left(connection, order, now_ms).await?;
    let changed = find_row(connection, &order.id).await?;
    let changed = changed.ok_or_else(|| Problem::internal("the order vanished"))?;
    foundation::jobs::enqueue(connection, super::checkout::expire_job(&order.id, expires_at)).await?;
    happenings::method_chosen(connection, &changed, now_ms).await
}

/// The refusal of a method that the receipt class of a part does not allow (S0-23, S0-24).
pub(super) fn method_not_offered(method: PaymentMethod) -> Problem {
    let reason = match method {
        PaymentMethod::Transfer => "对公转账只用于非税缴款书类费用",
        PaymentMethod::Remitted => "已汇款只用于增值税发票类费用",
        PaymentMethod::Online => "请选择缴款方式",
    };
    Problem::unacceptable("method_not_offered", "这类费用不能用所选的缴款方式")
        .field("method", reason)
        .advice("请为这部分费用选择其他缴款方式")
}

/// Has a waiting order looked at by a person, or no longer: meanwhile it neither expires nor is voided. False if it does
/// not wait for money or stands so already. That nobody looks at it any more holds wherever it stands by then: a late payment
/// through WeChat may have moved it on, and back later.
pub async fn set_under_review<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    under_review: bool,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::UnderReview, Expr::value(under_review))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(order_id))
        .filter(Column::UnderReview.eq(!under_review));
    if under_review {
        update = update.filter(Column::State.eq(OrderState::PendingPayment.as_str()));
    }
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Gives a waiting order more time, never less.
pub async fn extend<C: ConnectionTrait>(connection: &C, order_id: &str, expires_at: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .filter(Column::Id.eq(order_id))
        .filter(Column::ExpiresAt.lt(expires_at))
        .exec(connection)
        .await?;
    Ok(())
}
