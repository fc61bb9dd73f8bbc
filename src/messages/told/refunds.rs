//! What is told of money that goes back. What WeChat carries out, WeChat tells itself.

use foundation::money::Fen;
use foundation::problem::Problem;

use super::Told;
use super::orders::of_order;
use crate::app::App;
use crate::messages::kinds::MessageKind;
use crate::messages::wording::VARIANT;
use crate::{bank, payments};

/// Money is to go back; `is_of_order` when it had paid the order, else it had nothing to pay for.
pub(super) async fn started(
    app: &App,
    refund_id: &str,
    order_id: &str,
    amount: Fen,
    reason: &str,
    is_of_order: bool,
) -> Result<Option<Told>, Problem> {
    let part = each_time(app, refund_id).await?;
    let part = Some((part.as_str(), Some(amount)));
    let told = of_order(app, MessageKind::Refund, order_id, Some(reason), part).await?;
    let reader = app.database.reader();
    let by_bank = payments::goes_by_bank(reader, refund_id).await?;
    // Somebody asks the payer for the account: he is told so, and by whom.
    let asks = by_bank && is_of_order && bank::paid_out_to(reader, refund_id).await?.is_none();
    let variant = if asks { Some("account_asked") } else { by_bank.then_some("by_bank") };
    Ok(told.map(|told| match variant {
        Some(variant) => told.with(VARIANT, variant),
        None => told,
    }))
}

/// The money is back.
pub(super) async fn succeeded(
    app: &App,
    refund_id: &str,
    order_id: &str,
    amount: Fen,
) -> Result<Option<Told>, Problem> {
    let reader = app.database.reader();
    if !payments::was_paid_by_bank(reader, refund_id).await? {
        return Ok(None);
    }
    let part = format!("{}:paid", each_time(app, refund_id).await?);
    let told = of_order(app, MessageKind::Refund, order_id, None, Some((&part, Some(amount)))).await?;
    let account = bank::paid_out_to(reader, refund_id).await?;
    let to = account.map_or_else(|| "付款方".to_owned(), |account| format!("到尾号 {} 的账户", tail(&account)));
    let at_window = payments::was_paid_at_window(reader, refund_id).await?;
    let variant = if at_window { "paid_at_window" } else { "paid_by_bank" };
    Ok(told.map(|told| told.with("to", &to).with(VARIANT, variant)))
}

/// The money does not go back after all.
pub(super) async fn called_off(
    app: &App,
    refund_id: &str,
    order_id: &str,
    amount: Fen,
    reason: &str,
) -> Result<Option<Told>, Problem> {
    let part = format!("{refund_id}:called_off");
    let told = of_order(app, MessageKind::Refund, order_id, Some(reason), Some((&part, Some(amount)))).await?;
    Ok(told.map(|told| told.with(VARIANT, "called_off")))
}

/// What tells one way of a refund from the next, where the bank sent it back in between.
async fn each_time(app: &App, refund_id: &str) -> Result<String, Problem> {
    let times = payments::times_bounced(app.database.reader(), refund_id).await?;
    Ok(if times == 0 { refund_id.to_owned() } else { format!("{refund_id}:{times}") })
}

/// The end of an account number, by which its owner knows it.
fn tail(account: &str) -> String {
    let characters: Vec<char> = account.chars().collect();
    characters[characters.len().saturating_sub(4)..].iter().collect()
}
