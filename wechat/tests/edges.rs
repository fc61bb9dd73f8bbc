//! Edges of notices that a hostile or clumsy peer reaches: signed and encrypted here with WeChat's test keys.

use serde_json::{Value, json};
use wechat::crypto::aead;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::{SigningKey, VerifyingKey};
use wechat::crypto::suite::Suite;
use wechat::pay::certificates;
use wechat::pay::keyring::Keyring;
use wechat::pay::verification::SignatureHeaders;
use wechat::pay::{
    ApiV3Key, BusinessMismatch, ExpectedPayment, Notice, NoticeError, Transaction, check_business, notices,
};

const NOW: i64 = 1_785_500_000;

struct Wechat {
    keys: Value,
    keyring: Keyring,
}

impl Wechat {
    fn new() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/keys.json");
        let keys: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("keys.json")).expect("JSON");
        let keyring = Keyring::new();
        let text = |pointer: &str| keys.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned();
        keyring.insert_certificate(Certificate::from_pem(&text("/platform_cert/cert_pem")).expect("certificate"));
        let public = VerifyingKey::from_pem(&text("/wechatpay_public_key/public_key_pem")).expect("key");
        keyring.insert_public_key(&text("/wechatpay_public_key/public_key_id"), public);
        Self { keys, keyring }
    }

    fn text(&self, pointer: &str) -> &str {
        self.keys.pointer(pointer).and_then(Value::as_str).expect("a text of keys.json")
    }

    fn api_v3_key(&self) -> ApiV3Key {
        ApiV3Key::new(self.text("/apiv3_key")).expect("32 characters")
    }

    fn sign(&self, owner: &str, serial: &str, timestamp: i64, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        let key = SigningKey::from_pem(self.text(owner)).expect("a key");
        let signed = SignatureHeaders::sign(&key, serial, timestamp, "nonce-of-the-header", body);
        signed.to_pairs().into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
    }

    fn signed(&self, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        self.sign("/platform_cert/private_key_pem", self.text("/platform_cert/serial_no"), NOW, body)
    }

    fn body(&self, event_type: &str, plaintext: &str) -> Vec<u8> {
        let nonce = "abcdefghijkl";
        let ciphertext =
            aead::encrypt(self.api_v3_key().as_bytes(), nonce.as_bytes(), b"transaction", plaintext.as_bytes())
                .expect("encrypts");
        json!({
            "id": "n-1", "create_time": "2026-07-31T20:15:33+08:00", "event_type": event_type,
            "resource_type": "encrypt-resource", "summary": "支付成功 😀",
            "resource": {"algorithm": aead::ALGORITHM, "original_type": "transaction",
                         "associated_data": "transaction", "nonce": nonce, "ciphertext": ciphertext},
        })
        .to_string()
        .into_bytes()
    }

    fn open(&self, headers: &[(String, Vec<u8>)], body: &[u8]) -> Result<Notice, NoticeError> {
        notices::open(&self.keyring, &[self.api_v3_key()], headers, body, NOW)
    }
}

fn paid() -> Value {
    json!({
        "mchid": "1981868759", "appid": "wx9557d516e5233170", "out_trade_no": "SE20260731000001",
        "transaction_id": "4200002500202607311234567890", "trade_type": "JSAPI", "trade_state": "SUCCESS",
        "success_time": "2026-07-31T20:15:30+08:00", "payer": {"openid": "oS6l8ISCeHwJsGZAbsARAR2jbEaS"},
        "amount": {"total": 102_000, "payer_total": 101_000, "currency": "CNY", "payer_currency": "CNY"},
    })
}

fn order() -> ExpectedPayment {
    ExpectedPayment {
        mch_id: "1981868759".to_owned(),
        app_id: "wx9557d516e5233170".to_owned(),
        out_trade_no: "SE20260731000001".to_owned(),
        amount_fen: 102_000,
    }
}

#[test]
fn a_genuine_notice_with_emoji_and_a_coupon_is_the_payment_that_was_ordered() {
    let wechat = Wechat::new();
    let mut content = paid();
    content["attach"] = json!("电梯😀👍🏽");
    let body = wechat.body("TRANSACTION.SUCCESS", &content.to_string());
    let notice = wechat.open(&wechat.signed(&body), &body).expect("genuine");
    let transaction = notice.transaction().expect("a transaction");
    assert_eq!(transaction.attach.as_deref(), Some("电梯😀👍🏽"));
    assert_eq!(transaction.payer_openid(), Some("oS6l8ISCeHwJsGZAbsARAR2jbEaS"));
    assert_eq!(check_business(&transaction, &order()), Ok(()));
}

