//! Money that people give back: one proposes, another decides, and what WeChat could not carry out goes by bank.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;

use super::officers::{Officer, PAUSE};

/// The whole, or a part; of those the rest follows now and then.
pub(super) async fn propose(mut cashier: Officer, mut random: StdRng, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        let Some(order) = cashier.stage.errands.refund.take() else { continue };
        let paid = cashier.stage.number(&format!("SELECT amount_fen FROM orders WHERE id = '{order}'")).await?;
        let amount_fen = if random.random_bool(0.5) { paid } else { (paid / 2).max(1) };
        // What WeChat gives up goes there by bank, paid by another.
        let payee = json!({ "name": "某个人", "account": "6222000011112222" });
        let body = json!({ "amount_fen": amount_fen, "reason": "重复检验，协商退款", "payee": payee });
        let answer = cashier.dangerous(&format!("/orders/{order}/refunds"), &body).await?;
        cashier.count("refunds proposed", answer.as_ref());
        let Some(answer) = answer else { continue };
        // The receipt is being made out: later.
        let later = answer.code() == "invoice_in_progress";
        if later || (answer.status.is_success() && amount_fen < paid && random.random_bool(0.5)) {
            cashier.stage.errands.refund.add(order);
        }
    }
    Ok(())
}

/// Nearly all of them.
pub(super) async fn approve(mut reviewer: Officer, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        let Some(open) = reviewer.get("/reviews?kind=refund&state=open").await? else { continue };
        for review in open["items"].as_array().into_iter().flatten() {
            let id = review["id"].as_str().context("an id")?;
            let (verdict, opinion) = if is_chosen(id) { ("rejected", "金额有误") } else { ("approved", "") };
            let body = json!({ "verdict": verdict, "opinion": opinion });
            let answer = reviewer.dangerous(&format!("/reviews/{id}/verdict"), &body).await?;
            reviewer.count(&format!("refunds {verdict}"), answer.as_ref());
        }
    }
    Ok(())
}

/// Some of what WeChat gave up goes back by bank; the others wait for their person, and may be carried out in WeChat's
/// console.
pub(super) async fn pay_out(mut cashier: Officer, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        let Some(waiting) = cashier.get("/refunds?needs_person=true&limit=100").await? else { continue };
        for refund in waiting["items"].as_array().into_iter().flatten() {
            let id = refund["id"].as_str().context("an id")?;
            let is_dead = matches!(refund["state"].as_str(), Some("abnormal" | "closed"));
            // Of what went back by itself nobody has told an account.
            let has_account = refund["payee_name"].is_string();
            if !is_dead || !has_account || !is_chosen(id) {
                continue;
            }
            let body = json!({ "reference_no": format!("HT{id}") });
            let answer = cashier.dangerous(&format!("/refunds/{id}/confirm"), &body).await?;
            cashier.count("refunds given up by WeChat and made by bank", answer.as_ref());
        }
    }
    Ok(())
}

/// One in eight, always the same ones.
fn is_chosen(id: &str) -> bool {
    id.bytes().map(u32::from).sum::<u32>() % 8 == 0
}
