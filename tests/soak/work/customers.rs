//! Customers: each has a unit, a phone and little patience.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foundation::ids::new_id_text;
use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::Person;

use crate::stage::{Stage, person};
use crate::work::http::{Answer, Door};
use crate::work::{Work, papers, visitors};

/// Fees that a unit gets at once.
const BATCH: u64 = 24;
/// Fees left at which the next ones are posted.
const FEW: usize = 6;
/// How often a customer looks whether the payment has arrived.
const LOOKS: u32 = 6;

/// A customer who has fees and is signed in.
pub struct Customer {
    pub(super) stage: Arc<Stage>,
    pub(super) random: StdRng,
    pub(super) door: Door,
    pub(super) token: String,
    openid: String,
    phone: String,
    unit: u64,
    posted: u64,
    pause: Duration,
}

/// One customer until the load is over: the errands, one begun every `pause` at most, and the looking around of the
/// colleagues.
pub async fn come(
    stage: &Arc<Stage>,
    unit: u64,
    random: StdRng,
    pace: Pace,
    over: &Arc<AtomicBool>,
) -> anyhow::Result<Vec<Work>> {
    let Person { phone, mp_openid: openid, .. } = person(unit);
    let door = stage.door();
    let mut customer = Customer {
        stage: stage.clone(),
        random: random.clone(),
        door,
        token: String::new(),
        openid,
        phone,
        unit,
        posted: 0,
        pause: pace.between_errands,
    };
    customer.post_fees().await?;
    customer.token = stage.sign_in(unit, &customer.phone, &customer.openid).await?;
    let visitors = visitors::Visitor::all_of(&mut customer, pace.between_views);
    let mut works: Vec<Work> = vec![Box::pin(customer.live(over.clone()))];
    for visitor in visitors {
        works.push(Box::pin(visitor.browse(over.clone())));
    }
    Ok(works)
}

/// How busy one customer is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// From the begin of an errand to the begin of the next, if it is done by then.
    pub between_errands: Duration,
    /// From one page that the customer's colleagues look at to the next.
    pub between_views: Duration,
}

