//! Reports on the page: as pictures for who paid, and with a watermark for who was given a link.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::documents::{SampleReport, sample_report};
use tejian::staff::Role;

use crate::caller::Caller;
use crate::paying::one_order;
use crate::receipts::{paid_order, upload_report};
use crate::seed::Class;
use crate::world::{Phone, World};

const GOOD: &str = "91500000DEM0000145";

/// A report that looks like one.
pub fn sample(report_no: &str) -> Vec<u8> {
    sample_report(&SampleReport {
        institute_name: "示例特种设备检验检测院".to_owned(),
        report_no: report_no.to_owned(),
        unit_name: "示例物业001有限公司".to_owned(),
        device_name: "曳引驱动乘客电梯".to_owned(),
        device_kind: "电梯".to_owned(),
        registration_code: "31105001122016030001".to_owned(),
        factory_serial_no: None,
        place: None,
        conclusion: "合格".to_owned(),
        inspected_on: None,
        issued_on: "2026-08-01".to_owned(),
    })
    .expect("a sample")
}

/// The reports of an order.
pub async fn reports_of(world: &World, phone: &Phone, order: &str) -> Vec<String> {
    let lines = world.get(phone, &format!("/api/v1/orders/{order}/lines")).await.ok();
    let items = lines["items"].as_array().expect("lines").iter();
    items.map(|line| line["report_id"].as_str().expect("a report").to_owned()).collect()
}

/// A paid order of one report whose file is there.
pub async fn paid_report(world: &World) -> (Phone, String) {
    let (_, phone, order) = paid_order(world, Class::Nontax, GOOD, &[126_500]).await;
    let report = reports_of(world, &phone, &order).await.remove(0);
    upload_report(world, &report, &sample("DT-2026-000001")).await;
    (phone, report)
}

