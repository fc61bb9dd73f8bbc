//! E-invoices and bills.

use simulator::RefundState;
use time::{Date, Month};
use wechat::pay::bills::BillReader;
use wechat::pay::fapiao::{
    BuyerInformation, DevelopmentConfig, FapiaoApplication, FapiaoItem, FapiaoScene, FapiaoToIssue, FapiaoToReverse,
    TitleKind,
};
use wechat::pay::{FundAccount, NewRefund, PayClient, TradeBillKind};

use crate::stage::Stage;

async fn paid(stage: &Stage, client: &PayClient, number: &str) -> String {
    let code_url = client.order_native(&stage.order(number)).await.expect("accepted");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid").transaction_id
}

fn application(transaction_id: &str, taxpayer_id: &str) -> FapiaoApplication {
    FapiaoApplication {
        scene: FapiaoScene::WithWechatpay,
        fapiao_apply_id: transaction_id.into(),
        buyer_information: BuyerInformation {
            kind: TitleKind::Organization,
            name: "重庆某物业管理有限公司".into(),
            taxpayer_id: Some(taxpayer_id.into()),
            address: None,
            telephone: None,
            bank_name: None,
            bank_account: None,
            phone: Some("13900000001".into()),
            email: None,
        },
        fapiao_information: vec![FapiaoToIssue {
            fapiao_id: "F1".into(),
            total_amount: 1265,
            need_list: None,
            remark: Some("电梯 3 台".into()),
            items: vec![FapiaoItem {
                tax_code: "3040603000000000000".into(),
                goods_category: None,
                goods_name: Some("检验检测服务".into()),
                specification: None,
                unit: None,
                quantity: 100_000_000,
                total_amount: 1265,
                tax_rate: 600,
                tax_prefer_mark: None,
                discount: false,
            }],
        }],
    }
}

async fn listen(stage: &Stage, client: &PayClient) {
    let settings = DevelopmentConfig {
        callback_url: Some(format!("{}/wechat/pay/notify/fapiao", stage.app_url)),
        show_fapiao_cell: None,
        support_vat_fapiao: None,
    };
    client.fapiao_set_development_config(&settings).await.expect("accepted");
}

const GOOD_CODE: &str = "91350100M000100Y43";

#[tokio::test]
async fn an_invoice_is_applied_for_issued_notified_downloaded_and_reversed() {
    let stage = Stage::new().await;
    let client = stage.client();
    listen(&stage, &client).await;
    let id = paid(&stage, &client, "T2026073101").await;
    client.fapiao_issue(&application(&id, GOOD_CODE)).await.expect("202 without a body");
    client.fapiao_issue(&application(&id, GOOD_CODE)).await.expect("the same again changes nothing");
    assert_eq!(client.fapiao_query(&id, None).await.expect("known")[0].status, "ISSUE_ACCEPTED");
    assert_eq!(stage.simulator.deliver_due().await.invoices_settled, ["F1"]);
    let notices = stage.opened_notices(&client).await;
    let notice = notices.last().expect("notified").as_ref().expect("good");
    assert_eq!(notice.event_type, "FAPIAO.ISSUED");
    assert_eq!(notice.fapiao().expect("an invoice notice").fapiao_apply_id, id);
    let invoice = client.fapiao_query(&id, Some("F1")).await.expect("known").remove(0);
    assert_eq!((invoice.status.as_str(), invoice.tax_amount), ("ISSUED", Some(72)));
    let number = invoice.blue_fapiao.and_then(|blue| blue.fapiao_number).expect("a number");
    assert_eq!(number.len(), 20);
    let file = client.fapiao_files(&id, Some("F1")).await.expect("known").remove(0);
    let url = file.download_url.expect("issued");
    let parameters = [("mchid", stage.identities.mch_id.as_str()), ("invoice_no", number.as_str())];
    assert!(client.fapiao_download(&url, &parameters).await.expect("a file").starts_with(b"%PDF-"));
    stage.pass(31);
    client.fapiao_download(&url, &parameters).await.expect_err("the address lives 30 seconds");
    let reversed = FapiaoToReverse { fapiao_id: "F1".into(), fapiao_code: None, fapiao_number: number };
    client.fapiao_reverse(&id, "退款", &[reversed]).await.expect("accepted");
    stage.simulator.deliver_due().await;
    assert_eq!(client.fapiao_query(&id, None).await.expect("known")[0].status, "REVERSED");
}

