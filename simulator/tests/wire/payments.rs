//! Orders, paying, notices.

use serde_json::json;
use simulator::{NoticeState, PayRefused, TradeState};
use wechat::pay::{NoticeError, PayError};

use crate::stage::Stage;

fn code(error: &PayError) -> String {
    match error {
        PayError::Rejected { code, .. } => code.clone(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_native_order_is_scanned_paid_notified_and_queried() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    assert!(code_url.starts_with("weixin://wxpay/bizpayurl"));
    let view = stage.simulator.scan_native(&stage.openid(), &code_url).await.expect("a live code");
    assert_eq!((view.amount_fen, view.description.as_str()), (1265, "电梯定期检验费"));
    assert!(!client.query("T2026073101").await.expect("known").is_paid());
    let paid = stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    assert_eq!(paid.transaction_id.len(), 28);
    assert!(stage.received().is_empty(), "notices wait for delivery");
    let delivered = stage.simulator.deliver_due().await;
    assert_eq!((delivered.notices, delivered.notices_accepted), (1, 1));
    let notice = stage.opened_notices(&client).await.remove(0).expect("a good signature");
    let transaction = notice.transaction().expect("a payment");
    assert_eq!(transaction.transaction_id, Some(paid.transaction_id));
    assert_eq!(transaction.amount.expect("paid").total, Some(1265));
    assert_eq!(transaction.attach.as_deref(), Some("报告 1 份"));
    assert!(client.query("T2026073101").await.expect("known").is_paid());
    assert_eq!(stage.simulator.deliver_due().await.notices, 0);
}

#[tokio::test]
async fn the_headers_of_a_notice_are_those_seen_in_the_field() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    stage.simulator.deliver_due().await;
    let received = stage.received().remove(0);
    let of = |name: &str| received.headers.iter().filter(|(key, _)| key == name).count();
    for name in [
        "wechatpay-nonce",
        "wechatpay-serial",
        "wechatpay-signature",
        "wechatpay-signature-type",
        "wechatpay-timestamp",
        "user-agent",
        "content-type",
    ] {
        assert_eq!(of(name), 1, "{name}");
    }
    assert_eq!(of("request-id"), 0);
}

#[tokio::test]
async fn jsapi_parameters_pay_once_and_only_for_the_right_person() {
    let stage = Stage::new().await;
    let client = stage.client();
    let openid = stage.openid();
    let prepay_id = client.order_jsapi(&stage.order("T2026073101"), &openid).await.expect("accepted");
    let app_id = &stage.identities.mp.app_id;
    let parameters = json!(client.payment_parameters(app_id, &prepay_id));
    let other = stage.simulator.people()[1].mp_openid.clone();
    assert_eq!(stage.simulator.pay_jsapi(&other, &parameters).await, Err(PayRefused::WrongPayer));
    let mut forged = parameters.clone();
    forged["timeStamp"] = json!("1785500001");
    assert_eq!(stage.simulator.pay_jsapi(&openid, &forged).await, Err(PayRefused::WrongPaySign));
    let mut wrong_app = json!(client.payment_parameters(&stage.identities.mini.app_id, &prepay_id));
    wrong_app["appId"] = json!(stage.identities.mini.app_id);
    assert_eq!(stage.simulator.pay_jsapi(&openid, &wrong_app).await, Err(PayRefused::WrongApp));
    stage.simulator.pay_jsapi(&openid, &parameters).await.expect("paid");
    assert_eq!(stage.simulator.pay_jsapi(&openid, &parameters).await, Err(PayRefused::AlreadyPaid));
}

#[tokio::test]
async fn the_mini_program_pays_without_telling_its_app_id() {
    let stage = Stage::new().await;
    let client = stage.client();
    let person = stage.simulator.people().remove(0);
    let mut order = stage.order("T2026073101");
    order.app_id = stage.identities.mini.app_id.clone();
    assert_eq!(code(&client.order_jsapi(&order, &person.mp_openid).await.expect_err("foreign openid")), "PARAM_ERROR");
    let prepay_id = client.order_jsapi(&order, &person.mini_openid).await.expect("accepted");
    let mut parameters = json!(client.payment_parameters(&order.app_id, &prepay_id));
    parameters.as_object_mut().expect("an object").remove("appId");
    let paid = stage.simulator.pay_jsapi(&person.mini_openid, &parameters).await.expect("paid");
    assert_eq!(paid.payer_total_fen, 1265);
    let payment = stage.simulator.order("T2026073101").and_then(|order| order.payment).expect("paid");
    assert_eq!(payment.openid, person.mini_openid);
}

#[tokio::test]
async fn the_same_order_again_gives_a_new_code_and_kills_the_old_one() {
    let stage = Stage::new().await;
    let client = stage.client();
    let first = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    let second = client.order_native(&stage.order("T2026073101")).await.expect("accepted again");
    assert_ne!(first, second);
    assert_eq!(stage.simulator.scan_native(&stage.openid(), &first).await, Err(PayRefused::UnknownCode));
    stage.simulator.scan_native(&stage.openid(), &second).await.expect("the new one lives");
}

#[tokio::test]
async fn a_used_number_is_refused_with_other_parameters_another_product_or_after_payment() {
    let stage = Stage::new().await;
    let client = stage.client();
    let order = stage.order("T2026073101");
    let code_url = client.order_native(&order).await.expect("accepted");
    let mut dearer = order.clone();
    dearer.amount_fen += 1;
    assert_eq!(code(&client.order_native(&dearer).await.expect_err("other amount")), "OUT_TRADE_NO_USED");
    let jsapi = client.order_jsapi(&order, &stage.openid()).await;
    assert_eq!(code(&jsapi.expect_err("other product")), "OUT_TRADE_NO_USED");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    assert_eq!(code(&client.order_native(&order).await.expect_err("paid")), "OUT_TRADE_NO_USED");
    stage.simulator.faults().set(|faults| faults.legacy_codes = true);
    assert_eq!(code(&client.order_native(&order).await.expect_err("paid")), "ORDERPAID");
}

#[tokio::test]
async fn closing_is_repeatable_and_refused_for_a_paid_order() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    client.close("T2026073101").await.expect("closed");
    client.close("T2026073101").await.expect("closed again");
    assert_eq!(stage.simulator.scan_native(&stage.openid(), &code_url).await, Err(PayRefused::Closed));
    assert_eq!(code(&client.order_native(&stage.order("T2026073101")).await.expect_err("closed")), "ORDER_CLOSED");
    assert!(client.close("T2026079999").await.expect_err("unknown").not_found());
    client.order_native(&stage.order("T2026073102")).await.expect("accepted");
    let openid = stage.openid();
    stage.simulator.faults().set(|faults| faults.paid_at_close_by = Some(openid));
    assert!(client.close("T2026073102").await.expect_err("paid at the last moment").already_paid());
    assert!(client.query("T2026073102").await.expect("known").is_paid());
}

