//! A new code for an order whose code ended or could not be made.

use foundation::problem::{Money, Problem};

use super::model::NoticeState;
use super::store;
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, OrderId, OrderState, PaymentMethod};

/// Opens the next notice with one tap; the old code is cancelled, and money that carries it is still recognised.
pub async fn renew(app: &App, scope: &Scope, id: &OrderId) -> Result<(), Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, &order.id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    if order.payment_method()? != PaymentMethod::Transfer {
        return Err(Problem::conflict("order_method_differs", "这个订单不是对公转账").advice("请先更换缴款方式"));
    }
    if order.state()? != OrderState::PendingPayment {
        return Err(
            Problem::conflict("order_not_waiting", "这个订单已不在待支付，不用更换缴款码").advice("请刷新订单查看结果")
        );
    }
    let notice = store::newest(&*transaction, &order.id).await?;
    if let Some(notice) = &notice {
        let state = notice.state()?;
        // Paid or cancelled, and the order waits: what had paid it was taken back.
        let taken_back = matches!(state, NoticeState::Paid | NoticeState::Cancelled);
        if !state.may_renew() && !taken_back {
            return Err(Problem::conflict("notice_still_good", "当前缴款码仍然有效，不用更换")
                .money(Money::None)
                .advice("请按当前缴款码转账"));
        }
        store::cancel(&*transaction, notice, now).await?;
    }
    store::open(&*transaction, &order, now).await?;
    orders::extend(&*transaction, &order.id, orders::expires_at(app, PaymentMethod::Transfer, now)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}
