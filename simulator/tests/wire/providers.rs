//! Fiscal receipts and text messages.

use serde_json::{Value, json};
use wechat::crypto::digest::hmac_sha256_hex;

use crate::stage::Stage;

async fn post(stage: &Stage, path: &str, secret: &str, timestamp: i64, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let answer = stage
        .http
        .post(format!("{}{path}", stage.simulator.base_url()))
        .header("X-Timestamp", timestamp.to_string())
        .header("X-Signature", hmac_sha256_hex(secret.as_bytes(), format!("{timestamp}\n{body}").as_bytes()))
        .body(body)
        .send()
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn query(stage: &Stage, number: &str) -> Value {
    let timestamp = stage.now();
    let secret = &stage.identities.fiscal_secret;
    let answer = stage
        .http
        .get(format!("{}/fiscal/v1/receipts/{number}", stage.simulator.base_url()))
        .header("X-Timestamp", timestamp.to_string())
        .header("X-Signature", hmac_sha256_hex(secret.as_bytes(), format!("{timestamp}\n").as_bytes()));
    answer.send().await.expect("an answer").json().await.expect("JSON")
}

fn receipt(amount_fen: i64) -> Value {
    json!({"request_no": "F1", "payer_name": "重庆某物业管理有限公司", "amount_fen": amount_fen,
        "items": [{"name": "电梯定期检验费", "quantity": 1, "amount_fen": amount_fen}]})
}

#[tokio::test]
async fn a_receipt_is_accepted_issued_and_downloaded() {
    let stage = Stage::new().await;
    let secret = stage.identities.fiscal_secret.clone();
    let path = "/fiscal/v1/receipts";
    let (status, body) = post(&stage, path, &secret, stage.now(), &receipt(126_500)).await;
    assert_eq!((status, body["state"].as_str()), (202, Some("issuing")));
    assert_eq!(query(&stage, "F1").await["state"], "issuing");
    assert_eq!(stage.simulator.deliver_due().await.receipts_settled, ["F1"]);
    let issued = query(&stage, "F1").await;
    assert_eq!(issued["state"], "issued");
    assert_eq!(issued["receipt_code"].as_str().map(str::len), Some(8));
    assert_eq!(issued["receipt_number"].as_str().map(str::len), Some(10));
    assert_eq!(issued["check_code"].as_str().map(str::len), Some(6));
    let file = stage.http.get(issued["file_url"].as_str().expect("a file")).send().await.expect("an answer");
    assert_eq!(file.headers()["content-type"], "application/pdf");
    assert!(file.bytes().await.expect("a body").starts_with(b"%PDF-"));
}

#[tokio::test]
async fn a_receipt_number_stands_for_one_content() {
    let stage = Stage::new().await;
    let secret = stage.identities.fiscal_secret.clone();
    let path = "/fiscal/v1/receipts";
    assert_eq!(post(&stage, path, &secret, stage.now(), &receipt(100)).await.0, 202);
    assert_eq!(post(&stage, path, &secret, stage.now(), &receipt(100)).await.0, 202);
    assert_eq!(post(&stage, path, &secret, stage.now(), &receipt(200)).await.0, 409);
    assert_eq!(stage.simulator.receipts().len(), 1);
}

#[tokio::test]
async fn a_failed_receipt_says_why() {
    let stage = Stage::new().await;
    let secret = stage.identities.fiscal_secret.clone();
    stage.simulator.faults().set(|faults| faults.invoice_error = Some("票据号段已用完".into()));
    post(&stage, "/fiscal/v1/receipts", &secret, stage.now(), &receipt(100)).await;
    stage.simulator.deliver_due().await;
    let failed = query(&stage, "F1").await;
    assert_eq!((failed["state"].as_str(), failed["error"].as_str()), (Some("failed"), Some("票据号段已用完")));
}

#[tokio::test]
async fn a_wrong_signature_an_old_time_and_a_wrong_sum_are_refused() {
    let stage = Stage::new().await;
    let secret = stage.identities.fiscal_secret.clone();
    let path = "/fiscal/v1/receipts";
    assert_eq!(post(&stage, path, "other", stage.now(), &receipt(100)).await.0, 401);
    assert_eq!(post(&stage, path, &secret, stage.now() - 301, &receipt(100)).await.0, 401);
    let mut wrong_sum = receipt(100);
    wrong_sum["amount_fen"] = json!(101);
    assert_eq!(post(&stage, path, &secret, stage.now(), &wrong_sum).await.0, 400);
}

#[tokio::test]
async fn a_text_message_reaches_its_phone() {
    let stage = Stage::new().await;
    let secret = stage.identities.sms_secret.clone();
    let message = json!({"phone": "13900000001", "template": "login", "params": {"code": "482913", "minutes": 5},
        "text": "【特检缴费】您的验证码是 482913，5 分钟内有效。"});
    let (status, body) = post(&stage, "/sms/v1/messages", &secret, stage.now(), &message).await;
    assert_eq!(status, 200);
    assert!(body["message_id"].as_str().is_some_and(|id| id.starts_with("sms_")));
    let arrived = stage.simulator.sms("13900000001");
    assert_eq!(arrived[0].params["code"], "482913");
    assert!(stage.simulator.sms("13900000002").is_empty());
    let mut wrong = message.clone();
    wrong["phone"] = json!("12345");
    assert_eq!(post(&stage, "/sms/v1/messages", &secret, stage.now(), &wrong).await.0, 400);
}
