//! The pay client.

use serde_json::{Value, json};
use wechat::clock::fixed_clock;
use wechat::crypto::keys::SigningKey;
use wechat::crypto::suite::Suite;
use wechat::pay::authorization::Authorization;
use wechat::pay::{
    NewOrder, NewRefund, PayClient, PayConfig, PayError, PublicKeyConfig, RefundStatus, TradeBillKind, UnknownReason,
};

use super::peer::{Asked, NOW, Peer, Told, key, vector_file};

fn config(base_url: &str) -> PayConfig {
    PayConfig {
        suite: Suite::International,
        base_url: base_url.to_owned(),
        mch_id: key("/mchid"),
        merchant_serial: key("/merchant/serial_no"),
        merchant_private_key_pem: key("/merchant/private_key_pkcs8_pem").into(),
        api_v3_key: key("/apiv3_key").into(),
        api_v3_key_old: None,
        public_key: Some(PublicKeyConfig {
            id: key("/wechatpay_public_key/public_key_id"),
            pem: key("/wechatpay_public_key/public_key_pem"),
        }),
        platform_certificates_pem: vec![],
        download_certificates: false,
        timeout_ms: 5_000,
    }
}

fn client(peer: &Peer) -> PayClient {
    PayClient::new(config(&peer.base_url), fixed_clock(NOW)).expect("a client")
}

/// A client that knows no key at first and downloads certificates.
fn certificate_client(peer: &Peer) -> PayClient {
    let config = PayConfig { public_key: None, download_certificates: true, ..config(&peer.base_url) };
    PayClient::new(config, fixed_clock(NOW)).expect("a client")
}

fn certificate_list() -> Told {
    let file = vector_file("certificates.json");
    let response = &file["response"];
    let mut told = Told::plain(200, response["body_utf8"].as_str().expect("a body"));
    for pair in response["headers"].as_array().expect("headers") {
        told = told.header(pair[0].as_str().expect("name"), pair[1].as_str().expect("value"));
    }
    told
}

fn order() -> NewOrder {
    NewOrder {
        app_id: key("/appid_mp"),
        description: "电梯定期检验费 😀".to_owned(),
        out_trade_no: "SE2026|07*31_1".to_owned(),
        time_expire: wechat::pay::timestamps::parse("2026-07-31T12:30:00Z"),
        attach: None,
        notify_url: "https://pay.example.gov.cn/wechat/pay/notify/payment".to_owned(),
        amount_fen: 102_000,
        support_fapiao: true,
    }
}

fn refund() -> NewRefund {
    NewRefund {
        transaction_id: "4200002500".to_owned(),
        out_refund_no: "RF1".to_owned(),
        reason: None,
        notify_url: "https://pay.example.gov.cn/wechat/pay/notify/refund".to_owned(),
        refund_fen: 100,
        total_fen: 102_000,
    }
}

/// Checks the signature over what really arrived.
fn verify(asked: &Asked) {
    let header = asked.headers["authorization"].to_str().expect("text");
    let merchant = SigningKey::from_pem(&key("/merchant/private_key_pkcs1_pem")).expect("a key").verifying_key();
    let authorization = Authorization::parse(header).expect("well-formed");
    authorization.verify(&merchant, &asked.method, &asked.target, &asked.body).expect("signed as sent");
}

