//! Receipts: VAT invoices through WeChat Pay, fiscal receipts, what is refused and mended.

use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use simulator::faults::Refusal;
use tejian::reports::intake::{NewFile, attach_file};

use crate::paying::open_payment;
use crate::seed::{Class, Seeded, checkout};
use crate::transfers::order_page;
use crate::world::{Phone, World};

/// An order of these fees that has just been paid; nothing after the payment has happened yet.
pub async fn paid_order(world: &World, class: Class, tax_no: &str, amounts_fen: &[i64]) -> (Seeded, Phone, String) {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, class, amounts_fen).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut body = checkout("key-00000001", &ids, amounts_fen.iter().sum());
    body["invoice"]["title"]["tax_no"] = json!(tax_no);
    let made = world.post(&phone, "/api/v1/checkouts", body).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    let payment = open_payment(world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.wechat.deliver_due().await;
    (unit, phone, order)
}

/// The institute uploads the report files of an order.
pub async fn upload_reports(world: &World, order: &str, contents: &[&[u8]]) {
    let lines = tejian::orders::lines_of(world.app.database.reader(), order).await.unwrap();
    for (line, content) in lines.iter().zip(contents) {
        upload_report(world, &line.report_id, content).await;
    }
}

/// The institute uploads one report file.
pub async fn upload_report(world: &World, report: &str, content: &[u8]) {
    let stored = world.app.files.put(&format!("reports/{report}.pdf"), content.to_vec().into()).await.unwrap();
    let now = world.app.now_ms();
    let new = NewFile { report: report.parse().unwrap(), stored, asked_at: now };
    let transaction = world.app.database.begin_write().await.unwrap();
    attach_file(&*transaction, &new, now).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_report_file_waits_for_whoever_holds_its_order_before_it_holds_the_report() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    world.settle().await;
    let lines = tejian::orders::lines_of(world.app.database.reader(), &order).await.unwrap();
    let path = format!("/integration/v1/reports/{}/file", lines[0].report_id);

    // Somebody who closes the reports of an order has the order first, and goes on to its reports.
    let held = world.app.database.begin_write().await.expect("a transaction");
    let of_order = format!("UPDATE orders SET updated_at = updated_at + 1 WHERE id = '{order}'");
    held.execute_unprepared(&of_order).await.expect("the order");
    let closing = async {
        let waiting =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        // On SQLite there is one writer: the file waits for its turn.
        while !world.app.database.is_sqlite() && world.number(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        let of_reports = format!("UPDATE reports SET updated_at = updated_at + 1 WHERE order_id = '{order}'");
        held.execute_unprepared(&of_reports).await.expect("its reports, without a circle");
        held.commit().await.expect("a commit");
    };
    let (kept, ()) = tokio::join!(world.core_put(&path, b"%PDF-1.7 a report"), closing);
    kept.ok();
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE file_key IS NOT NULL").await, 1);
}

async fn retry(world: &World, phone: &Phone, order: &str, body: Value) -> crate::world::Answer {
    world.ask(phone, Method::POST, &format!("/api/v1/orders/{order}/invoice/retry"), Some(body)).await
}

const GOOD: &str = "91500000DEM0000145";
/// Seventeen characters: formally possible, unknown to the tax bureau.
const UNKNOWN_TO_THE_BUREAU: &str = "91500000DEM000014";

#[tokio::test]
async fn a_vat_order_gets_its_invoice_by_notice_and_is_complete_with_the_last_report() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500, 60_500]).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice"]["state_text"], "未开票");
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["invoice"]["state_text"], "已开票", "{page}");
    assert_eq!(page["invoice"]["invoice_number"].as_str().unwrap().len(), 20);
    assert_eq!(page["state"], "paid", "the reports are not there yet");
    upload_reports(&world, &order, &[b"%PDF-1.7 one"]).await;
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "paid", "one report is still missing");
    upload_reports(&world, &order, &[b"%PDF-1.7 one", b"%PDF-1.7 two"]).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "completed");
    assert_eq!(page["can"]["download_invoice"], true);
    let kinds: Vec<&str> =
        page["timeline"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"invoice_requested") && kinds.contains(&"invoice_issued"), "{kinds:?}");
}

#[tokio::test]
async fn a_nontax_order_gets_its_fiscal_receipt() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[100_000]).await;
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice"]["state_text"], "开票中");
    world.pass_minutes(1).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["invoice"]["state_text"], "已开票", "{page}");
    let receipt = &world.wechat.receipts()[0];
    assert_eq!(page["invoice"]["invoice_number"], receipt.receipt_number);
    assert_eq!(page["invoice"]["check_code"], receipt.check_code);
    assert_eq!(world.wechat.receipts().len(), 1);
}

