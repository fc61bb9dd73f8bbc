//! Taking a remittance back that was mistyped, as long as nobody has decided on it: everything stays as it was typed.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;

use super::entity::remittances::Column;
use super::model::RemittanceState;
use super::store;
use super::submit::REVIEW_KIND;
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, Actor, OrderId, TimelineKind};
use crate::reviews::{self, Submitter};

/// Somebody who corrects something has at least so long.
const TIME_TO_CORRECT_MS: i64 = 24 * 3_600_000;

/// Submitted → draft; the review ends, and the order waits again. 409 once it is decided.
pub async fn withdraw(app: &App, scope: &Scope, order_id: &OrderId) -> Result<(), Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, order_id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let told = store::of_order(&*transaction, &order.id).await?.ok_or_else(decided)?;
    // The review first, as the one who decides does: so they never wait for each other in a circle.
    let by = Submitter { id: scope.account_id().to_string(), name: order.unit_name.clone() };
    if !reviews::withdraw(&*transaction, app, REVIEW_KIND, &told.id, &by).await? {
        return Err(decided());
    }
    let order = orders::lock_row(&*transaction, &order.id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    let update = store::change(&told.id, RemittanceState::Submitted, RemittanceState::Draft, now)
        .col_expr(Column::ReviewId, Expr::value(None::<String>))
        .col_expr(Column::SubmittedAt, Expr::value(None::<i64>))
        .col_expr(Column::DueAt, Expr::value(None::<i64>));
    if update.exec(&*transaction).await?.rows_affected == 0 {
        return Err(decided());
    }
    orders::set_under_review(&*transaction, &order.id, false, now).await?;
    orders::extend(&*transaction, &order.id, now + TIME_TO_CORRECT_MS).await?;
    let actor = Actor::Account(scope.account_id().clone());
    orders::record(&*transaction, &order.id, TimelineKind::RemittanceWithdrawn, &actor, None, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_remittances_withdrawn_total").increment(1);
    Ok(())
}

fn decided() -> Problem {
    Problem::conflict("remittance_decided", "这笔汇款已经有审核结果，不能再收回").advice("请刷新订单查看结果")
}