#[tokio::test]
async fn a_wrong_taxpayer_id_fails_with_a_reason_and_may_be_corrected() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client, "T2026073101").await;
    client.fapiao_issue(&application(&id, "91350100M000100Y44")).await.expect("accepted");
    stage.simulator.deliver_due().await;
    let failed = client.fapiao_query(&id, None).await.expect("known").remove(0);
    assert_eq!(failed.fapiao_error_code.as_deref(), Some("TAXPAYER_ID_INVALID"));
    client.fapiao_issue(&application(&id, GOOD_CODE)).await.expect("a second try");
    stage.simulator.deliver_due().await;
    assert_eq!(client.fapiao_query(&id, None).await.expect("known")[0].status, "ISSUED");
}

#[tokio::test]
async fn an_invoice_needs_a_payment_and_never_exceeds_it() {
    let stage = Stage::new().await;
    let client = stage.client();
    assert!(client.fapiao_issue(&application("4200000", GOOD_CODE)).await.expect_err("unpaid").not_found());
    let id = paid(&stage, &client, "T2026073101").await;
    let mut greedy = application(&id, GOOD_CODE);
    greedy.fapiao_information[0].total_amount = 1266;
    greedy.fapiao_information[0].items[0].total_amount = 1266;
    client.fapiao_issue(&greedy).await.expect_err("more than was paid");
}

#[tokio::test]
async fn a_title_filled_in_by_the_user_is_told_and_read_with_its_phone() {
    let stage = Stage::new().await;
    let client = stage.client();
    listen(&stage, &client).await;
    let title =
        serde_json::json!({"type": "ORGANIZATION", "name": "某公司", "taxpayer_id": GOOD_CODE, "phone": "13900000001"});
    stage.simulator.fill_invoice_title("A1", title);
    stage.simulator.deliver_due().await;
    let notice = stage.opened_notices(&client).await.remove(0).expect("good");
    assert_eq!(notice.event_type, "FAPIAO.USER_APPLIED");
    let read = client.fapiao_user_title("A1", FapiaoScene::WithoutWechatpay).await.expect("filled in");
    assert_eq!((read.name.as_str(), read.phone.as_deref()), ("某公司", Some("13900000001")));
}

#[tokio::test]
async fn seller_and_tax_codes_can_be_read() {
    let client = Stage::new().await.client();
    assert!(client.fapiao_seller().await.expect("registered").seller_information.name.contains("检验"));
    let codes = client.fapiao_tax_codes(1, 1).await.expect("registered");
    assert_eq!((codes.data.len(), codes.total_count), (1, 3));
}

fn first_day() -> Date {
    Date::from_calendar_date(2026, Month::July, 31).expect("a day")
}

#[tokio::test]
async fn bills_are_ready_at_ten_of_the_next_day_and_their_sums_fit() {
    let stage = Stage::new().await;
    let client = stage.client();
    let id = paid(&stage, &client, "T2026073101").await;
    paid(&stage, &client, "T2026073102").await;
    let refund = NewRefund {
        transaction_id: id,
        out_refund_no: "R1".into(),
        reason: None,
        notify_url: format!("{}/wechat/pay/notify/refund", stage.app_url),
        refund_fen: 265,
        total_fen: 1265,
    };
    stage.pass(60);
    client.refund(&refund).await.expect("accepted");
    stage.simulator.deliver_due().await;
    assert_eq!(stage.simulator.refunds()[0].state, RefundState::Success);
    let mut sink = Vec::new();
    client.trade_bill(first_day(), TradeBillKind::All, &mut sink).await.expect_err("today");
    stage.pass(12 * 3600);
    client.trade_bill(first_day(), TradeBillKind::All, &mut sink).await.expect_err("still being made");
    stage.pass(2 * 3600 - 60);
    client.trade_bill(first_day(), TradeBillKind::All, &mut sink).await.expect("ready").expect("not empty");
    let text = String::from_utf8(sink).expect("UTF-8");
    assert!(text.starts_with("\u{feff}交易时间,") && text.ends_with("\r\n"));
    let mut reader = BillReader::new(text.as_bytes()).expect("the layout of the field");
    let mut amounts = Vec::new();
    while let Some(row) = reader.next_row().expect("a row") {
        amounts.push((row.amount_fen("订单金额"), row.amount_fen("退款金额")));
    }
    assert_eq!(amounts.len(), 3);
    assert_eq!(amounts[2], (Some(0), Some(265)), "the refund is a row of its own");
    assert!(text.contains("`3.0,`25.30,`2.65,`0.00,`0.14,`25.30,`2.65\r\n"), "{text}");
    let mut flow = Vec::new();
    client.fund_flow_bill(first_day(), FundAccount::Basic, &mut flow).await.expect("ready").expect("not empty");
    assert!(String::from_utf8(flow).expect("UTF-8").contains("`5.0,`2.0,`25.30,`3.0,`2.79\r\n"));
    let other = client.fund_flow_bill(first_day(), FundAccount::Fees, &mut Vec::new()).await.expect("an answer");
    assert!(other.is_none(), "nothing happened there");
}
