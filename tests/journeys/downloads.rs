//! Files: short-lived signed links, for those who paid and nobody else.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use reqwest::Response;
use serde_json::{Value, json};
use tejian::accounts::Role;
use tejian::accounts::intake::ensure_members;

use crate::receipts::{paid_order, upload_report, upload_reports};
use crate::seed::{Class, checkout};
use crate::world::{Answer, Phone, World};

/// Asks for a link, which may be refused.
pub async fn ask_link(world: &World, phone: &Phone, kind: &str, id: &str) -> Answer {
    world.post(phone, "/api/v1/download-links", json!({ "kind": kind, "id": id })).await
}

/// A link to what this person may have.
pub async fn link(world: &World, phone: &Phone, kind: &str, id: &str) -> Value {
    ask_link(world, phone, kind, id).await.ok()
}

/// Fetches an address as a PDF viewer does: without cookies, tokens, headers.
pub async fn fetch(world: &World, path: &str) -> Response {
    world.http.get(format!("{}{path}", world.base_url)).send().await.expect("an answer")
}

async fn code_of(response: Response, status: u16) -> String {
    assert_eq!(response.status().as_u16(), status);
    let body: Value = response.json().await.expect("a problem");
    body["error"]["code"].as_str().expect("a code").to_owned()
}

/// The first report of an order.
pub async fn report_of(world: &World, phone: &Phone, order: &str) -> String {
    let lines = world.get(phone, &format!("/api/v1/orders/{order}/lines")).await.ok();
    lines["items"][0]["report_id"].as_str().expect("a line").to_owned()
}

const GOOD: &str = "91500000DEM0000145";
const PDF: &[u8] = b"%PDF-1.7 a report";

#[tokio::test]
async fn an_unpaid_report_is_never_served() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let fees = world.seed_fees(&unit, Class::Nontax, &[126_500]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &fees, 126_500)).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap();
    let report = report_of(&world, &phone, order).await;
    upload_report(&world, &report, PDF).await;

    assert_eq!(ask_link(&world, &phone, "report", &report).await.refused(403), "report_not_paid");
    assert_eq!(ask_link(&world, &phone, "order_reports_zip", order).await.refused(403), "report_not_paid");
    assert_eq!(ask_link(&world, &phone, "order_invoice", order).await.refused(409), "invoice_not_issued");
    for path in [format!("/files/reports/{report}.pdf"), format!("/files/{report}"), format!("/files/{report}.1.00")] {
        assert_eq!(fetch(&world, &path).await.status(), 404, "{path}");
    }
    let listed = world.get(&phone, "/api/v1/reports").await.ok();
    assert_eq!(listed["items"][0]["downloadable"], false);
    assert_eq!(listed["items"][0]["blocked_reason"], "未缴费");
    assert!(listed["items"][0]["bytes"].is_null());
}

#[tokio::test]
async fn a_paid_report_is_read_in_the_browser_or_saved_under_its_name() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let report = report_of(&world, &phone, &order).await;
    assert_eq!(ask_link(&world, &phone, "report", &report).await.refused(409), "report_not_uploaded");
    upload_report(&world, &report, PDF).await;
    let link = link(&world, &phone, "report", &report).await;
    assert!(link["file_name"].as_str().unwrap().ends_with("_曳引驱动乘客电梯.pdf"), "{link}");
    let path = link["url"].as_str().unwrap();

    let saved = fetch(&world, path).await;
    let header = |response: &Response, name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert!(header(&saved, "content-disposition").starts_with("attachment; "));
    assert!(header(&saved, "content-disposition").contains("filename*=UTF-8''"));
    assert_eq!(header(&saved, "x-content-type-options"), "nosniff");
    assert!(header(&saved, "content-security-policy").contains("sandbox"));
    assert!(header(&saved, "cache-control").contains("no-store"));
    assert_eq!(saved.bytes().await.unwrap(), PDF);
    let shown = fetch(&world, &format!("{path}?inline=1")).await;
    assert!(header(&shown, "content-disposition").starts_with("inline; "));
    assert_eq!(header(&shown, "content-type"), "application/pdf");
}