#[tokio::test]
async fn doubled_notices_of_an_invoice_book_it_once() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    world.wechat.faults().set(|faults| {
        faults.notice_duplicates = 5;
        faults.notice_duplicates_parallel = true;
    });
    world.settle().await;
    world.pass_minutes(5).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued");
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'invoice_issued'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'invoice_requested'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs WHERE kind = 'invoices.issue' AND state = 'waiting'").await, 0);
}

#[tokio::test]
async fn an_invoice_whose_notice_is_lost_is_found_by_asking() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    world.wechat.faults().set(|faults| faults.notice_lost_next = 100);
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "requested");
    world.pass_minutes(1).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued");
}

#[tokio::test]
async fn an_outage_of_the_issuer_is_waited_out() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let path_prefix = "/v3/new-tax-control-fapiao/fapiao-applications".to_owned();
    let refusal = Refusal { path_prefix, status: 500, code: "SYSTEM_ERROR".to_owned(), left: 35 };
    world.wechat.faults().set(|faults| faults.refusals.push(refusal));
    for _ in 0..30 {
        world.pass_minutes(60).await;
    }
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "requested");
    for _ in 0..12 {
        world.pass_minutes(60).await;
    }
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued");
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs WHERE kind = 'invoices.issue' AND state = 'dead'").await, 0);
}

#[tokio::test]
async fn a_refused_title_is_told_mended_and_issued() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, UNKNOWN_TO_THE_BUREAU, &[126_500]).await;
    world.settle().await;
    world.pass_minutes(1).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["invoice"]["state_text"], "开票失败", "{page}");
    assert!(page["invoice"]["failure"].as_str().unwrap().contains("纳税人识别号"));
    assert_eq!(page["can"]["retry_invoice"], true);

    let wrong = json!({ "title": { "kind": "organization", "name": "", "tax_no": "1" } });
    let refused = retry(&world, &phone, &order, wrong).await;
    assert!(
        refused.body["error"]["fields"]["tax_no"].is_string() && refused.body["error"]["fields"]["name"].is_string()
    );
    assert_eq!(refused.refused(422), "invoice_title_wrong");
    let no_number = json!({ "title": { "kind": "organization", "name": "示例物业001有限公司" } });
    assert_eq!(retry(&world, &phone, &order, no_number).await.refused(422), "invoice_title_wrong");

    let good = json!({ "title": { "kind": "organization", "name": "示例物业002有限公司", "tax_no": GOOD } });
    let page = retry(&world, &phone, &order, good.clone()).await.ok();
    assert_eq!(page["invoice"]["state_text"], "开票中");
    assert_eq!(retry(&world, &phone, &order, good).await.refused(409), "invoice_not_failed");
    world.settle().await;
    world.pass_minutes(1).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["invoice"]["state_text"], "已开票", "{page}");
    assert_eq!(page["invoice"]["title"]["name"], "示例物业002有限公司");
    let titles = world.get(&phone, "/api/v1/invoice-titles").await.ok();
    assert_eq!(titles["items"][0]["name"], "示例物业002有限公司", "the mended title is the new default");
}

#[tokio::test]
async fn a_hopeless_receipt_ends_with_the_service_desk() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, UNKNOWN_TO_THE_BUREAU, &[126_500]).await;
    for round in 1..=5 {
        world.settle().await;
        world.pass_minutes(1).await;
        if round < 5 {
            retry(&world, &phone, &order, json!({})).await.ok();
        }
    }
    let refused = retry(&world, &phone, &order, json!({})).await;
    assert_eq!(refused.body["error"]["money"], "taken");
    assert_eq!(refused.refused(409), "invoice_retries_used");
}

#[tokio::test]
async fn somebody_else_cannot_retry_a_receipt() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Vat, UNKNOWN_TO_THE_BUREAU, &[126_500]).await;
    world.settle().await;
    world.pass_minutes(1).await;
    let other = world.seed_unit("别家物业有限公司", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "oStranger").await;
    assert_eq!(retry(&world, &stranger, &order, json!({})).await.refused(404), "order_not_found");
    assert_eq!(world.number("SELECT issue_round FROM invoices").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_two_reports_that_arrive_together_complete_the_order() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[100, 200]).await;
    world.settle().await;
    let lines = tejian::orders::lines_of(world.app.database.reader(), &order).await.unwrap();
    tokio::join!(
        upload_report(&world, &lines[0].report_id, b"%PDF-1"),
        upload_report(&world, &lines[1].report_id, b"%PDF-2"),
    );
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "completed");
}