#[tokio::test]
async fn time_expire_stops_paying_without_closing_and_seven_days_close() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.pass(2 * 3600 + 1);
    assert_eq!(stage.simulator.scan_native(&stage.openid(), &code_url).await, Err(PayRefused::PrepayExpired));
    let mut short = stage.order("T2026073102");
    short.time_expire = time::OffsetDateTime::from_unix_timestamp(stage.now() + 1).ok();
    let code_url = client.order_native(&short).await.expect("moved to one minute silently");
    stage.pass(59);
    stage.simulator.scan_native(&stage.openid(), &code_url).await.expect("still payable");
    stage.pass(2);
    assert_eq!(stage.simulator.scan_native(&stage.openid(), &code_url).await, Err(PayRefused::OrderExpired));
    assert_eq!(client.query("T2026073102").await.expect("known").trade_state.as_str(), "NOTPAY");
    stage.pass(7 * 86_400);
    assert_eq!(client.query("T2026073102").await.expect("known").trade_state.as_str(), "CLOSED");
}

#[tokio::test]
async fn a_code_belongs_to_the_first_who_scans_it() {
    let stage = Stage::new().await;
    let code_url = stage.client().order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.scan_native(&stage.openid(), &code_url).await.expect("first");
    let other = stage.simulator.people()[1].mp_openid.clone();
    assert_eq!(stage.simulator.scan_native(&other, &code_url).await, Err(PayRefused::ScannedByAnother));
}

#[tokio::test]
async fn an_unanswered_notice_comes_again_by_schedule_with_a_new_signature_and_the_same_id() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    stage.answer_next(500, "");
    stage.answer_next(302, "");
    assert_eq!(stage.simulator.deliver_due().await.notices_accepted, 0);
    assert_eq!(stage.simulator.deliver_due().await.notices, 0, "not before 15 s");
    stage.pass(15);
    assert_eq!(stage.simulator.deliver_due().await.notices_accepted, 0);
    stage.pass(15);
    assert_eq!(stage.simulator.deliver_due().await.notices_accepted, 1);
    let received = stage.received();
    assert_eq!(received.len(), 3);
    assert_ne!(received[0].headers, received[1].headers);
    let mut ids = Vec::new();
    for notice in stage.opened_notices(&client).await {
        ids.push(notice.expect("good").id);
    }
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(stage.simulator.notices()[0].state, NoticeState::Delivered);
}

