//! A day that is over: two payments, of which the core system has booked one, compared as every morning. The
//! demonstration's clock is turned back for it, for app and simulated WeChat alike.

use std::time::Duration;

use anyhow::Context;
use simulator::Simulator;
use time::Date;

use super::orders::Phone;
use super::rows::ordered;
use super::units::CREDIT_CUSTOMER;
use super::waiting::until_found;
use crate::app::SharedApp;
use crate::reconciliation::{self, LedgerEntry};

/// How long a payment is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// An order that was paid on that day.
#[derive(Debug, Clone)]
pub struct PaidBefore {
    order_no: String,
    amount_fen: i64,
}

/// Makes and pays the orders at the moment that the clock shows; none when they were made before. Jobs must be running.
///
/// # Errors
/// When the API refuses, or simulated WeChat does not take the money.
pub async fn pay_on_past_day(
    app: &SharedApp,
    simulator: &Simulator,
    payer_openid: &str,
) -> anyhow::Result<Vec<PaidBefore>> {
    let Some(phone) = Phone::sign_in(app, &CREDIT_CUSTOMER).await? else { return Ok(Vec::new()) };
    let mut paid = Vec::new();
    for fees in ordered::PAST_DAY {
        let Some(order) = phone.confirm(fees).await? else { continue };
        phone.pay(simulator, payer_openid, &order).await?;
        let page = until_found(app, PATIENCE, async || {
            let page = phone.get(&format!("/api/v1/orders/{order}")).await?;
            Ok((page["state"] != "pending_payment").then_some(page))
        })
        .await?
        .context("前一日的订单没有等到支付结果")?;
        paid.push(PaidBefore {
            order_no: page["order_no"].as_str().context("order_no")?.to_owned(),
            amount_fen: page["amount_fen"].as_i64().context("amount_fen")?,
        });
    }
    phone.sign_out().await?;
    Ok(paid)
}

/// The core system tells of all of these orders but the last, and the day is compared.
///
/// # Errors
/// When the ledger cannot be kept, or the day cannot be compared for another reason.
pub async fn compare_past_day(app: &SharedApp, day: Date, paid: &[PaidBefore]) -> anyhow::Result<()> {
    let Some((_, booked)) = paid.split_last() else { return Ok(()) };
    let entries: Vec<LedgerEntry> = booked
        .iter()
        .map(|order| LedgerEntry { order_no: order.order_no.clone(), amount_fen: order.amount_fen })
        .collect();
    reconciliation::keep_ledger(app, day, &entries).await?;
    reconciliation::run(app, day).await?;
    Ok(())
}