#[test]
fn a_doubled_header_is_refused_in_both_orders_even_when_the_values_are_equal() {
    let wechat = Wechat::new();
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let headers = wechat.signed(&body);
    for index in 0..headers.len() {
        for other in [headers[index].1.clone(), b"other".to_vec()] {
            let mut behind = headers.clone();
            behind.push((headers[index].0.to_ascii_lowercase(), other.clone()));
            let mut before = headers.clone();
            before.insert(0, (headers[index].0.to_ascii_uppercase(), other));
            assert_eq!(wechat.open(&behind, &body).expect_err("doubled").stage(), "headers");
            assert_eq!(wechat.open(&before, &body).expect_err("doubled").stage(), "headers");
        }
    }
}

#[test]
fn headers_that_are_empty_or_not_text_are_refused() {
    let wechat = Wechat::new();
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    for value in [&b""[..], b"   ", b"\xff\xfe", b"a\nb"] {
        for index in 0..4 {
            let mut headers = wechat.signed(&body);
            headers[index].1 = value.to_vec();
            assert_eq!(wechat.open(&headers, &body).expect_err("unusable").stage(), "headers");
        }
    }
}

#[test]
fn the_window_is_five_minutes_and_no_timestamp_overflows() {
    let wechat = Wechat::new();
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let owner = "/platform_cert/private_key_pem";
    let at =
        |timestamp| wechat.open(&wechat.sign(owner, wechat.text("/platform_cert/serial_no"), timestamp, &body), &body);
    for near in [NOW, NOW - 299, NOW + 299] {
        assert!(at(near).is_ok(), "{near}");
    }
    for far in [NOW - 301, NOW + 301, 0, i64::MIN, i64::MAX, NOW * 1000] {
        assert_eq!(at(far).expect_err("far").stage(), "timestamp", "{far}");
    }
    for (text, stage) in [
        ("99999999999999999999", "timestamp"),
        ("1785500000.0", "headers"),
        ("+1785500000", "headers"),
        ("１７８５５０００００", "headers"),
        ("-", "headers"),
    ] {
        let mut headers = wechat.signed(&body);
        headers[0].1 = text.as_bytes().to_vec();
        assert_eq!(wechat.open(&headers, &body).expect_err("no time").stage(), stage, "{text}");
    }
}

#[test]
fn keys_are_picked_by_the_exact_text_of_the_serial() {
    let wechat = Wechat::new();
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let platform = wechat.text("/platform_cert/serial_no");
    let with = |owner: &str, serial: &str| wechat.open(&wechat.sign(owner, serial, NOW, &body), &body);
    let own = "/platform_cert/private_key_pem";
    assert!(with(own, platform).is_ok());
    assert_eq!(with(own, &platform.to_ascii_lowercase()).expect_err("unknown").stage(), "serial");
    assert_eq!(with(own, &format!("0{platform}")).expect_err("unknown").stage(), "serial");
    let merchant = wechat.text("/merchant/serial_no").to_owned();
    assert_eq!(with("/merchant/private_key_pkcs8_pem", &merchant).expect_err("merchant").stage(), "serial");
    assert_eq!(with("/rogue/private_key_pem", platform).expect_err("rogue").stage(), "signature");
    let public_key_id = wechat.text("/wechatpay_public_key/public_key_id").to_owned();
    assert!(with("/wechatpay_public_key/private_key_pem", &public_key_id).is_ok());
    assert_eq!(with(own, &public_key_id).expect_err("other key").stage(), "signature");
}

