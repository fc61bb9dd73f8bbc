//! Refunds.

use simulator::faults::RefundOutcome;
use wechat::pay::{NewRefund, PayClient, PayError};

use crate::stage::Stage;

async fn paid(stage: &Stage, client: &PayClient) -> String {
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid").transaction_id
}

fn refund(stage: &Stage, transaction_id: &str, number: &str, refund_fen: i64) -> NewRefund {
    NewRefund {
        transaction_id: transaction_id.into(),
        out_refund_no: number.into(),
        reason: Some("重复支付".into()),
        notify_url: format!("{}/wechat/pay/notify/refund", stage.app_url),
        refund_fen,
        total_fen: 1265,
    }
}

fn code(result: Result<wechat::pay::Refund, PayError>) -> String {
    match result {
        Err(PayError::Rejected { code, .. }) => code,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refund_is_accepted_first_and_settled_and_notified_later() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    stage.simulator.deliver_due().await;
    let accepted = client.refund(&refund(&stage, &id, "R1", 1265)).await.expect("accepted");
    assert_eq!(accepted.status.as_str(), "PROCESSING");
    assert_eq!(client.query("T2026073101").await.expect("known").trade_state.as_str(), "REFUND");
    assert_eq!(stage.simulator.deliver_due().await.refunds_settled, ["R1"]);
    assert_eq!(client.query_refund("R1").await.expect("known").status.as_str(), "SUCCESS");
    let notices = stage.opened_notices(&client).await;
    let notice = notices[1].as_ref().expect("good").refund().expect("a refund notice");
    assert_eq!(notice.refund_status.as_str(), "SUCCESS");
}

#[tokio::test]
async fn the_same_number_refunds_once_and_other_content_is_refused() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    let first = client.refund(&refund(&stage, &id, "R1", 1000)).await.expect("accepted");
    let again = client.refund(&refund(&stage, &id, "R1", 1000)).await.expect("the same again");
    assert_eq!(first.refund_id, again.refund_id);
    assert_eq!(code(client.refund(&refund(&stage, &id, "R1", 1001)).await), "INVALID_REQUEST");
    assert_eq!(stage.simulator.refunds().len(), 1);
}

#[tokio::test]
async fn refunds_never_pass_the_payment_and_keep_a_minute_between_them() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    client.refund(&refund(&stage, &id, "R1", 1000)).await.expect("accepted");
    assert_eq!(code(client.refund(&refund(&stage, &id, "R2", 266)).await), "INVALID_REQUEST");
    let hasty = client.refund(&refund(&stage, &id, "R2", 265)).await.expect_err("too soon");
    assert!(hasty.rate_limited(), "{hasty:?}");
    stage.pass(60);
    client.refund(&refund(&stage, &id, "R2", 265)).await.expect("accepted after a minute");
}

#[tokio::test]
async fn an_unpaid_or_unknown_order_and_an_old_payment_cannot_be_refunded() {
    let stage = Stage::new().await;
    let client = stage.client();
    assert_eq!(code(client.refund(&refund(&stage, "4200000000", "R1", 1)).await), "RESOURCE_NOT_EXISTS");
    let id = paid(&stage, &client).await;
    stage.pass(366 * 86_400);
    assert_eq!(code(client.refund(&refund(&stage, &id, "R1", 1)).await), "TRADE_OVERDUE");
}

#[tokio::test]
async fn refunds_end_abnormal_closed_or_without_funds_on_command() {
    for (outcome, status) in [(RefundOutcome::Abnormal, "ABNORMAL"), (RefundOutcome::Closed, "CLOSED")] {
        let stage = Stage::new().await;
        let client = stage.client();
        let id = paid(&stage, &client).await;
        stage.simulator.faults().set(|faults| faults.refund_outcome = outcome);
        client.refund(&refund(&stage, &id, "R1", 1265)).await.expect("accepted");
        stage.simulator.deliver_due().await;
        assert_eq!(client.query_refund("R1").await.expect("known").status.as_str(), status);
        let notices = stage.opened_notices(&client).await;
        assert_eq!(notices[1].as_ref().expect("good").event_type, format!("REFUND.{status}"));
    }
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    stage.simulator.faults().set(|faults| faults.refund_outcome = RefundOutcome::NotEnough);
    assert_eq!(code(client.refund(&refund(&stage, &id, "R1", 1265)).await), "NOT_ENOUGH");
}

#[tokio::test]
async fn a_slow_bank_takes_days_and_a_refund_that_went_wrong_can_be_carried_out_after_all() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    stage.simulator.faults().set(|faults| {
        faults.refund_outcome = RefundOutcome::Abnormal;
        faults.refund_delay_s = 3 * 86_400;
    });
    client.refund(&refund(&stage, &id, "R1", 1265)).await.expect("accepted");
    let status = async || client.query_refund("R1").await.expect("known").status.as_str().to_owned();
    stage.pass(2 * 86_400);
    assert!(stage.simulator.deliver_due().await.refunds_settled.is_empty());
    assert_eq!(status().await, "PROCESSING");
    assert!(!stage.simulator.carry_out_refund("R1"), "it has not gone wrong yet");
    stage.pass(86_400);
    stage.simulator.deliver_due().await;
    assert_eq!(status().await, "ABNORMAL");
    assert!(stage.simulator.carry_out_refund("R1"));
    stage.simulator.deliver_due().await;
    assert_eq!(status().await, "SUCCESS");
}

#[tokio::test]
async fn a_refund_that_never_settles_is_carried_out_by_hand() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    stage.simulator.faults().set(|faults| faults.refund_outcome = RefundOutcome::Processing);
    client.refund(&refund(&stage, &id, "R1", 1265)).await.expect("accepted");
    let status = async || client.query_refund("R1").await.expect("known").status.as_str().to_owned();
    stage.pass(30 * 86_400);
    assert!(stage.simulator.deliver_due().await.refunds_settled.is_empty());
    assert_eq!(status().await, "PROCESSING");
    assert!(stage.simulator.carry_out_refund("R1"));
    assert!(!stage.simulator.carry_out_refund("R1"), "it is on its way already");
    stage.simulator.deliver_due().await;
    assert_eq!(status().await, "SUCCESS");
}

#[tokio::test]
async fn the_old_xml_notice_comes_unsigned() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client).await;
    stage.simulator.faults().set(|faults| faults.refund_notice_v2_xml = true);
    client.refund(&refund(&stage, &id, "R1", 1265)).await.expect("accepted");
    stage.simulator.deliver_due().await;
    let received = stage.received();
    let xml = received.iter().find(|one| one.path.ends_with("/refund")).expect("notified");
    assert!(String::from_utf8_lossy(&xml.body).contains("<req_info>"));
    assert!(xml.headers.iter().all(|(name, _)| name != "wechatpay-signature"));
}
