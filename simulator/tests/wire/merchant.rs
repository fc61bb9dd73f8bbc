//! Who is let in: signatures, clocks, serials; and what answers look like.

use simulator::Identities;
use wechat::crypto::keys::{SigningKey, VerifyingKey};
use wechat::pay::fapiao::FapiaoScene;
use wechat::pay::{PayClient, PayError};

use crate::stage::{START, Stage};

struct Call<'a> {
    method: &'a str,
    target: &'a str,
    timestamp: i64,
    body: &'a str,
    serial: Option<&'a str>,
    wechatpay_serial: Option<&'a str>,
}

async fn call(stage: &Stage, call: Call<'_>) -> reqwest::Response {
    let identities = Identities::fixed();
    let key = SigningKey::from_pem(&identities.merchant_private_key_pem).expect("fixed key");
    let message = format!("{}\n{}\n{}\nnonce\n{}\n", call.method, call.target, call.timestamp, call.body);
    let header = format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"nonce\",timestamp=\"{}\",serial_no=\"{}\",signature=\"{}\"",
        identities.mch_id,
        call.timestamp,
        call.serial.unwrap_or(&identities.merchant_serial),
        key.sign(message.as_bytes())
    );
    let method = call.method.parse().expect("a method");
    let mut request = stage
        .http
        .request(method, format!("{}{}", stage.simulator.base_url(), call.target))
        .header("Authorization", header)
        .header("Accept", "application/json")
        .header("User-Agent", "test")
        .body(call.body.to_owned());
    if let Some(serial) = call.wechatpay_serial {
        request = request.header("Wechatpay-Serial", serial);
    }
    request.send().await.expect("an answer")
}

fn certificates(timestamp: i64) -> Call<'static> {
    Call { method: "GET", target: "/v3/certificates", timestamp, body: "", serial: None, wechatpay_serial: None }
}

async fn message(answer: reqwest::Response) -> String {
    let body: serde_json::Value = answer.json().await.expect("an envelope");
    body["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_request_without_authorization_gets_the_text_of_its_family_and_no_signature() {
    let stage = Stage::new().await;
    for (path, text) in [
        ("/v3/certificates", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"),
        ("/v3/pay/transactions/out-trade-no/x?mchid=1", "签名信息错误，验签失败"),
    ] {
        let answer = stage.http.get(format!("{}{path}", stage.simulator.base_url())).send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().get("wechatpay-signature").is_none());
        assert_eq!(message(answer).await, text);
    }
}

#[tokio::test]
async fn the_clock_of_a_request_may_be_five_minutes_off_and_is_checked_before_the_signature() {
    let stage = Stage::new().await;
    for off in [-300, 0, 300] {
        assert_eq!(call(&stage, certificates(START + off)).await.status(), 200, "{off}");
    }
    for off in [-301, 301] {
        let answer = call(&stage, certificates(START + off)).await;
        assert_eq!(answer.status(), 401);
        assert!(message(answer).await.contains("不得超过5分钟"));
    }
}

#[tokio::test]
async fn a_foreign_serial_and_a_changed_body_are_told_apart() {
    let stage = Stage::new().await;
    let answer = call(&stage, Call { serial: Some("00"), ..certificates(START) }).await;
    assert!(message(answer).await.starts_with("商户证书序列号有误"));
    let signed = "{\"mchid\":\"1900006511\"}";
    let good = Call {
        method: "POST",
        target: "/v3/pay/transactions/out-trade-no/T20260731/close",
        timestamp: START,
        body: signed,
        serial: None,
        wechatpay_serial: None,
    };
    assert_eq!(call(&stage, good).await.status(), 404);
}

#[tokio::test]
async fn answers_are_signed_by_the_key_that_the_request_names() {
    let stage = Stage::new().await;
    let identities = &stage.identities;
    let by_certificate = call(&stage, certificates(START)).await;
    assert_eq!(by_certificate.headers()["wechatpay-serial"], identities.platform_certificates[0].serial.as_str());
    let named = Call { wechatpay_serial: Some(&identities.public_key_id), ..certificates(START) };
    let answer = call(&stage, named).await;
    assert_eq!(answer.headers()["wechatpay-serial"], identities.public_key_id.as_str());
    let of = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    let (timestamp, nonce) = (of("wechatpay-timestamp"), of("wechatpay-nonce"));
    let signature = of("wechatpay-signature");
    let body = answer.text().await.expect("a body");
    VerifyingKey::from_pem(&identities.public_key_pem)
        .expect("fixed key")
        .verify(format!("{timestamp}\n{nonce}\n{body}\n").as_bytes(), &signature)
        .expect("signed by the public key's owner");
}

#[tokio::test]
async fn an_unknown_wechatpay_serial_is_refused() {
    let stage = Stage::new().await;
    let answer = call(&stage, Call { wechatpay_serial: Some("PUB_KEY_ID_1"), ..certificates(START) }).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(message(answer).await, "平台证书序列号Wechatpay-Serial错误");
}

#[tokio::test]
async fn an_unknown_page_is_404_without_a_body() {
    let stage = Stage::new().await;
    let answer = call(&stage, Call { target: "/v3/nothing", ..certificates(START) }).await;
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.expect("empty").is_empty());
}