fn red_pixels(png: &[u8]) -> usize {
    let picture = image::load_from_memory(png).expect("a picture").to_rgb8();
    picture.pixels().filter(|pixel| pixel.0[0] > 180 && pixel.0[1] < 110 && pixel.0[2] < 110).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_report_is_read_on_the_page_with_its_seal() {
    let world = World::start().await;
    let (phone, report) = paid_report(&world).await;
    let answer = world.get(&phone, &format!("/api/v1/reports/{report}/pages")).await.ok();
    let pages = answer["pages"].as_array().unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!((&pages[0]["number"], &pages[0]["width"]), (&json!(1), &json!(1_240)));
    let path = pages[0]["url"].as_str().unwrap();
    // As an <image> fetches it: without cookies, tokens, headers.
    let mut nobody = world.visitor();
    let picture = nobody.get(path).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/png"));
    assert!(red_pixels(&picture.bytes) > 500, "the seal is visible");
    // The link ends, cannot be changed, and dies with the session.
    nobody.get(&path.replace("/files/report-pages/", "/files/report-pages/00")).await.refused(404, "link_invalid");
    let mut browser = Caller::with_token(&world.base_url, &phone.token);
    let left = browser.send(Method::DELETE, "/api/v1/session", None, Vec::new()).await;
    assert!(left.status.is_success(), "{}", left.text());
    nobody.get(path).await.refused(403, "link_revoked");
    world.clock.advance_ms(10 * 60_000);
    nobody.get(path).await.refused(410, "link_expired");
}

#[tokio::test]
async fn an_unpaid_report_is_not_shown_either() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let report = reports_of(&world, &phone, &order).await.remove(0);
    upload_report(&world, &report, &sample("DT-2026-000001")).await;
    let refused = world.get(&phone, &format!("/api/v1/reports/{report}/pages")).await;
    assert_eq!(refused.refused(403), "report_not_paid");
    let refused = world.post(&phone, &format!("/api/v1/reports/{report}/share"), json!({ "days": 7 })).await;
    assert_eq!(refused.refused(403), "report_not_paid");
    let label = json!({ "kind": "device_label", "id": report });
    assert_eq!(world.post(&phone, "/api/v1/download-links", label).await.refused(403), "report_not_paid");
    let voucher = json!({ "report_ids": [report] });
    assert_eq!(world.post(&phone, "/api/v1/pickup-vouchers", voucher).await.refused(403), "report_not_paid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_shown_can_still_be_downloaded() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let report = reports_of(&world, &phone, &order).await.remove(0);
    upload_report(&world, &report, b"%PDF-1.7 not a whole one").await;
    let refused = world.get(&phone, &format!("/api/v1/reports/{report}/pages")).await;
    assert_eq!(refused.refused(409), "preview_unavailable");
    world.post(&phone, "/api/v1/download-links", json!({ "kind": "report", "id": report })).await.ok();
}

async fn share(world: &World, phone: &Phone, report: &str, days: i64) -> (Value, String) {
    let shared = world.post(phone, &format!("/api/v1/reports/{report}/share"), json!({ "days": days })).await.ok();
    let path = shared["url"].as_str().unwrap().strip_prefix(&world.base_url).expect("an address of ours").to_owned();
    (shared, path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_report_carries_a_watermark_and_every_opening_is_counted() {
    let world = World::start().await;
    let (phone, report) = paid_report(&world).await;
    let (_, path) = share(&world, &phone, &report, 7).await;
    let mut reader = world.visitor();
    let page = reader.get(&path).await;
    let text = page.text();
    assert!(text.contains("由示例物业001有限公司分享，2026-08-10 10:00 前有效"), "{text}");
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    assert!(text.contains(&format!("{path}/pages/1")), "{text}");
    let picture = reader.get(&format!("{path}/pages/1")).await;
    assert!(red_pixels(&picture.bytes) > 400, "the seal is visible under the watermark");
    let original = world.get(&phone, &format!("/api/v1/reports/{report}/pages")).await.ok();
    let original = reader.get(original["pages"][0]["url"].as_str().unwrap()).await;
    assert_ne!(original.bytes, picture.bytes);
    reader.get(&format!("{path}/pages/2")).await.refused(409, "preview_unavailable");
    let copy = reader.get(&format!("{path}/file")).await;
    assert_eq!(copy.header("content-type"), "application/pdf");
    let document = lopdf::Document::load_mem(&copy.bytes).unwrap();
    let content = document.get_page_content(document.get_pages()[&1]);
    assert!(String::from_utf8_lossy(&content).contains("/TejianWatermark Do"));
    assert!(document.extract_text(&[1]).unwrap().contains("DT-2026-000001"));
    let listed = world.get(&phone, &format!("/api/v1/reports/{report}/shares")).await.ok();
    let line = &listed["items"][0];
    assert_eq!((&line["opened_count"], &line["live"]), (&json!(2), &json!(true)), "{listed}");
    assert_eq!(world.number("SELECT COUNT(*) FROM report_share_openings").await, 2);
    let token = path.strip_prefix("/shared/").unwrap();
    assert_eq!(world.number(&format!("SELECT COUNT(*) FROM report_shares WHERE token_hash = '{token}'")).await, 0);
}

#[tokio::test]
async fn a_shared_link_ends_by_time_and_by_being_taken_back() {
    let world = World::start().await;
    let (phone, report) = paid_report(&world).await;
    let (shared, path) = share(&world, &phone, &report, 1).await;
    let id = shared["id"].as_str().unwrap();
    let revoke = format!("/api/v1/report-shares/{id}");
    // Somebody of another unit can do nothing to it.
    let other = world.seed_unit("江津过路贸易有限公司", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "openid").await;
    assert_eq!(world.ask(&stranger, Method::DELETE, &revoke, None).await.refused(404), "share_not_found");
    assert_eq!(
        world.get(&stranger, &format!("/api/v1/reports/{report}/shares")).await.refused(404),
        "report_not_found"
    );
    world.ask(&phone, Method::DELETE, &revoke, None).await.ok();
    let mut reader: Caller = world.visitor();
    for part in ["", "/pages/1", "/file"] {
        reader.get(&format!("{path}{part}")).await.refused(410, "share_over");
    }
    let (_, path) = share(&world, &phone, &report, 1).await;
    world.clock.advance_ms(86_400_000);
    reader.get(&path).await.refused(410, "share_over");
    reader.get("/shared/0000").await.refused(404, "share_not_found");
    for days in [0, 31] {
        let refused = world.post(&phone, &format!("/api/v1/reports/{report}/share"), json!({ "days": days })).await;
        assert_eq!(refused.refused(422), "days_out_of_range");
    }
}

#[tokio::test]
async fn a_link_that_is_fetched_too_often_waits_an_hour() {
    let world = World::start_with(|config| {
        config.shares.fetches_per_link_per_hour = 2;
        config.shares.fetches_per_address_per_hour = 4;
    })
    .await;
    let (phone, report) = paid_report(&world).await;
    let (_, path) = share(&world, &phone, &report, 7).await;
    let mut reader = world.visitor();
    for _ in 0..2 {
        assert!(reader.get(&format!("{path}/file")).await.status.is_success());
    }
    reader.get(&format!("{path}/file")).await.refused(429, "share_too_often");
    // Guessing is counted as well.
    reader.get("/shared/0000").await.refused(404, "share_not_found");
    reader.get("/shared/0001").await.refused(429, "share_too_often");
    world.clock.advance_ms(3_600_000);
    assert!(reader.get(&format!("{path}/file")).await.status.is_success());
}

#[tokio::test]
async fn a_paid_report_comes_with_a_label_for_the_device() {
    let world = World::start().await;
    let (phone, report) = paid_report(&world).await;
    let link = world.post(&phone, "/api/v1/download-links", json!({ "kind": "device_label", "id": report })).await.ok();
    assert!(link["file_name"].as_str().unwrap().starts_with("设备标签_"));
    let pdf = world.visitor().get(link["url"].as_str().unwrap()).await;
    let text = lopdf::Document::load_mem(&pdf.bytes).unwrap().extract_text(&[1]).unwrap();
    assert!(text.contains("下次检验日期") && text.contains("3110500112201603A021"), "{text}");
}

#[tokio::test]
async fn a_shared_link_is_seen_and_ended_by_staff_who_look_after_reports() {
    let world = World::start().await;
    let (phone, report) = paid_report(&world).await;
    let (shared, path) = share(&world, &phone, &report, 7).await;
    let mut service = world.staff("service", &[Role::CustomerService]).await;
    let line = service.get("/report-shares").await["items"][0].clone();
    assert_eq!((&line["id"], line["unit_name"].as_str()), (&shared["id"], Some("示例物业001有限公司")), "{line}");
    let end = format!("/staff/v1/report-shares/{}", line["id"].as_str().unwrap());
    let reason = json!({ "reason": "分享到了公开群" });
    service.caller.json(Method::DELETE, &end, &reason).await.refused(403, "not_permitted");
    let mut clerk = world.staff("clerk", &[Role::ReportClerk]).await;
    clerk.caller.json(Method::DELETE, &end, &json!({ "reason": " " })).await.refused(422, "reason_missing");
    clerk.caller.json(Method::DELETE, &end, &reason).await.expect(204);
    world.visitor().get(&path).await.refused(410, "share_over");
    assert_eq!(clerk.get("/report-shares").await["items"], json!([]));
    assert_eq!(clerk.get("/report-shares?state=all").await["items"][0]["state_text"], "已被检验机构停用");
}
