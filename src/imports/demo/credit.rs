//! Reports before money: one request that was granted, one that waits for its decision.

use foundation::calendar::{beijing_date, print_date};
use serde_json::{Value, json};
use time::Duration;

use super::console::Console;
use super::orders::Phone;
use super::rows::ordered;
use super::units::CREDIT_CUSTOMER;
use crate::app::SharedApp;

/// Until when the customer wants to pay.
const DAYS: i64 = 20;

/// Makes them for the customer who pays monthly. A second call changes nothing.
///
/// # Errors
/// When the API refuses.
pub async fn make_credit(app: &SharedApp) -> anyhow::Result<()> {
    let Some(phone) = Phone::sign_in(app, &CREDIT_CUSTOMER).await? else { return Ok(()) };
    let known = phone.get("/api/v1/credit-requests").await?;
    if known["items"].as_array().is_none_or(Vec::is_empty) {
        let granted = ask(app, &phone, ordered::CREDIT_GRANTED, "设备急用，月底统一付款").await?;
        ask(app, &phone, ordered::CREDIT_ASKED, "等待集团付款审批").await?;
        grant(app, &granted).await?;
    }
    phone.sign_out().await
}

async fn ask(app: &SharedApp, phone: &Phone, fees: (u32, u32), reason: &str) -> anyhow::Result<Value> {
    let (fee_ids, _) = phone.payable(fees).await?.unwrap_or_default();
    let due_on = print_date(beijing_date(app.now_ms()) + Duration::days(DAYS));
    let request = json!({ "fee_ids": fee_ids, "reason": reason, "proposed_due_on": due_on });
    Ok(phone.post("/api/v1/credit-requests", request).await?["id"].clone())
}

async fn grant(app: &SharedApp, credit: &Value) -> anyhow::Result<()> {
    let Some(manager) = Console::sign_in(app, "finance").await? else { return Ok(()) };
    let open = manager.get("/reviews?kind=credit&limit=100").await?;
    let reviews = open["items"].as_array().cloned().unwrap_or_default();
    if let Some(review) = reviews.iter().find(|review| review["subject_id"] == *credit) {
        let path = format!("/reviews/{}/verdict", review["id"].as_str().unwrap_or_default());
        manager.post(&path, json!({ "verdict": "approved", "opinion": "同意，请按期缴清" })).await?;
    }
    manager.sign_out().await
}
