//! Printed reports: by voucher at the window, and by post.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tejian::accounts::intake::ensure_members;
use tejian::accounts::{self, UnitId};
use tejian::staff::Role;

use crate::paying::open_payment;
use crate::previews::{reports_of, sample};
use crate::receipts::{paid_order, upload_report};
use crate::seed::{Class, checkout};
use crate::staff_refunds::{approve, let_it_happen, propose};
use crate::world::{Phone, World};

const GOOD: &str = "91500000DEM0000145";

/// A paid order of two reports whose files are there.
pub async fn two_reports(world: &World) -> (Phone, Vec<String>) {
    let (_, phone, order) = paid_order(world, Class::Nontax, GOOD, &[126_500, 60_500]).await;
    let reports = reports_of(world, &phone, &order).await;
    for report in &reports {
        upload_report(world, report, &sample("DT-2026-000001")).await;
    }
    (phone, reports)
}

pub async fn voucher(world: &World, phone: &Phone, reports: &[String]) -> Value {
    world.post(phone, "/api/v1/pickup-vouchers", json!({ "report_ids": reports })).await.ok()
}

#[tokio::test]
async fn a_printed_report_is_not_handed_over_once_its_money_has_gone_back() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let reports = reports_of(&world, &phone, &order).await;
    upload_report(&world, &reports[0], &sample("DT-2026-000001")).await;
    let_it_happen(&world).await;
    let made = voucher(&world, &phone, &reports).await;
    let code = made["code"].as_str().unwrap();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 126_500).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let mut desk = world.staff("window", &[Role::CounterClerk]).await;
    let body = json!({ "received_by": "张三", "id_last4": "1234" });
    desk.try_post(&format!("/vouchers/{code}/hand-over"), body).await.refused(409, "voucher_report_closed");
    assert_eq!(desk.get(&format!("/vouchers/{code}")).await["state"], "open", "nothing was written down");
}

#[tokio::test]
async fn a_voucher_is_scanned_printed_and_handed_over_once() {
    let world = World::start().await;
    let (phone, reports) = two_reports(&world).await;
    let made = voucher(&world, &phone, &reports).await;
    assert_eq!((&made["state"], made["reports"].as_array().unwrap().len()), (&json!("open"), 2), "{made}");
    let (code, number) = (made["code"].as_str().unwrap(), made["voucher_no"].as_str().unwrap());
    let mut desk = world.staff("window", &[Role::CounterClerk]).await;
    let worklist = desk.get("/worklist").await;
    let entry = worklist["desks"].as_array().unwrap().iter().find(|desk| desk["code"] == "voucher").cloned();
    assert_eq!(entry.expect("the desk of vouchers")["count"], 1);
    // A scanner types the code, a person the number; both lead to the files.
    let shown = desk.get(&format!("/vouchers/{code}")).await;
    assert_eq!(desk.get(&format!("/vouchers/{}", number.to_lowercase())).await["id"], shown["id"]);
    assert_eq!(shown["unit_name"], "示例物业001有限公司");
    let print = shown["prints"][0]["url"].as_str().unwrap();
    let file = world.visitor().get(print).await;
    assert!(file.bytes.starts_with(b"%PDF"), "{}", file.text());
    assert_eq!(desk.get(&format!("/vouchers?q={number}&state=open")).await["items"][0]["voucher_no"], number);
    let path = format!("/vouchers/{code}/hand-over");
    let error = desk
        .try_post(&path, json!({ "received_by": "张三", "id_last4": "12a4" }))
        .await
        .refused(422, "hand_over_malformed");
    assert!(error["fields"]["id_last4"].is_string());
    let done = desk.post(&path, json!({ "received_by": "张三", "id_last4": "123x" })).await;
    assert_eq!(
        (&done["state"], &done["id_last4"], &done["handed_over_by"]),
        (&json!("handed_over"), &json!("123X"), &json!("员工window"))
    );
    assert_eq!(done["prints"], json!([]));
    desk.try_post(&path, json!({ "received_by": "李四", "id_last4": "0000" })).await.refused(409, "voucher_ended");
    let listed = world.get(&phone, "/api/v1/pickup-vouchers").await.ok();
    assert_eq!(listed["items"][0]["state_text"], "已领取");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get(&format!("/audit?object={}", made["id"].as_str().unwrap())).await;
    assert_eq!(
        (&trail["items"][0]["action"], &trail["items"][0]["detail"]["received_by"]),
        (&json!("voucher.handed_over"), &json!("张*"))
    );
    auditor.try_post(&path, json!({ "received_by": "李四", "id_last4": "0000" })).await.refused(403, "not_permitted");
    // Printed again for a new voucher, and the window is told.
    let again = voucher(&world, &phone, &reports[..1]).await;
    let shown = desk.get(&format!("/vouchers/{}", again["code"].as_str().unwrap())).await;
    assert_eq!(shown["prints"][0]["handed_over_before"], true);
}

#[tokio::test]
async fn a_report_is_on_one_open_voucher_and_free_again_when_that_is_taken_back() {
    let world = World::start().await;
    let (phone, reports) = two_reports(&world).await;
    let first = voucher(&world, &phone, &reports).await;
    let second = world.post(&phone, "/api/v1/pickup-vouchers", json!({ "report_ids": [reports[1]] })).await;
    assert_eq!(second.refused(409), "report_on_voucher");
    let path = format!("/api/v1/pickup-vouchers/{}", first["id"].as_str().unwrap());
    let other = world.seed_unit("江津过路贸易有限公司", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "openid").await;
    assert_eq!(world.ask(&stranger, Method::DELETE, &path, None).await.refused(404), "voucher_not_found");
    let theirs = world.post(&stranger, "/api/v1/pickup-vouchers", json!({ "report_ids": reports })).await;
    assert_eq!(theirs.refused(404), "report_not_found");
    world.ask(&phone, Method::DELETE, &path, None).await.ok();
    assert_eq!(world.ask(&phone, Method::DELETE, &path, None).await.refused(409), "voucher_ended");
    voucher(&world, &phone, &reports[1..]).await;
    let none = world.post(&phone, "/api/v1/pickup-vouchers", json!({ "report_ids": [] })).await;
    assert_eq!(none.refused(422), "reports_out_of_range");
}