#[tokio::test]
async fn a_merchant_of_today_has_no_platform_certificates() {
    let stage = Stage::new().await;
    stage.simulator.faults().set(|faults| faults.no_platform_certificates = true);
    match stage.client().refresh_certificates().await {
        Err(PayError::Rejected { status, code, .. }) => {
            assert_eq!((status, code.as_str()), (404, "RESOURCE_NOT_EXISTS"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_rotated_certificate_signs_and_is_in_the_list() {
    let stage = Stage::new().await;
    let client = stage.client_with(|config| config.public_key = None);
    assert!(stage.simulator.rotate_platform_certificate());
    assert_eq!(client.refresh_certificates().await.expect("the list verifies with itself"), 2);
    assert!(!stage.simulator.rotate_platform_certificate());
}

#[tokio::test]
async fn refusals_wrong_signatures_and_lost_answers_come_on_command() {
    let stage = Stage::new().await;
    let client = stage.client();
    let faults = stage.simulator.faults();
    faults.refuse("/v3/pay/transactions/native", 429, "FREQUENCY_LIMITED", 1);
    client.order_native(&stage.order("T2026073101")).await.expect_err("limited once");
    assert!(stage.simulator.orders().is_empty());
    client.order_native(&stage.order("T2026073101")).await.expect("then accepted");
    faults.lose_answers("/v3/pay/transactions/native", 1);
    client.order_native(&stage.order("T2026073102")).await.expect_err("the answer is lost");
    assert!(stage.simulator.order("T2026073102").is_some(), "the effect is not");
    faults.set(|faults| faults.answer_wrong_signature_next = 1);
    client.order_native(&stage.order("T2026073103")).await.expect_err("a wrong signature");
    faults.refuse("/v3/pay/transactions/out-trade-no", 200, "RULE_LIMIT", 1);
    client.close("T2026073101").await.expect_err("an error envelope in a signed 200");
    client.close("T2026073101").await.expect("then closed");
}

#[tokio::test]
async fn each_certificate_of_a_merchant_is_good_until_it_is_revoked() {
    let stage = Stage::new().await;
    let (old, next) = (Identities::fixed(), Identities::generate());
    let with = |serial: &str, key: &str| {
        stage.client_with(|config| {
            config.merchant_serial = serial.to_owned();
            config.merchant_private_key_pem = key.to_owned().into();
        })
    };
    let before = with(&old.merchant_serial, &old.merchant_private_key_pem);
    let after = with(&next.merchant_serial, &next.merchant_private_key_pem);
    let title = serde_json::json!({"type": "ORGANIZATION", "name": "某公司", "phone": "13900000001"});
    stage.simulator.fill_invoice_title("A1", title);
    // A phone number is sealed for the certificate that asked.
    let phone = async |client: &PayClient| {
        client.fapiao_user_title("A1", FapiaoScene::WithoutWechatpay).await.map(|title| title.phone)
    };
    let refused = |answer: Result<Option<String>, PayError>| match answer {
        Err(PayError::Rejected { status: 401, code, .. }) => assert_eq!(code, "SIGN_ERROR"),
        unexpected => panic!("{unexpected:?}"),
    };
    refused(phone(&after).await);
    stage.simulator.accept_merchant_certificate(&next.merchant_certificate_pem).expect("a certificate");
    for client in [&before, &after] {
        assert_eq!(phone(client).await.expect("both are good").as_deref(), Some("13900000001"));
    }
    assert!(stage.simulator.revoke_merchant_certificate(&old.merchant_serial));
    assert!(!stage.simulator.revoke_merchant_certificate(&old.merchant_serial));
    refused(phone(&before).await);
    assert!(phone(&after).await.is_ok());
}
