//! Orders paid another way than WeChat, in every state: transfers that matched, came in part, too large, or without a
//! mark; remittances approved, rejected and overdue. By the API of phone pages and console, as people would.

use std::time::Duration;

use anyhow::Context;
use foundation::calendar::{beijing_date, print_date};
use foundation::clock::DAY_MS;
use foundation::money::Fen;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::console::Console;
use super::orders::Phone;
use super::rows::ordered;
use super::units::PROPERTY;
use super::waiting::until_found;
use crate::app::SharedApp;
use crate::bank::{self, NewStatement};
use crate::documents::{SampleSlip, sample_slip};

/// How long a code is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// So long ago was the remittance told that nobody has reviewed.
const OVERDUE_MS: i64 = 8 * DAY_MS;

/// Makes them for the property manager. A second call changes nothing. What takes a member of staff is left open where the
/// demonstration has none.
///
/// # Errors
/// When the API refuses.
pub async fn make_other_money(app: &SharedApp) -> anyhow::Result<()> {
    let Some(phone) = Phone::sign_in(app, &PROPERTY).await? else { return Ok(()) };
    let matched = phone.confirm_by(ordered::TRANSFER_MATCHED, "transfer").await?;
    phone.confirm_by(ordered::TRANSFER_WAITING, "transfer").await?;
    if let Some(matched) = matched {
        transfers(app, &phone, &matched).await.context("对公转账")?;
        remittances(app, &phone).await.context("已汇款")?;
    }
    phone.sign_out().await
}

/// The payment code of an order and what it costs, as soon as the code is there.
async fn code_of(app: &SharedApp, phone: &Phone, order: &str) -> anyhow::Result<(String, Fen)> {
    let found = until_found(app, PATIENCE, async || {
        let page = phone.get(&format!("/api/v1/orders/{order}")).await?;
        let Some(code) = page["payment_notice"]["payment_code"].as_str() else { return Ok(None) };
        Ok(Some((code.to_owned(), Fen(page["amount_fen"].as_i64().context("amount_fen")?))))
    })
    .await?;
    found.with_context(|| format!("订单 {order} 没有等到缴款码"))
}

async fn transfers(app: &SharedApp, phone: &Phone, matched: &str) -> anyhow::Result<()> {
    let part = phone.confirm_by(ordered::TRANSFER_PART, "transfer").await?.context("部分到账的订单")?;
    let over = phone.confirm_by(ordered::TRANSFER_OVER, "transfer").await?.context("多付的订单")?;
    let (matched_code, matched_amount) = code_of(app, phone, matched).await?;
    let (part_code, part_amount) = code_of(app, phone, &part).await?;
    let (over_code, over_amount) = code_of(app, phone, &over).await?;
    let today = print_date(beijing_date(app.now_ms()));
    let first = Fen(part_amount.0 / 2);
    let too_much = Fen(over_amount.0 + 5_000);
    let mut statement = String::from(
        "账号：5000000000000000001,户名：示例特种设备检验检测院\n\
         交易日期,借方金额,贷方金额,余额,对方户名,对方账号,摘要,附言,交易流水号\n",
    );
    let name = PROPERTY.name;
    for (serial, amount, payer, remark) in [
        ("DEMO0001", matched_amount, name, matched_code.as_str()),
        ("DEMO0002", first, name, part_code.as_str()),
        ("DEMO0003", too_much, "示例控股集团（母公司）", over_code.as_str()),
        ("DEMO0004", Fen(188_800), "示例商贸有限公司", "检验费"),
    ] {
        let yuan = amount.to_yuan_text().replace(',', "");
        statement
            .push_str(&format!("{today},,{yuan},,{payer},6222000000000000{serial:0>4.4},转账,{remark},{serial}\n"));
    }
    let new = NewStatement {
        file_name: "示例银行_账户明细.csv",
        content: statement.into(),
        mapping_id: None,
        imported_by: "演示数据",
        officer: None,
    };
    bank::import(app, new).await?;
    app.workers().run_due().await?;
    let Some(cashier) = Console::sign_in(app, "cashier").await? else { return Ok(()) };
    for (serial, order, amount) in [("DEMO0002", &part, first), ("DEMO0003", &over, over_amount)] {
        let found = cashier.get(&format!("/bank/transactions?q={serial}")).await?;
        let line = found["items"][0]["id"].as_str().context("the line of the statement")?;
        let claims = json!({ "claims": [{ "order_id": order, "amount_fen": amount }] });
        cashier.post(&format!("/bank/transactions/{line}/claims"), claims).await?;
    }
    cashier.sign_out().await
}

