//! Orders in their states, made as a person makes them: by the API of the phone pages, paid in simulated WeChat.

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use simulator::Simulator;
use tower::ServiceExt;

use super::rows::{ordered, report_no};
use super::units::{DemoUnit, PROPERTY};
use crate::accounts::{self, Client, NewSession};
use crate::app::SharedApp;

/// Answers of these calls are small.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Makes the orders of the demo data for the property manager, paid by `payer_openid`. A second call changes nothing.
/// Jobs must be running: receipts arrive after the payments.
///
/// # Errors
/// When the API refuses, or simulated WeChat does not take the money.
pub async fn make_orders(app: &SharedApp, simulator: &Simulator, payer_openid: &str) -> anyhow::Result<()> {
    let Some(phone) = Phone::sign_in(app, &PROPERTY).await? else { return Ok(()) };
    for fees in [ordered::COMPLETED, ordered::COMPLETED_VAT, ordered::PAID] {
        if let Some(order) = phone.confirm(fees).await? {
            phone.pay(simulator, payer_openid, &order).await?;
        }
    }
    phone.confirm(ordered::PENDING).await?;
    if let Some(order) = phone.confirm(ordered::PAYING).await? {
        phone.show_code(&order).await?;
    }
    if let Some(order) = phone.confirm(ordered::VOID).await? {
        phone.post(&format!("/api/v1/orders/{order}/void"), json!({ "reason": "改为合并缴费" })).await?;
    }
    phone.sign_out().await
}

/// One of them asks for its reports by post, so that the post desk has something to do.
fn delivery_of(first: u32) -> Value {
    if first == ordered::COMPLETED_VAT.0 {
        let (recipient, phone) = PROPERTY.applicant;
        json!({ "kind": "post", "recipient": recipient, "phone": phone, "address": "示例市渝中区示例路 1 号 1 幢" })
    } else {
        json!({ "kind": "electronic" })
    }
}

/// How many of the orders of [`make_orders`] have receipt and reports, of how many that get both.
///
/// # Errors
/// When the API refuses.
pub async fn completed_orders(app: &SharedApp) -> anyhow::Result<(i64, i64)> {
    let Some(phone) = Phone::sign_in(app, &PROPERTY).await? else { return Ok((0, 0)) };
    let home = phone.get("/api/v1/home").await?;
    phone.sign_out().await?;
    Ok((home["orders"]["completed"].as_i64().context("orders.completed")?, 2))
}

/// The pages of the phone, without the phone.
pub(super) struct Phone {
    router: Router,
    token: String,
    unit: &'static DemoUnit,
}

impl Phone {
    /// Signs in who applies for a unit; nothing when the demo data is not there.
    pub(super) async fn sign_in(app: &SharedApp, unit: &'static DemoUnit) -> anyhow::Result<Option<Self>> {
        let reader = app.database.reader();
        let Some(account) = accounts::account_by_login(reader, unit.applicant.1).await? else { return Ok(None) };
        let units = accounts::intake::units_by_external_id(reader, &[unit.id.to_owned()].into()).await?;
        let Some((unit_id, _)) = units.into_values().next() else { return Ok(None) };
        let transaction = app.database.begin_write().await?;
        let session = NewSession {
            account_id: account.id,
            unit_id: Some(unit_id),
            client: Client::H5InBrowser,
            device: "演示数据".to_owned(),
            device_key: None,
            address: None,
            wechat: None,
        };
        let started = accounts::start_session(app, &*transaction, session).await?;
        transaction.commit().await?;
        Ok(Some(Self { router: crate::web::router(app.clone()), token: started.token, unit }))
    }

    /// Confirms the fees of some reports; nothing when they are not payable any more.
    pub(super) async fn confirm(&self, fees: (u32, u32)) -> anyhow::Result<Option<String>> {
        self.confirm_by(fees, "online").await
    }

    /// Ids of the fees of some reports and their sum, fen; nothing when one of them is not payable any more.
    pub(super) async fn payable(&self, (first, count): (u32, u32)) -> anyhow::Result<Option<(Vec<Value>, i64)>> {
        let mut fees = Vec::new();
        let mut amount_fen = 0;
        for number in first..first + count {
            let found = self.get(&format!("/api/v1/fees?q={}", report_no(number))).await?;
            let Some(fee) = found["items"].get(0) else { return Ok(None) };
            fees.push(fee["id"].clone());
            amount_fen += fee["amount_fen"].as_i64().context("amount_fen")?;
        }
        Ok(Some((fees, amount_fen)))
    }

    /// Shows the code of an order, which somebody scans and pays.
    pub(super) async fn pay(&self, simulator: &Simulator, payer_openid: &str, order: &str) -> anyhow::Result<()> {
        let code_url = self.show_code(order).await?;
        simulator.pay_native(payer_openid, &code_url).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(())
    }

    /// The same by another way to pay.
    pub(super) async fn confirm_by(&self, (first, count): (u32, u32), method: &str) -> anyhow::Result<Option<String>> {
        let Some((fees, amount_fen)) = self.payable((first, count)).await? else { return Ok(None) };
        let request = json!({
            "key": format!("demo-order-{first}"),
            "fee_ids": fees,
            "expected_amount_fen": amount_fen,
            "method": method,
            "invoice": { "title": {
                "kind": "organization",
                "name": self.unit.name,
                "tax_no": crate::imports::sample_codes::credit_code(self.unit.uscc),
            } },
            "delivery": delivery_of(first),
        });
        let made = self.post("/api/v1/checkouts", request).await?;
        let order = made["orders"][0]["id"].as_str().context("order id")?;
        // The same key gives the same order, whatever became of it since.
        let state = self.get(&format!("/api/v1/orders/{order}")).await?["state"].clone();
        Ok((state == "pending_payment").then(|| order.to_owned()))
    }

    async fn show_code(&self, order: &str) -> anyhow::Result<String> {
        let request = json!({ "key": format!("demo-{order}"), "channel": "native" });
        let payment = self.post(&format!("/api/v1/orders/{order}/payments"), request).await?;
        Ok(payment["code_url"].as_str().context("code_url")?.to_owned())
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.ask(Method::PUT, path, Some(body)).await
    }

    /// Sends a file as mini-programs do; returns its id.
    pub(super) async fn upload(&self, name: &str, content: Vec<u8>) -> anyhow::Result<Value> {
        let boundary = foundation::ids::new_id_text("part");
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nremittance_proof\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(&content);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let upload = self.send(Method::POST, "/api/v1/uploads/whole", &content_type, Body::from(body)).await?;
        ensure!(upload["state"] == "ready", "演示回单没有被接收：{upload}");
        Ok(upload["id"].clone())
    }

    pub(super) async fn sign_out(&self) -> anyhow::Result<()> {
        self.ask(Method::DELETE, "/api/v1/session", None).await.map(|_| ())
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(method, path, "application/json", body).await
    }

    async fn send(&self, method: Method, path: &str, content_type: &str, body: Body) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, content_type)
            .header("x-client", "h5-browser")
            .header("x-requested-with", "tejian")
            .body(body)?;
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let content = axum::body::to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await?;
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&content));
        if content.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&content)?) }
    }
}