#[tokio::test]
async fn an_order_is_signed_as_sent_and_has_no_nulls() {
    let peer = Peer::telling([Told::signed(200, r#"{"prepay_id":"wx31"}"#)]).await;
    assert_eq!(client(&peer).order_jsapi(&order(), "o1").await.expect("ordered"), "wx31");
    let asked = &peer.asked()[0];
    verify(asked);
    assert_eq!(asked.headers["wechatpay-serial"], key("/wechatpay_public_key/public_key_id"));
    let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
    assert_eq!(
        body,
        json!({
            "appid": key("/appid_mp"), "mchid": key("/mchid"), "description": "电梯定期检验费 😀",
            "out_trade_no": "SE2026|07*31_1", "time_expire": "2026-07-31T20:30:00+08:00",
            "notify_url": "https://pay.example.gov.cn/wechat/pay/notify/payment", "support_fapiao": true,
            "amount": {"total": 102_000, "currency": "CNY"}, "payer": {"openid": "o1"},
        })
    );
}

#[tokio::test]
async fn a_number_with_special_characters_is_signed_as_it_travels() {
    let body = json!({"appid": "a", "mchid": key("/mchid"), "out_trade_no": "SE2026|07*31_1", "trade_state": "NOTPAY"});
    let peer = Peer::telling([Told::signed(200, &body.to_string())]).await;
    let transaction = client(&peer).query("SE2026|07*31_1").await.expect("asked");
    assert!(!transaction.is_paid());
    verify(&peer.asked()[0]);
}

#[tokio::test]
async fn orders_that_weixin_would_refuse_are_not_sent() {
    let peer = Peer::telling([]).await;
    let wrong = [
        NewOrder { amount_fen: 0, ..order() },
        NewOrder { out_trade_no: "short".to_owned(), ..order() },
        NewOrder { out_trade_no: "电梯电梯".to_owned(), ..order() },
        NewOrder { description: "检".repeat(128), ..order() },
        NewOrder { notify_url: "https://a.example/n?x=1".to_owned(), ..order() },
    ];
    for number in ["", ".", ".."] {
        assert!(matches!(client(&peer).query(number).await, Err(PayError::Invalid(_))), "{number:?}");
    }
    for order in wrong {
        assert!(matches!(client(&peer).order_native(&order).await, Err(PayError::Invalid(_))), "{order:?}");
    }
    assert!(peer.asked().is_empty());
}

#[tokio::test]
async fn only_204_closes_an_order() {
    let peer = Peer::telling([
        Told::signed(204, ""),
        Told::signed(200, r#"{"code":"RULE_LIMIT","message":"x"}"#),
        Told::signed(200, "{}"),
        Told::plain(400, r#"{"code":"ORDER_PAID","message":"该订单已支付"}"#),
    ])
    .await;
    let client = client(&peer);
    assert!(client.close("SE1").await.is_ok());
    assert!(matches!(client.close("SE1").await, Err(PayError::Rejected { status: 200, .. })));
    assert!(matches!(client.close("SE1").await, Err(PayError::OutcomeUnknown(_))));
    assert!(client.close("SE1").await.expect_err("paid").already_paid());
}

#[tokio::test]
async fn an_unsigned_or_wrongly_signed_success_is_an_unknown_outcome() {
    let rogue = || Told::signed_by("/rogue/private_key_pem", key("/wechatpay_public_key/public_key_id"), 200, "{}");
    let unknown = || Told::signed_by("/platform_cert/private_key_pem", key("/platform_cert/serial_no"), 200, "{}");
    let peer = Peer::telling([Told::plain(200, r#"{"prepay_id":"forged"}"#), rogue(), unknown()]).await;
    let client = client(&peer);
    for _ in 0..3 {
        let error = client.order_jsapi(&order(), "o1").await.expect_err("not verified");
        assert!(matches!(&error, PayError::OutcomeUnknown(unknown) if unknown.reason == UnknownReason::NotVerified));
    }
    assert_eq!(peer.asked().len(), 3, "public-key mode never downloads certificates");
}

#[tokio::test]
async fn a_probe_is_dropped_and_the_request_repeated_once_with_a_new_nonce() {
    let probe = || Told::signed(200, r#"{"prepay_id":"wx1"}"#).header("Wechatpay-Signature", "WECHATPAY/SIGNTEST/x");
    let peer = Peer::telling([probe(), Told::signed(200, r#"{"prepay_id":"wx2"}"#), probe(), probe()]).await;
    let client = client(&peer);
    assert_eq!(client.order_jsapi(&order(), "o1").await.expect("ordered"), "wx2");
    let asked = peer.asked();
    assert_ne!(asked[0].headers["authorization"], asked[1].headers["authorization"]);
    assert_eq!(asked[0].body, asked[1].body);
    assert!(client.order_jsapi(&order(), "o1").await.is_err());
    assert_eq!(peer.asked().len(), 4, "not more than one repetition");
}

#[tokio::test]
async fn a_refund_that_meets_the_rate_limit_may_have_been_accepted() {
    let peer = Peer::telling([
        Told::plain(429, r#"{"code":"FREQUENCY_LIMITED","message":"频率超限"}"#),
        Told::plain(403, r#"{"code":"NOT_ENOUGH","message":"基本账户余额不足"}"#).header("Request-ID", "08F-268"),
        Told::plain(404, r#"{"code":"RESOURCE_NOT_EXISTS","message":"退款单不存在"}"#),
    ])
    .await;
    let client = client(&peer);
    let limited = client.refund(&refund()).await.expect_err("limited");
    assert!(limited.rate_limited() && matches!(limited, PayError::OutcomeUnknown(_)));
    let poor = client.refund(&refund()).await.expect_err("no funds");
    assert!(poor.not_enough());
    assert!(matches!(poor, PayError::Rejected { request_id: Some(id), .. } if id == "08F-268"));
    assert!(client.query_refund("RF1").await.expect_err("unknown").not_found());
}

#[tokio::test]
async fn an_accepted_refund_is_not_a_finished_one() {
    let body = json!({
        "refund_id": "503", "out_refund_no": "RF1", "transaction_id": "4200002500", "out_trade_no": "SE1",
        "channel": "ORIGINAL", "user_received_account": "支付用户零钱", "create_time": "2026-07-31T20:30:00+08:00",
        "status": "PROCESSING", "amount": {"total": 102_000, "refund": 100, "payer_total": 102_000,
        "payer_refund": 100, "currency": "CNY", "from": []}, "promotion_detail": [],
    });
    let peer = Peer::telling([Told::signed(200, &body.to_string())]).await;
    let accepted = client(&peer).refund(&refund()).await.expect("accepted");
    assert_eq!((accepted.status, accepted.amount.refund), (RefundStatus::Processing, 100));
    verify(&peer.asked()[0]);
}

#[tokio::test]
async fn nothing_was_sent_when_nobody_listens() {
    let error = client(&Peer::nobody().await).query("SE1234").await.expect_err("nobody");
    assert!(matches!(error, PayError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn the_first_answer_makes_the_client_learn_the_certificates() {
    let signed = Told::signed_by(
        "/platform_cert/private_key_pem",
        key("/platform_cert/serial_no"),
        200,
        r#"{"code_url":"weixin://wxpay/bizpayurl/up?pr=1"}"#,
    );
    let peer = Peer::telling([signed, certificate_list()]).await;
    let url = certificate_client(&peer).order_native(&order()).await.expect("verified after the download");
    assert_eq!(url, "weixin://wxpay/bizpayurl/up?pr=1");
    assert_eq!(peer.targets(), ["/v3/pay/transactions/native", "/v3/certificates"]);
}

#[tokio::test]
async fn many_notices_with_an_unknown_serial_cause_one_download() {
    let peer = Peer::telling([certificate_list()]).await;
    let client = certificate_client(&peer);
    let known = Told::signed_by("/platform_cert/private_key_pem", key("/platform_cert/serial_no"), 200, "x");
    let forged = Told::signed_by("/rogue/private_key_pem", "0".repeat(40), 200, "x");
    let raw = |told: &Told| -> Vec<(String, Vec<u8>)> {
        told.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect()
    };
    let (known, forged) = (raw(&known), raw(&forged));
    let results = tokio::join!(
        client.open_notice(&known, b"x"),
        client.open_notice(&known, b"x"),
        client.open_notice(&known, b"x"),
        client.open_notice(&forged, b"x"),
    );
    for error in [results.0, results.1, results.2].map(|result| result.expect_err("no envelope")) {
        assert_eq!(error.stage(), "parse", "the signature was verified with the downloaded certificate");
    }
    assert_eq!(results.3.expect_err("forged").stage(), "serial");
    assert_eq!(peer.targets(), ["/v3/certificates"]);
}

#[tokio::test]
async fn a_bill_is_written_whole_and_its_hash_compared() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/tradebill-ALL-2026-07-30.csv");
    let text = std::fs::read_to_string(path).expect("a bill");
    let peer = Peer::telling([]).await;
    let address = |hash: &str| {
        let url = format!("{}/v3/billdownload/file?token=a%2Fb", peer.base_url);
        Told::signed(200, &json!({"hash_type": "SHA1", "hash_value": hash, "download_url": url}).to_string())
    };
    peer.then(address("d7a2b412503c93d19ac3800de9bd82a0d5269675"));
    peer.then(Told::plain(200, &text));
    peer.then(address(&"0".repeat(40)));
    peer.then(Told::plain(200, &text));
    peer.then(Told::plain(400, r#"{"code":"NO_STATEMENT_EXIST","message":"账单文件不存在"}"#));
    let client = client(&peer);
    let day = time::Date::from_calendar_date(2026, time::Month::July, 30).expect("a day");
    let mut file = Vec::new();
    let done = client.trade_bill(day, TradeBillKind::All, &mut file).await.expect("downloaded").expect("a bill");
    assert_eq!((file.as_slice(), done.bytes), (text.as_bytes(), text.len() as u64));
    assert_eq!(
        peer.targets()[..2],
        [
            "/v3/bill/tradebill?bill_date=2026-07-30&bill_type=ALL".to_owned(),
            "/v3/billdownload/file?token=a%2Fb".to_owned()
        ]
    );
    peer.asked().iter().for_each(verify);
    assert!(client.trade_bill(day, TradeBillKind::All, &mut Vec::new()).await.is_err(), "another hash");
    let nothing = client.trade_bill(day, TradeBillKind::All, &mut Vec::new()).await.expect("an empty day");
    assert_eq!(nothing, None);
}

#[tokio::test]
async fn an_invoice_application_names_the_key_and_hides_phone_and_mail() {
    use wechat::pay::fapiao::{BuyerInformation, FapiaoApplication, FapiaoItem, FapiaoScene, FapiaoToIssue, TitleKind};
    let peer = Peer::telling([Told::signed(202, "")]).await;
    let buyer_information = BuyerInformation {
        kind: TitleKind::Organization,
        name: "某某物业".to_owned(),
        taxpayer_id: Some("9144030071526726XG".to_owned()),
        address: None,
        telephone: None,
        bank_name: None,
        bank_account: None,
        phone: Some("13800138000".to_owned()),
        email: None,
    };
    let item = FapiaoItem {
        tax_code: "3040802010000000000".to_owned(),
        goods_category: None,
        goods_name: Some("检验费".to_owned()),
        specification: None,
        unit: None,
        quantity: 100_000_000,
        total_amount: 102_000,
        tax_rate: 600,
        tax_prefer_mark: None,
        discount: false,
    };
    let invoice = FapiaoToIssue {
        fapiao_id: "F1".to_owned(),
        total_amount: 102_000,
        need_list: None,
        remark: None,
        items: vec![item],
    };
    let application = FapiaoApplication {
        scene: FapiaoScene::WithWechatpay,
        fapiao_apply_id: "4200002500".to_owned(),
        buyer_information,
        fapiao_information: vec![invoice],
    };
    client(&peer).fapiao_issue(&application).await.expect("202 without a body is accepted");
    let asked = &peer.asked()[0];
    assert_eq!(asked.headers["wechatpay-serial"], key("/wechatpay_public_key/public_key_id"));
    let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
    assert_eq!(body["buyer_information"]["type"], "ORGANIZATION");
    let sealed = body["buyer_information"]["phone"].as_str().expect("a phone");
    let owner = SigningKey::from_pem(&key("/wechatpay_public_key/private_key_pem")).expect("a key");
    assert_eq!(wechat::crypto::sensitive::decrypt(&owner, sealed).as_deref(), Ok("13800138000"));
}

#[test]
fn a_wrong_setting_is_named() {
    let base = || config("https://api.mch.example");
    let cases = [
        ("base_url", PayConfig { base_url: "api.mch.example".to_owned(), ..base() }),
        ("mch_id", PayConfig { mch_id: "wx1".to_owned(), ..base() }),
        ("merchant_serial", PayConfig { merchant_serial: "1".to_owned(), ..base() }),
        (
            "merchant_private_key_pem",
            PayConfig { merchant_private_key_pem: key("/merchant/cert_pem").into(), ..base() },
        ),
        // A merchant of the national suite with keys of the other one.
        ("merchant_private_key_pem.suite", PayConfig { suite: Suite::ShangMi, ..base() }),
        ("api_v3_key_old", PayConfig { api_v3_key_old: Some("short".to_owned().into()), ..base() }),
        ("api_v3_key", PayConfig { api_v3_key: "short".to_owned().into(), ..base() }),
        ("public_key", PayConfig { public_key: None, ..base() }),
        (
            "platform_certificates_pem",
            PayConfig { platform_certificates_pem: vec![key("/merchant/cert_pem")], ..base() },
        ),
    ];
    for (field, config) in cases {
        let error = PayClient::new(config, fixed_clock(NOW)).expect_err(field);
        assert_eq!(error.field, field);
        assert!(!error.to_string().contains("short"), "no secret in the text");
    }
}