#[test]
fn bodies_that_are_signed_but_no_envelope_are_refused_while_reading() {
    let wechat = Wechat::new();
    let good = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let mut with_mark = b"\xef\xbb\xbf".to_vec();
    with_mark.extend_from_slice(&good);
    let hidden_bytes = [&br#"{"skipped":""#[..], b"\xff\xfe", br#"","#, &good[1..]].concat();
    let twice = [&good[..], &good[..]].concat();
    let bodies = [&b""[..], b" ", b"null", b"[]", b"{}", b"<xml></xml>", b"\xff", &with_mark, &hidden_bytes, &twice];
    for body in bodies {
        let error = wechat.open(&wechat.signed(body), body).expect_err("no envelope");
        assert_eq!(error.stage(), "parse", "{}", String::from_utf8_lossy(body));
    }
    let error = wechat.open(&wechat.signed(&good), &with_mark).expect_err("changed on the way");
    assert_eq!(error.stage(), "signature");
}

#[test]
fn a_probe_is_refused_and_told_apart() {
    let wechat = Wechat::new();
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let mut headers = wechat.signed(&body);
    for (name, value) in &mut headers {
        if name == "Wechatpay-Signature" {
            *value = b"WECHATPAY/SIGNTEST/abc".to_vec();
        }
    }
    assert!(wechat.open(&headers, &body).expect_err("a probe").is_probe());
    headers.iter_mut().for_each(|(name, value)| {
        if name == "Wechatpay-Signature" {
            *value = b"AAAA".to_vec();
        }
    });
    assert!(!wechat.open(&headers, &body).expect_err("wrong").is_probe());
}

#[test]
fn a_right_signature_over_another_business_does_not_pay_the_order() {
    let change = |pointer: &str, value: Value| {
        let mut content = paid();
        *content.pointer_mut(pointer).expect("a field") = value;
        let transaction: Transaction = serde_json::from_value(content).expect("a transaction");
        check_business(&transaction, &order()).expect_err("another business")
    };
    assert!(matches!(change("/mchid", json!("1900000001")), BusinessMismatch::MchId(_)));
    assert!(matches!(change("/appid", json!("wxe0806e35fc727672")), BusinessMismatch::AppId(_)));
    assert!(matches!(change("/out_trade_no", json!("SE20260731000002")), BusinessMismatch::OutTradeNo(_)));
    for state in ["NOTPAY", "CLOSED", "PAYERROR", "success", ""] {
        assert!(matches!(change("/trade_state", json!(state)), BusinessMismatch::TradeState(_)), "{state}");
    }
    for total in [json!(101_999), json!(0), json!(-102_000), json!(i64::MAX), json!(null)] {
        assert!(matches!(change("/amount/total", total), BusinessMismatch::Amount { .. }));
    }
    assert!(matches!(change("/amount", json!({})), BusinessMismatch::Amount { .. }));
    assert!(matches!(change("/amount/currency", json!("USD")), BusinessMismatch::Currency(_)));
    assert!(matches!(change("/transaction_id", json!("")), BusinessMismatch::TransactionId));
}

#[test]
fn fractions_and_texts_for_fen_are_errors() {
    let wechat = Wechat::new();
    for total in ["102000.0", "1020.00", "\"102000\"", "1e5", "9223372036854775808", "true"] {
        let content = paid().to_string().replace("\"total\":102000", &format!("\"total\":{total}"));
        assert!(content.contains(total));
        let body = wechat.body("TRANSACTION.SUCCESS", &content);
        let notice = wechat.open(&wechat.signed(&body), &body).expect("signature and decryption are fine");
        assert_eq!(notice.transaction().expect_err("no fen").stage(), "content", "{total}");
    }
}

#[test]
fn while_the_apiv3_key_changes_either_opens_and_a_third_does_not() {
    let wechat = Wechat::new();
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let headers = wechat.signed(&body);
    let other = || ApiV3Key::new("another APIv3 key of 32 letters.").expect("32 characters");
    let open = |keys: &[ApiV3Key]| notices::open(&wechat.keyring, keys, &headers, &body, NOW);
    for keys in [[wechat.api_v3_key(), other()], [other(), wechat.api_v3_key()]] {
        assert!(open(&keys).expect("one of them fits").transaction().is_ok());
    }
    assert_eq!(open(&[other()]).expect_err("none fits").stage(), "decrypt");
    let mut unsigned = headers.clone();
    unsigned.retain(|(name, _)| !name.eq_ignore_ascii_case("Wechatpay-Signature"));
    let keys = [wechat.api_v3_key(), other()];
    assert_eq!(notices::open(&wechat.keyring, &keys, &unsigned, &body, NOW).expect_err("unsigned").stage(), "headers");
}

#[test]
fn a_new_certificate_is_learned_from_the_list_and_a_forged_list_is_not() {
    let wechat = Wechat::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/certificates.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("file")).expect("JSON");
    let list = file["response"]["body_utf8"].as_str().expect("a text").as_bytes();
    let next = wechat.text("/platform_cert_next/serial_no");
    let install = |headers: &[(String, Vec<u8>)]| {
        certificates::install(&wechat.keyring, Suite::International, &[wechat.api_v3_key()], headers, list, NOW)
    };
    let body = wechat.body("TRANSACTION.SUCCESS", &paid().to_string());
    let notice = wechat.sign("/platform_cert_next/private_key_pem", next, NOW, &body);
    assert_eq!(wechat.open(&notice, &body).expect_err("not known yet").stage(), "serial");
    let forged = wechat.sign("/rogue/private_key_pem", next, NOW, list);
    assert_eq!(install(&forged).expect_err("forged").stage(), "signature");
    assert!(wechat.open(&notice, &body).is_err(), "a forged list teaches nothing");
    // While rotating, the list is signed by the very certificate it brings.
    assert_eq!(install(&wechat.sign("/platform_cert_next/private_key_pem", next, NOW, list)), Ok(2));
    assert!(wechat.open(&notice, &body).is_ok());
}