impl Customer {
    async fn live(mut self, over: Arc<AtomicBool>) -> anyhow::Result<()> {
        while !over.load(Ordering::SeqCst) {
            let next = tokio::time::Instant::now() + self.pause.mul_f64(self.random.random_range(0.5..1.5));
            self.one_errand().await?;
            tokio::time::sleep_until(next).await;
        }
        Ok(())
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Option<Answer>> {
        let answer = self
            .door
            .ask(|door| {
                let request = door.request(method.clone(), path).bearer_auth(&self.token);
                match body {
                    Some(body) => request.json(body),
                    None => request,
                }
            })
            .await?;
        if let Some(answer) = answer.as_ref().filter(|answer| !answer.status.is_success()) {
            self.stage.tally.refused(answer.code());
        }
        Ok(answer)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Option<Value>> {
        Ok(self.ask(Method::POST, path, Some(body)).await?.and_then(Answer::success))
    }

    async fn post_fees(&mut self) -> anyhow::Result<()> {
        let fees: Vec<(String, &str, i64)> = (self.posted..self.posted + BATCH)
            .map(|number| {
                let class = if number % 3 == 0 { "vat" } else { "nontax" };
                (format!("{}-{number}", self.unit), class, self.random.random_range(1..200_000))
            })
            .collect();
        while !self.stage.core_system.post_fees(self.unit, &self.phone, &fees).await? {}
        self.posted += BATCH;
        for (number, ..) in &fees {
            if self.random.random_bool(0.3) && self.stage.core_system.upload_report(number).await? {
                self.stage.tally.done("report files handed in");
                self.stage.errands.promised.reports.add(number.clone());
            }
        }
        Ok(())
    }

    /// From the list of fees to money on its way, or not.
    async fn one_errand(&mut self) -> anyhow::Result<()> {
        let Some(page) = self.ask(Method::GET, "/api/v1/fees?limit=20", None).await?.and_then(Answer::success) else {
            return Ok(());
        };
        let fees = page["items"].as_array().cloned().unwrap_or_default();
        if fees.len() < FEW {
            return self.post_fees().await;
        }
        let class = fees[self.random.random_range(0..fees.len())]["receipt_class"].clone();
        let count = self.random.random_range(1..=3);
        let chosen: Vec<&Value> = fees.iter().filter(|fee| fee["receipt_class"] == class).take(count).collect();
        let method = match class.as_str() {
            Some("nontax") if self.random.random_bool(0.3) => "transfer",
            Some("vat") if self.random.random_bool(0.2) => "remitted",
            _ => "online",
        };
        let Some(order) = self.order(&chosen, method).await? else { return Ok(()) };
        self.stage.tally.done("orders made");
        self.stage.errands.promised.orders.add(order.clone());
        match method {
            "remitted" => return self.remit(&order).await,
            "transfer" => {
                let queues = &self.stage.errands;
                let queue = if self.random.random_bool(0.7) { &queues.bank } else { &queues.counter };
                queue.add(order);
                return Ok(());
            }
            _ => {}
        }
        match self.random.random_range(0..20) {
            0..=10 => self.pay_on_phone(&order).await?,
            11..=13 => self.pay_by_scan(&order).await?,
            14 | 15 => self.pay_twice(&order).await?,
            16 => self.pay_unnoticed(&order).await?,
            17 | 18 => self.give_up(&order).await?,
            _ => {}
        }
        self.look(&order).await
    }

    async fn order(&self, fees: &[&Value], method: &str) -> anyhow::Result<Option<String>> {
        let request = json!({
            "key": new_id_text("key-"),
            "fee_ids": fees.iter().map(|fee| &fee["id"]).collect::<Vec<_>>(),
            "expected_amount_fen": fees.iter().filter_map(|fee| fee["amount_fen"].as_i64()).sum::<i64>(),
            "method": method,
            "invoice": { "title": { "kind": "organization", "name": "示例物业001有限公司", "tax_no": "91500000DEM0000145" } },
            "delivery": { "kind": "electronic" },
        });
        let made = self.post("/api/v1/checkouts", &request).await?;
        Ok(made.and_then(|made| made["orders"][0]["id"].as_str().map(str::to_owned)))
    }

    async fn open(&self, order: &str, channel: &str) -> anyhow::Result<Option<Value>> {
        let body = json!({ "key": new_id_text("tap-"), "channel": channel });
        self.post(&format!("/api/v1/orders/{order}/payments"), &body).await
    }

    fn paid(&self, ended: bool) {
        if ended {
            self.stage.tally.done("payments made");
        } else {
            self.stage.tally.refused("by WeChat on the phone of the payer");
        }
    }

    async fn pay_on_phone(&self, order: &str) -> anyhow::Result<()> {
        if let Some(payment) = self.open(order, "jsapi").await? {
            self.paid(self.stage.wechat.pay_jsapi(&self.openid, &payment["parameters"]).await.is_ok());
        }
        Ok(())
    }

    async fn pay_by_scan(&self, order: &str) -> anyhow::Result<()> {
        if let Some(payment) = self.open(order, "native").await? {
            let code = payment["code_url"].as_str().unwrap_or_default();
            self.paid(self.stage.wechat.pay_native("oSoakColleague", code).await.is_ok());
        }
        Ok(())
    }

    /// A code on the PC, a sheet on the phone, and both are paid as fast as WeChat allows.
    async fn pay_twice(&self, order: &str) -> anyhow::Result<()> {
        let Some(code) = self.open(order, "native").await? else { return Ok(()) };
        let code = code["code_url"].as_str().unwrap_or_default();
        let (by_scan, sheet) =
            tokio::join!(self.stage.wechat.pay_native("oSoakColleague", code), self.open(order, "jsapi"));
        self.paid(by_scan.is_ok());
        if let Some(payment) = sheet? {
            self.paid(self.stage.wechat.pay_jsapi(&self.openid, &payment["parameters"]).await.is_ok());
        }
        Ok(())
    }

    /// The notice of this payment never comes.
    async fn pay_unnoticed(&self, order: &str) -> anyhow::Result<()> {
        if let Some(payment) = self.open(order, "jsapi").await?
            && let Ok(view) = self.stage.wechat.view_jsapi(&self.openid, &payment["parameters"]).await
        {
            self.stage.tally.done("notices that never came");
            self.paid(self.stage.wechat.pay_at_channel_only(&view.out_trade_no, &self.openid).await.is_ok());
        }
        Ok(())
    }

    /// Voids the order while its pay sheet is open; then perhaps pays after all.
    async fn give_up(&mut self, order: &str) -> anyhow::Result<()> {
        let sheet = self.open(order, "jsapi").await?;
        if self.post(&format!("/api/v1/orders/{order}/void"), &json!({})).await?.is_some() {
            self.stage.tally.done("orders given up");
        }
        if let Some(payment) = sheet.filter(|_| self.random.random_bool(0.5)) {
            self.paid(self.stage.wechat.pay_jsapi(&self.openid, &payment["parameters"]).await.is_ok());
        }
        Ok(())
    }

    async fn look(&mut self, order: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/orders/{order}/payment-state");
        for _ in 0..LOOKS {
            tokio::time::sleep(Duration::from_millis(self.random.random_range(50..400))).await;
            let state = self.ask(Method::GET, &path, None).await?.and_then(Answer::success);
            if state.is_some_and(|state| state["state"] == "paid") {
                self.stage.tally.done("payments seen by the payer at once");
                if self.random.random_bool(0.5) {
                    self.stage.errands.refund.add(order.to_owned());
                }
                return self.take_papers(order).await;
            }
        }
        Ok(())
    }

    /// The reports of a paid order that are there already, and now and then the paper of the order.
    async fn take_papers(&mut self, order: &str) -> anyhow::Result<()> {
        let path = format!("/api/v1/orders/{order}/reports");
        let reports = self.ask(Method::GET, &path, None).await?.and_then(Answer::success).unwrap_or_default();
        for report in reports["items"].as_array().into_iter().flatten().filter(|report| report["downloadable"] == true)
        {
            let Some(content) = self.download("report", &report["id"]).await? else { continue };
            let number = report["report_no"].as_str().unwrap_or_default().trim_start_matches("DT-");
            anyhow::ensure!(content == papers::report(number), "report {number} came with another content");
            self.stage.tally.done("report files downloaded");
        }
        if self.random.random_bool(0.1) && self.download("order_document", &json!(order)).await?.is_some() {
            self.stage.tally.done("papers of orders downloaded");
        }
        Ok(())
    }

    async fn download(&self, kind: &str, id: &Value) -> anyhow::Result<Option<bytes::Bytes>> {
        let Some(link) = self.post("/api/v1/download-links", &json!({ "kind": kind, "id": id })).await? else {
            return Ok(None);
        };
        self.door.fetch(link["url"].as_str().unwrap_or_default()).await
    }
}