#[tokio::test]
async fn notices_can_be_doubled_delayed_reversed_lost_probed_and_wrongly_signed() {
    let stage = Stage::new().await;
    let client = stage.client();
    let faults = stage.simulator.faults();
    let pay = async |number: &str| {
        let code_url = client.order_native(&stage.order(number)).await.expect("accepted");
        stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid")
    };
    faults.set(|faults| faults.notice_duplicates = 2);
    pay("T2026073101").await;
    assert_eq!(stage.simulator.deliver_due().await.notices, 3);
    faults.clear();
    faults.set(|faults| faults.notice_delay_s = 40);
    pay("T2026073102").await;
    assert_eq!(stage.simulator.deliver_due().await.notices, 0);
    stage.pass(40);
    assert_eq!(stage.simulator.deliver_due().await.notices, 1);
    faults.clear();
    faults.set(|faults| faults.notice_reversed = true);
    pay("T2026073103").await;
    pay("T2026073104").await;
    stage.simulator.deliver_due().await;
    let opened = stage.opened_notices(&client).await;
    let number = |index: usize| {
        let notice = opened[index].as_ref().expect("good");
        notice.transaction().expect("a payment").out_trade_no
    };
    assert_eq!((number(4), number(5)), ("T2026073104".to_owned(), "T2026073103".to_owned()));
    faults.clear();
    faults.set(|faults| faults.notice_lost_next = 1);
    pay("T2026073105").await;
    stage.pass(86_400);
    assert_eq!(stage.simulator.deliver_due().await.notices, 0);
    faults.set(|faults| {
        faults.notice_probe_next = 1;
        faults.notice_wrong_signature_next = 1;
    });
    stage.answer_next(401, "");
    stage.answer_next(401, "");
    pay("T2026073106").await;
    stage.simulator.deliver_due().await;
    stage.pass(15);
    stage.simulator.deliver_due().await;
    stage.pass(15);
    stage.simulator.deliver_due().await;
    let opened = stage.opened_notices(&client).await;
    assert_eq!(opened.len(), 9);
    assert!(opened[6].as_ref().expect_err("a probe").is_probe());
    assert_eq!(opened[7].as_ref().map_err(NoticeError::stage).expect_err("wrong"), "signature");
    opened[8].as_ref().expect("the third try is good");
}

#[tokio::test]
async fn the_notice_can_come_before_the_answer_to_the_order() {
    let stage = Stage::new().await;
    let openid = stage.openid();
    stage.simulator.faults().set(|faults| faults.notify_before_answer_by = Some(openid));
    stage.client().order_native(&stage.order("T2026073101")).await.expect("accepted");
    assert_eq!(stage.received().len(), 1, "sent while the order request was still open");
}

#[tokio::test]
async fn a_lying_notice_has_a_valid_signature() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.faults().set(|faults| {
        faults.tamper = Some(simulator::faults::Tamper { amount_delta_fen: -1000, ..Default::default() });
        faults.attach_missing = true;
        faults.unknown_fields = true;
    });
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    stage.simulator.deliver_due().await;
    let notice = stage.opened_notices(&client).await.remove(0).expect("a good signature");
    let transaction = notice.transaction().expect("unknown fields do no harm");
    assert_eq!((transaction.amount.expect("paid").total, transaction.attach), (Some(265), None));
}

#[tokio::test]
async fn the_switch_to_the_public_key_is_gradual() {
    let stage = Stage::new().await;
    let client = stage.client();
    stage.simulator.faults().set(|faults| faults.public_key_percent = Some(50));
    for index in 0..12 {
        let number = format!("T20260731{index:02}");
        let code_url = client.order_native(&stage.order(&number)).await.expect("accepted");
        stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    }
    stage.simulator.deliver_due().await;
    let opened = stage.opened_notices(&client).await;
    let by_public_key = opened
        .iter()
        .filter(|notice| notice.as_ref().expect("both keys verify").serial.starts_with("PUB_KEY_ID_"))
        .count();
    assert!((3..=9).contains(&by_public_key), "{by_public_key} of 12");
}

#[tokio::test]
async fn a_coupon_makes_payer_total_smaller_than_total() {
    let stage = Stage::new().await;
    let client = stage.client();
    stage.simulator.faults().set(|faults| faults.coupon_fen = 65);
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    let transaction = client.query("T2026073101").await.expect("known");
    let amount = transaction.amount.expect("paid");
    assert_eq!((amount.total, amount.payer_total), (Some(1265), Some(1200)));
}

#[tokio::test]
async fn money_taken_by_the_bank_alone_leaves_the_order_unpaid() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.faults().set(|faults| faults.bank_fails_next = 1);
    assert_eq!(stage.simulator.pay_native(&stage.openid(), &code_url).await, Err(PayRefused::BankFailed));
    assert_eq!(stage.simulator.order("T2026073101").expect("known").state, TradeState::NotPay);
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("the next time it works");
}

#[tokio::test]
async fn a_payment_without_a_notice_is_known_to_the_query_alone() {
    let stage = Stage::new().await;
    let client = stage.client();
    client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.pay_at_channel_only("T2026073101", &stage.openid()).await.expect("paid");
    stage.pass(86_400);
    assert_eq!(stage.simulator.deliver_due().await.notices, 0);
    assert!(client.query("T2026073101").await.expect("known").is_paid());
}

#[tokio::test]
async fn notices_never_leave_the_machine() {
    let stage = Stage::new().await;
    let client = stage.client();
    let mut order = stage.order("T2026073101");
    order.notify_url = "https://pay.example.cn/notify".into();
    let code_url = client.order_native(&order).await.expect("a public address is a good address");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    let delivered = stage.simulator.deliver_due().await;
    assert_eq!((delivered.notices, delivered.notices_accepted), (1, 0));
    assert_eq!(stage.simulator.notices()[0].tries[0].status, None);
}