/// A colleague who only looks.
async fn viewer(world: &World, unit: &UnitId) -> Phone {
    let now = world.app.now_ms();
    let transaction = world.app.database.begin_write().await.unwrap();
    let account = accounts::ensure_person(&*transaction, "13900000077", "财务小李", now).await.unwrap();
    let members = BTreeMap::from([((account.id.clone(), unit.clone()), accounts::Role::Viewer)]);
    ensure_members(&*transaction, members, now).await.unwrap();
    transaction.commit().await.unwrap();
    world.phone(&account.id, unit, "openid of a viewer").await
}

#[tokio::test]
async fn who_only_looks_takes_back_his_own_vouchers_and_links_and_no_colleagues() {
    let world = World::start().await;
    let (phone, reports) = two_reports(&world).await;
    let viewer = viewer(&world, &phone.unit).await;
    let mine = voucher(&world, &phone, &reports[..1]).await;
    let shared = world.post(&phone, &format!("/api/v1/reports/{}/share", reports[0]), json!({ "days": 7 })).await.ok();
    let of_colleague = [
        format!("/api/v1/pickup-vouchers/{}", mine["id"].as_str().unwrap()),
        format!("/api/v1/report-shares/{}", shared["id"].as_str().unwrap()),
    ];
    for path in &of_colleague {
        assert_eq!(world.ask(&viewer, Method::DELETE, path, None).await.refused(403), "role_may_only_look", "{path}");
    }
    assert_eq!(world.get(&phone, "/api/v1/pickup-vouchers").await.ok()["items"][0]["state"], "open");
    let his = voucher(&world, &viewer, &reports[1..]).await;
    let share = world.post(&viewer, &format!("/api/v1/reports/{}/share", reports[1]), json!({ "days": 7 })).await.ok();
    let his_own = [
        format!("/api/v1/pickup-vouchers/{}", his["id"].as_str().unwrap()),
        format!("/api/v1/report-shares/{}", share["id"].as_str().unwrap()),
    ];
    for path in &his_own {
        assert_eq!(world.ask(&viewer, Method::DELETE, path, None).await.status, 204, "{path}");
    }
    for path in &of_colleague {
        assert_eq!(world.ask(&phone, Method::DELETE, path, None).await.status, 204, "{path}");
    }
}

#[tokio::test]
async fn posted_reports_are_written_down_seen_and_told() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let fees = world.seed_fees(&unit, Class::Nontax, &[126_500]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut body = checkout("key-00000001", &fees, 126_500);
    body["delivery"] =
        json!({ "kind": "post", "recipient": "张三", "phone": "13900000001", "address": "重庆市渝中区示例路 1 号" });
    let made = world.post(&phone, "/api/v1/checkouts", body).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    let mut desk = world.staff("reports", &[Role::ReportClerk]).await;
    let parcel = json!({ "carrier": "示例快递", "tracking_no": " sf 1234567890 " });
    let path = format!("/orders/{order}/posting");
    desk.try_post(&path, parcel.clone()).await.refused(409, "order_not_paid");
    assert_eq!(desk.get("/postings").await["items"], json!([]), "nothing is posted before it is paid");
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    let waiting = desk.get("/postings").await;
    assert_eq!((&waiting["items"][0]["order_id"], &waiting["items"][0]["recipient"]), (&json!(order), &json!("张三")));
    let tasks = desk.get("/worklist/items?desk=posting").await;
    assert_eq!(tasks["items"][0]["link"], format!("/orders/{order}"));
    assert_eq!(desk.get(&format!("/orders/{order}")).await["staff_can"]["post"], true);
    let error = desk
        .try_post(&path, json!({ "carrier": "示例快递", "tracking_no": "a" }))
        .await
        .refused(422, "posting_malformed");
    assert!(error["fields"]["tracking_no"].is_string());
    assert_eq!(desk.try_post(&path, parcel).await.status.as_u16(), 204);
    world.settle().await;
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    let delivery = &page["delivery"];
    assert_eq!(
        (&delivery["kind"], &delivery["carrier"], &delivery["tracking_no"]),
        (&json!("post"), &json!("示例快递"), &json!("SF1234567890"))
    );
    assert!(
        page["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["title"] == "纸质报告已寄出" && step["by"] == "工作人员")
    );
    let inbox = world.get(&phone, "/api/v1/messages").await.ok();
    let told = inbox["items"].as_array().unwrap().iter().find(|message| message["kind"] == "reports_posted").cloned();
    assert!(told.expect("a message")["body"].as_str().unwrap().contains("SF1234567890"));
    assert_eq!(desk.get("/postings").await["items"], json!([]));
    assert_eq!(desk.get("/postings?state=posted").await["items"][0]["tracking_no"], "SF1234567890");
}

#[tokio::test]
async fn what_is_not_to_be_posted_cannot_be() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let mut desk = world.staff("reports", &[Role::ReportClerk]).await;
    let parcel = json!({ "carrier": "示例快递", "tracking_no": "SF1234567890" });
    desk.try_post(&format!("/orders/{order}/posting"), parcel).await.refused(409, "order_not_by_post");
}
