//! Numbers that come to a thing after it was made find it all the same (B-40).

use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::paper_reports::{two_reports, voucher};
use crate::seed::Class;
use crate::staff_world::Desk;
use crate::transfers::{order_page, transfer_order};
use crate::world::World;

async fn kinds(desk: &mut Desk, words: &str) -> Vec<String> {
    let found = desk.get(&format!("/search?q={words}")).await;
    let groups = found["groups"].as_array().expect("groups");
    groups.iter().map(|group| group["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[tokio::test]
async fn payment_codes_lines_of_statements_requests_and_vouchers_are_found() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 126_500).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    let code = page["payment_notice"]["payment_code"].as_str().expect("a code").to_owned();
    let notice = page["payment_notice"]["notice_no"].as_str().expect("a number").to_owned();
    let fees = world.seed_fees(&unit, Class::Nontax, &[60_500]).await;
    let wish = json!({ "fee_ids": fees, "reason": "月底统一付款", "proposed_due_on": "2026-08-31" });
    let credit = world.post(&phone, "/api/v1/credit-requests", wish).await.ok();
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let file = "交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-03,5.00,无名氏,来源不明,SERIAL-77\n";
    statement(&world, &manager, file.as_bytes()).await;

    for (words, kind) in [
        (code.as_str(), "order"),
        (notice.as_str(), "order"),
        ("SERIAL-77", "bank_transaction"),
        (credit["request_no"].as_str().expect("a number"), "credit"),
    ] {
        let found = kinds(&mut manager, words).await;
        assert!(found.iter().any(|one| one == kind), "{words}: {found:?}");
    }
    let listed = manager.get(&format!("/orders?q={code}")).await;
    assert_eq!(listed["items"][0]["id"].as_str(), Some(order.as_str()), "the list finds it too");
    let mine = world.get(&phone, &format!("/api/v1/orders?q={code}")).await.ok();
    assert_eq!(mine["items"][0]["id"].as_str(), Some(order.as_str()), "and so does the payer");

    let mut clerk = world.staff("clerk", &[Role::ReportClerk]).await;
    assert!(kinds(&mut clerk, "SERIAL-77").await.is_empty(), "who may not see the bank finds nothing of it");
}

#[tokio::test]
async fn a_voucher_is_found_by_its_number_and_its_papers_open_at_the_desk() {
    let world = World::start().await;
    let (phone, reports) = two_reports(&world).await;
    let made = voucher(&world, &phone, &reports).await;
    let mut clerk = world.staff("clerk", &[Role::ReportClerk]).await;
    let number = made["voucher_no"].as_str().expect("a number");
    let found = clerk.get(&format!("/search?q={number}")).await;
    let group = found["groups"].as_array().expect("groups").iter().find(|group| group["kind"] == "voucher");
    let link = group.expect("vouchers")["items"][0]["link"].as_str().expect("a link").to_owned();
    assert_eq!(link, format!("/reports?voucher={number}"));
    for kind in ["report", "device_label"] {
        let link = clerk.post("/download-links", json!({ "kind": kind, "id": reports[0] })).await;
        let file = world.http.get(format!("{}{}", world.base_url, link["url"].as_str().expect("an address")));
        let file = file.send().await.expect("an answer");
        assert_eq!(file.status(), 200, "{kind}");
        assert!(file.bytes().await.expect("bytes").starts_with(b"%PDF"), "{kind}");
    }
    let mut operator = world.staff("operator", &[Role::ContentOperator]).await;
    let wish: Value = json!({ "kind": "report", "id": reports[0] });
    operator.try_post("/download-links", wish).await.refused(403, "not_permitted");
}