#[tokio::test]
async fn a_link_lives_ten_minutes_and_cannot_be_changed() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let made = link(&world, &phone, "order_document", &order).await;
    let path = made["url"].as_str().unwrap().to_owned();
    let expires_at = made["expires_at"].as_i64().unwrap();
    assert_eq!(expires_at, world.app.now_ms() + 600_000);
    let longer = path.replace(&format!(".{expires_at}."), &format!(".{}.", expires_at + 600_000));
    assert_ne!(longer, path);
    assert_eq!(code_of(fetch(&world, &longer).await, 404).await, "link_invalid");
    assert_eq!(code_of(fetch(&world, &path.replace("/files/", "/files/00")).await, 404).await, "link_invalid");
    world.clock.advance_ms(599_999);
    assert_eq!(fetch(&world, &path).await.status(), 200);
    world.clock.advance_ms(1);
    assert_eq!(code_of(fetch(&world, &path).await, 410).await, "link_expired");
}

#[tokio::test]
async fn strangers_and_colleagues_who_see_less_get_nothing() {
    let world = World::start().await;
    let (unit, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let report = report_of(&world, &phone, &order).await;
    upload_report(&world, &report, PDF).await;
    let other = world.seed_unit("别家物业有限公司", "13900000002").await;
    let stranger = world.phone(&other.unit_account, &other.unit, "oStranger").await;
    // Another applicant of the same unit sees only what carries his own phone (S0-07).
    let transaction = world.app.database.begin_write().await.unwrap();
    let now = world.app.now_ms();
    let members = BTreeMap::from([((other.applicant.clone(), unit.unit.clone()), Role::Applicant)]);
    ensure_members(&*transaction, members, now).await.unwrap();
    transaction.commit().await.unwrap();
    let colleague = world.phone(&other.applicant, &unit.unit, "oColleague").await;
    for somebody in [&stranger, &colleague] {
        assert_eq!(ask_link(&world, somebody, "report", &report).await.refused(404), "report_not_found");
        for kind in ["order_document", "order_reports_zip", "order_invoice"] {
            assert_eq!(ask_link(&world, somebody, kind, &order).await.refused(404), "order_not_found");
        }
        assert_eq!(world.get(somebody, "/api/v1/reports").await.ok()["items"], json!([]));
        let path = format!("/api/v1/orders/{order}/reports");
        assert_eq!(world.get(somebody, &path).await.refused(404), "order_not_found");
    }
    let chief = world.phone(&unit.unit_account, &unit.unit, "oChief").await;
    link(&world, &chief, "report", &report).await;
}

#[tokio::test]
async fn a_link_dies_with_the_session_and_the_membership_it_was_made_in() {
    let world = World::start().await;
    let (unit, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let first = link(&world, &phone, "order_document", &order).await["url"].as_str().unwrap().to_owned();
    let session = tejian::accounts::list_sessions(&world.app, &unit.applicant).await.unwrap().remove(0).id;
    assert!(tejian::accounts::end_session(&world.app, &unit.applicant, &session).await.unwrap());
    assert_eq!(code_of(fetch(&world, &first).await, 403).await, "link_revoked");
    let again = world.phone(&unit.applicant, &unit.unit, &phone.openid).await;
    let second = link(&world, &again, "order_document", &order).await["url"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&world, &second).await.status(), 200);
    world.tamper(&format!("DELETE FROM memberships WHERE account_id = '{}'", unit.applicant)).await;
    assert_eq!(code_of(fetch(&world, &second).await, 403).await, "link_revoked");
}

#[tokio::test]
async fn the_zip_of_an_order_holds_every_report_whole() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[100, 200, 300]).await;
    assert_eq!(ask_link(&world, &phone, "order_reports_zip", &order).await.refused(409), "report_not_uploaded");
    let large: Vec<u8> =
        b"%PDF-".iter().copied().chain((0..3_000_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8)).collect();
    upload_reports(&world, &order, &[b"%PDF-1", &large, b"%PDF-3"]).await;
    let made = link(&world, &phone, "order_reports_zip", &order).await;
    assert_eq!(made["content_type"], "application/zip");
    let begun = fetch(&world, made["url"].as_str().unwrap()).await;
    assert_eq!(begun.headers()["accept-ranges"], "bytes", "it can be resumed");
    let mark = begun.headers()["etag"].clone();
    let response = fetch(&world, &format!("{}?inline=1", made["url"].as_str().unwrap())).await;
    assert!(response.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let bytes = response.bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let mut sizes = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().expect("a name in UTF-8").into_owned();
        assert!(name.ends_with("_曳引驱动乘客电梯.pdf"), "{name}");
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert!(content.starts_with(b"%PDF-"));
        sizes.push(content.len());
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [6, 6, large.len()]);
    // A report is replaced: another ZIP.
    upload_reports(&world, &order, &[b"%PDF-one"]).await;
    let made = link(&world, &phone, "order_reports_zip", &order).await;
    let again = fetch(&world, made["url"].as_str().unwrap()).await;
    assert_ne!(again.headers()["etag"], mark);
}

