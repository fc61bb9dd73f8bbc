//! 已汇款: customers who transferred already hand in their slip, and somebody compares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use foundation::calendar::{beijing_date, print_date};
use foundation::ids::new_id_text;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::customers::Customer;
use super::http::Answer;
use super::officers::{Officer, PAUSE};
use super::papers;

impl Customer {
    /// Slip, form, and off to the institute. What fails on the way leaves an order that expires.
    pub(super) async fn remit(&mut self, order: &str) -> anyhow::Result<()> {
        let slip = papers::slip(&mut self.random)?;
        let uploaded = self
            .door
            .ask(|door| {
                let file = Part::bytes(slip.clone()).file_name("回单.png");
                let form = Form::new().text("purpose", "remittance_proof").part("file", file);
                door.request(Method::POST, "/api/v1/uploads/whole").bearer_auth(&self.token).multipart(form)
            })
            .await?;
        let Some(slip) = uploaded.and_then(Answer::success) else { return Ok(()) };
        let amount_fen = self.stage.number(&format!("SELECT amount_fen FROM orders WHERE id = '{order}'")).await?;
        let remittance = json!({
            "payer_name": "示例物业001有限公司",
            "payer_account": "6222 0000 0000 0001",
            "remitted_on": print_date(beijing_date(self.stage.app.now_ms())),
            "amount_fen": amount_fen,
            "serial_no": new_id_text("HD"),
            "proof_ids": [slip["id"]],
        });
        let path = format!("/api/v1/orders/{order}/remittance");
        if self.ask(Method::PUT, &path, Some(&remittance)).await?.and_then(Answer::success).is_some()
            && self.post(&format!("{path}/submit"), &json!({})).await?.is_some()
        {
            self.stage.tally.done("remittances handed in");
            // One that nothing refers to is forgotten after a week.
            self.stage.errands.promised.slips.add(slip["id"].as_str().context("an id")?.to_owned());
        }
        Ok(())
    }
}

/// Finds every one of them in the bank's own pages; goes home when none is left.
pub(super) async fn approve(mut reviewer: Officer, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(PAUSE).await;
        let was_over = over.load(Ordering::SeqCst);
        let Some(open) = reviewer.get("/reviews?kind=remittance&state=open").await? else { continue };
        let reviews = open["items"].as_array().cloned().unwrap_or_default();
        if reviews.is_empty() && was_over {
            return Ok(());
        }
        for review in reviews {
            let path = format!("/reviews/{}/verdict", review["id"].as_str().context("an id")?);
            let body = json!({ "verdict": "approved", "opinion": "已在网银核对" });
            let answer = reviewer.dangerous(&path, &body).await?;
            reviewer.count("remittances approved", answer.as_ref());
        }
    }
}
