//! What is told of orders: money that came, receipts, reports, payment codes, remittances.

use foundation::calendar::beijing_date;
use foundation::money::Fen;
use foundation::problem::Problem;

use super::values::{common_values, key_of, moment_text, set};
use super::{Audience, Told};
use crate::app::App;
use crate::messages::kinds::MessageKind;
use crate::messages::wording::VARIANT;
use crate::orders::{self, PaymentMethod};
use crate::reports;

/// An event that follows a payment: one that was undone and made again is told again.
pub(super) async fn of_payment(app: &App, kind: MessageKind, order_id: &str) -> Result<Option<Told>, Problem> {
    let times = orders::times_reopened(app.database.reader(), order_id).await?;
    let part = if times == 0 { String::new() } else { times.to_string() };
    of_order(app, kind, order_id, None, Some((&part, None))).await
}

/// An event of an order; `part` distinguishes several of one kind and may have an amount of its own.
pub(super) async fn of_order(
    app: &App,
    kind: MessageKind,
    order_id: &str,
    reason: Option<&str>,
    part: Option<(&str, Option<Fen>)>,
) -> Result<Option<Told>, Problem> {
    let Some(order) = orders::facts(app.database.reader(), order_id).await? else { return Ok(None) };
    let (part, amount) = part.unwrap_or(("", None));
    let mut values = common_values(app, amount.unwrap_or(order.amount));
    set(&mut values, "unit", &order.unit_name);
    set(&mut values, "unit_id", order.unit_id.as_str());
    set(&mut values, "order_id", order_id);
    set(&mut values, "order_no", &order.order_no);
    set(&mut values, "count", &order.fee_count.to_string());
    set(&mut values, "title", &order.title);
    set(&mut values, "reason", reason.unwrap_or(""));
    if kind == MessageKind::OrderPaid {
        let files = reports::order_files(app.database.reader(), order_id).await?;
        set(&mut values, "ready", &files.ready.to_string());
        match files.ready {
            ready if ready == order.fee_count => {}
            0 => set(&mut values, VARIANT, "none_ready"),
            _ => set(&mut values, VARIANT, "some_ready"),
        }
    }
    Ok(Some(Told {
        kind,
        key: key_of(kind, order_id, part),
        audience: Audience::UnitAndApplicant(order.unit_id, order.applicant_phone),
        values,
    }))
}

/// An event of an order that has its own day or hour; `part` distinguishes several of one kind.
pub(super) async fn of_order_until(
    app: &App,
    kind: MessageKind,
    order_id: &str,
    part: &str,
    until_ms: i64,
) -> Result<Option<Told>, Problem> {
    let told = of_order(app, kind, order_id, None, Some((part, None))).await?;
    Ok(told.map(|told| told.with("until", &moment_text(until_ms))))
}

/// An event of an order of which a part is here; `part` distinguishes several of one kind.
pub(super) async fn of_order_in_parts(
    app: &App,
    kind: MessageKind,
    order_id: &str,
    reason: Option<&str>,
    part: &str,
    (received, missing): (Fen, Fen),
) -> Result<Option<Told>, Problem> {
    let told = of_order(app, kind, order_id, reason, Some((part, None))).await?;
    Ok(told.map(|told| told.with("received", &format!("{received} 元")).with("missing", &format!("{missing} 元"))))
}

/// The receipt of an order could not be made.
pub(super) async fn invoice_failed(app: &App, order_id: &str, reason: &str) -> Result<Option<Told>, Problem> {
    // It may fail again after a retry: each reason is told once a day.
    let part = format!("{}:{reason}", beijing_date(app.now_ms()));
    of_order(app, MessageKind::InvoiceFailed, order_id, Some(reason), Some((&part, None))).await
}

/// An order was voided.
pub(super) async fn voided(app: &App, order_id: &str, reason: &str) -> Result<Option<Told>, Problem> {
    let Some(told) = of_order(app, MessageKind::OrderVoid, order_id, Some(reason), None).await? else {
        return Ok(None);
    };
    let order = orders::find_row(app.database.reader(), order_id).await?;
    // Only of WeChat's money we know that none was taken; a transfer may be on its way.
    Ok(Some(match order.map(|order| (order.received_fen, order.method)) {
        Some((received, _)) if received > 0 => {
            told.with("received", &format!("{} 元", Fen(received))).with(VARIANT, "part_paid")
        }
        Some((_, method)) if method == PaymentMethod::Transfer.as_str() => told.with(VARIANT, "transfer"),
        Some((_, method)) if method == PaymentMethod::Remitted.as_str() => told.with(VARIANT, "remitted"),
        _ => told,
    }))
}

/// Printed reports of an order were posted.
pub(super) async fn posted(
    app: &App,
    order_id: &str,
    carrier: &str,
    tracking_no: &str,
) -> Result<Option<Told>, Problem> {
    let told = of_order(app, MessageKind::ReportsPosted, order_id, None, Some((tracking_no, None))).await?;
    Ok(told.map(|told| told.with("carrier", carrier).with("tracking_no", tracking_no)))
}
