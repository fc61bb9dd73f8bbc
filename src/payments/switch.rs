//! Another way to pay: what is open at WeChat is closed first, so that no order is paid twice.

use foundation::problem::{Money, Problem};

use super::close::{CloseOutcome, close_open_attempts};
use super::disputes;
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, Actor, OrderId, PaymentMethod};

/// Switches an order to another method while nothing was received and no review is open (S0-21): to one that could have been
/// chosen when it was made.
pub async fn switch_method(app: &App, scope: &Scope, id: &OrderId, method: PaymentMethod) -> Result<(), Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, id).await?;
    if order.payment_method()? != method {
        let objection = orders::method_objection(app, app.database.reader(), &order, method).await?;
        if let Some(reason) = objection {
            return Err(orders::method_unavailable(reason));
        }
    }
    if order.state()?.waits_for_money() {
        close_for_other_money(app, &order.id).await?;
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, &order.id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    let actor = Actor::Account(scope.account_id().clone());
    let expires_at = orders::expires_at(app, method, now);
    orders::switch_method(&*transaction, &order, method, expires_at, &actor, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// Closes what is open at WeChat before an order gets money another way. Refused while WeChat cannot tell.
pub async fn close_for_other_money(app: &App, order_id: &str) -> Result<(), Problem> {
    match close_open_attempts(app, order_id).await? {
        CloseOutcome::Closed => Ok(()),
        CloseOutcome::Paid => Err(Problem::conflict("order_paid", "这个订单刚刚在微信支付成功")
            .money(Money::Taken)
            .advice("可以直接查看报告和发票")),
        CloseOutcome::Disputed => Err(disputes::waits_for_a_person()),
        CloseOutcome::Unknown => Err(Problem::conflict("order_paying", "线上支付的结果还在确认，请稍后再试")
            .money(Money::Unknown)
            .advice("请稍等一分钟再试，不会重复扣款")),
    }
}