/// Tells of a remittance for some reports, sent so long ago, and hands it in; returns the id of the remittance.
async fn remit(
    app: &SharedApp,
    phone: &Phone,
    fees: (u32, u32),
    serial_no: &str,
    ago_ms: i64,
) -> anyhow::Result<String> {
    let order = phone.confirm_by(fees, "remitted").await?.context("已汇款的订单")?;
    let page = phone.get(&format!("/api/v1/orders/{order}")).await?;
    let amount = Fen(page["amount_fen"].as_i64().context("amount_fen")?);
    let remitted_on = print_date(beijing_date(app.now_ms() - ago_ms));
    let slip = sample_slip(&SampleSlip {
        payer_name: PROPERTY.name.to_owned(),
        payer_account: "6222000000000000001".to_owned(),
        payee_name: page["payee"]["name"].as_str().unwrap_or_default().to_owned(),
        amount,
        remitted_on: remitted_on.clone(),
        serial_no: serial_no.to_owned(),
        remark: "委托单 2600000123".to_owned(),
    })?;
    let proof = phone.upload("电子回单.pdf", slip).await?;
    let draft = json!({
        "payer_name": PROPERTY.name,
        "payer_account": "6222000000000000001",
        "payer_bank": "示例银行营业部",
        "remitted_on": remitted_on,
        "amount_fen": amount,
        "serial_no": serial_no,
        "reference_no": "2600000123",
        "proof_ids": [proof],
    });
    phone.put(&format!("/api/v1/orders/{order}/remittance"), draft).await?;
    let told = phone.post(&format!("/api/v1/orders/{order}/remittance/submit"), json!({})).await?;
    Ok(told["remittance"]["id"].as_str().context("remittance")?.to_owned())
}

async fn remittances(app: &SharedApp, phone: &Phone) -> anyhow::Result<()> {
    let approved = remit(app, phone, ordered::REMITTED_APPROVED, "HD-DEMO-0001", DAY_MS).await?;
    let rejected = remit(app, phone, ordered::REMITTED_REJECTED, "HD-DEMO-0002", DAY_MS).await?;
    // A slip is older than what is told of it.
    let overdue = remit(app, phone, ordered::REMITTED_OVERDUE, "HD-DEMO-0003", OVERDUE_MS + DAY_MS).await?;
    make_overdue(app, &overdue).await?;
    let Some(reviewer) = Console::sign_in(app, "reviewer").await? else { return Ok(()) };
    for (remittance, verdict, opinion) in
        [(approved, "approved", "回单与到账一致"), (rejected, "rejected", "回单金额看不清，请重新上传清晰的回单")]
    {
        let review = review_of(&reviewer, &remittance).await?;
        reviewer.post(&format!("/reviews/{review}/verdict"), json!({ "verdict": verdict, "opinion": opinion })).await?;
    }
    reviewer.sign_out().await
}

async fn review_of(reviewer: &Console, remittance: &str) -> anyhow::Result<String> {
    let found = reviewer.get("/reviews?kind=remittance&limit=100").await?;
    let items = found["items"].as_array().cloned().unwrap_or_default();
    let review = items.iter().find(|review: &&Value| review["subject_id"] == remittance).context("the review")?;
    Ok(review["id"].as_str().context("id")?.to_owned())
}

/// Nobody can wait for days while a demonstration is being prepared: the one thing that no door does.
async fn make_overdue(app: &SharedApp, remittance: &str) -> anyhow::Result<()> {
    let transaction = app.database.begin_write().await?;
    let backend = transaction.get_database_backend();
    for statement in [
        format!(
            "UPDATE reviews SET due_at = due_at - {OVERDUE_MS}, created_at = created_at - {OVERDUE_MS} WHERE subject_id = '{remittance}'"
        ),
        format!(
            "UPDATE remittances SET due_at = due_at - {OVERDUE_MS}, submitted_at = submitted_at - {OVERDUE_MS} WHERE id = '{remittance}'"
        ),
    ] {
        transaction.execute_raw(Statement::from_string(backend, statement)).await?;
    }
    transaction.commit().await?;
    Ok(())
}
