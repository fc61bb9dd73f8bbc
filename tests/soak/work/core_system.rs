//! The institute's own system: posts fees and reports through the signed interface.

use foundation::secret_hash::sha256_hex;
use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::work::http::Door;
use crate::work::papers;

/// A client of `/integration/v1`.
pub struct CoreSystem {
    door: Door,
    secret: String,
}

impl CoreSystem {
    /// Signs with this secret.
    pub fn new(door: Door, secret: &str) -> Self {
        Self { door, secret: secret.to_owned() }
    }

    /// Posts payable fees of one unit: `(external number, receipt class, fen)`. Safe to repeat.
    pub async fn post_fees(&self, unit: u64, phone: &str, fees: &[(String, &str, i64)]) -> anyhow::Result<bool> {
        let rows: Vec<Value> =
            fees.iter().map(|(number, class, amount_fen)| row(unit, phone, number, class, *amount_fen)).collect();
        let body = json!({ "rows": rows }).to_string().into_bytes();
        let answer =
            self.door.ask(|door| self.signed(door, Method::POST, "/integration/v1/fee-batches", &body)).await?;
        let Some(answer) = answer else { return Ok(false) };
        // A node whose clock is far off believes no signature.
        let doubted = answer.status == StatusCode::UNAUTHORIZED;
        anyhow::ensure!(doubted || answer.status.is_success(), "the batch was refused: {}", answer.body);
        Ok(!doubted)
    }

    /// Hands in the file of a report. Safe to repeat.
    pub async fn upload_report(&self, number: &str) -> anyhow::Result<bool> {
        let body = papers::report(number);
        let path = format!("/integration/v1/reports/R{number}/file");
        let answer = self.door.ask(|door| self.signed(door, Method::PUT, &path, &body)).await?;
        Ok(answer.is_some_and(|answer| answer.status.is_success()))
    }

    fn signed(&self, door: &Door, method: Method, path: &str, body: &[u8]) -> RequestBuilder {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let nonce = format!("{:032x}", rand::rng().random::<u128>());
        let text = format!("{method}\n{path}\n{now}\n{nonce}\n{}", sha256_hex(body));
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key of any length");
        mac.update(text.as_bytes());
        door.request(method, path)
            .header("x-tejian-client", "core")
            .header("x-tejian-timestamp", now)
            .header("x-tejian-nonce", nonce)
            .header("x-tejian-signature", hex::encode(mac.finalize().into_bytes()))
            .header("content-type", "application/json")
            .body(body.to_vec())
    }
}

fn row(unit: u64, phone: &str, number: &str, class: &str, amount_fen: i64) -> Value {
    let payee = if class == "vat" { ("P02", "示例检测公司") } else { ("P01", "示例特检院") };
    json!({
        "unit": { "id": format!("U{unit}"), "name": format!("示例物业{unit:03}有限公司") },
        "applicant": { "name": "测试", "phone": phone },
        "device": { "id": format!("D{number}"), "name": "曳引驱动乘客电梯" },
        "report": { "id": format!("R{number}"), "report_no": format!("DT-{number}"), "issued_on": "2026-07-10" },
        "fee": { "id": format!("F{number}"), "amount_fen": amount_fen, "receipt_class": class },
        "payee": { "code": payee.0, "name": payee.1, "bank_name": "示例银行", "bank_account": "5000000000000000001" },
    })
}
