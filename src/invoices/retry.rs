//! Mending a receipt that was refused.

use foundation::problem::{Money, Problem};

use super::jobs::enqueue_issue;
use super::model::InvoiceState;
use super::store;
use crate::accounts::Scope;
use crate::app::App;
use crate::invoice_titles::{self, NewInvoiceTitle};
use crate::orders::{self, Actor, OrderId, TimelineKind};

/// Rounds per receipt; WeChat allows four retries of an application (pay v3 §9).
const ROUNDS_MAX: i64 = 5;

/// Asks for the receipt of an order again, with another title if one is given. 409 unless it had failed, 422 for a wrong
/// title.
pub async fn retry(app: &App, scope: &Scope, id: &OrderId, title: Option<&NewInvoiceTitle>) -> Result<(), Problem> {
    scope.demand_payer()?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::find_for(&*transaction, scope, id).await?;
    let invoice = store::of_order(&*transaction, &order.id).await?;
    let invoice = invoice.filter(|invoice| invoice.state == InvoiceState::Failed).ok_or_else(not_failed)?;
    if invoice.issue_round >= ROUNDS_MAX {
        return Err(Problem::conflict("invoice_retries_used", "这张票据已多次开具失败，不能再自助重试")
            .money(Money::Taken)
            .advice("款项已收到，请致电客服人工开票"));
    }
    let title = match title {
        Some(_) => invoice_titles::resolve(&*transaction, scope, None, title).await?,
        None => invoice.title.clone(),
    };
    invoice_titles::demand_fit(invoice.kind, &title)?;
    if !store::start_round(&*transaction, &invoice, &title, now).await? {
        return Err(not_failed());
    }
    invoice_titles::remember(&*transaction, scope, &title, now).await?;
    let actor = Actor::Account(scope.account_id().clone());
    orders::record(&*transaction, &order.id, TimelineKind::InvoiceRequested, &actor, Some(title.name), now).await?;
    let again = store::find(&*transaction, &invoice.id).await?.ok_or_else(not_failed)?;
    enqueue_issue(&*transaction, &again, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

fn not_failed() -> Problem {
    Problem::conflict("invoice_not_failed", "票据没有开具失败，不需要重试")
        .money(Money::Taken)
        .advice("请刷新订单查看票据状态")
}