#[tokio::test]
async fn a_report_lost_from_the_store_makes_no_zip_instead_of_a_shorter_one() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[100, 200]).await;
    upload_reports(&world, &order, &[b"%PDF-1", b"%PDF-2"]).await;
    world.tamper("UPDATE reports SET file_key = 'reports/gone.pdf' WHERE file_bytes = 6 AND id = (SELECT MAX(id) FROM reports)").await;
    for _ in 0..2 {
        assert_eq!(ask_link(&world, &phone, "order_reports_zip", &order).await.refused(500), "internal");
    }
    upload_reports(&world, &order, &[b"%PDF-1", b"%PDF-2"]).await;
    link(&world, &phone, "order_reports_zip", &order).await;
}

#[tokio::test]
async fn the_receipt_and_the_payment_order_are_real_documents() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    world.settle().await;
    for (kind, words) in [("order_document", "壹仟贰佰陆拾伍元整"), ("order_invoice", "电子发票")] {
        let made = link(&world, &phone, kind, &order).await;
        let response = fetch(&world, made["url"].as_str().unwrap()).await;
        assert_eq!(response.headers()["content-type"], "application/pdf");
        let pdf = lopdf::Document::load_mem(&response.bytes().await.unwrap()).expect("a PDF");
        let text = pdf.extract_text(&[1]).expect("text");
        assert!(text.contains(words) && text.contains("示例物业001有限公司"), "{kind}: {text}");
    }
}

#[tokio::test]
async fn reports_are_listed_by_year_and_word_for_paid_and_unpaid() {
    let world = World::start().await;
    let (unit, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    world.seed_fees(&unit, Class::Vat, &[1, 2]).await;
    let all = world.get(&phone, "/api/v1/reports?limit=2").await.ok();
    assert_eq!((all["items"].as_array().unwrap().len(), &all["years"]), (2, &json!([2026])));
    let next = all["next"].as_str().unwrap();
    let rest = world.get(&phone, &format!("/api/v1/reports?limit=2&after={next}")).await.ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["items"][0]["blocked_reason"], "报告上传中", "the oldest one is the paid one");
    assert_eq!(world.get(&phone, "/api/v1/reports?year=2025").await.ok()["items"], json!([]));
    assert_eq!(world.get(&phone, "/api/v1/reports?q=%25").await.ok()["items"], json!([]), "% is no wildcard");
    let found = world.get(&phone, "/api/v1/reports?q=%EF%BC%93110%20500112").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 3, "full width and blanks do not matter");
    let of_order = world.get(&phone, &format!("/api/v1/orders/{order}/reports")).await.ok();
    assert_eq!(of_order["items"][0]["order_id"], order.as_str());
}
