//! An order as the institute's people see it: where its money came from, its papers, and the lists of the money.

use std::io::Cursor;

use reqwest::Response;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::receipts::paid_order;
use crate::seed::Class;
use crate::staff_world::Desk;
use crate::transfers::{order_page, transfer_order};
use crate::uploads::{photo, send_whole};
use crate::world::World;

const GOOD: &str = "91500000DEM0000145";

/// Half of an order came by transfer, the rest over the counter.
async fn paid_in_two_ways(world: &World) -> String {
    let (_, phone, order) = transfer_order(world, 100_000).await;
    world.settle().await;
    let code = order_page(world, &phone, &order).await["payment_notice"]["payment_code"].as_str().unwrap().to_owned();
    let mut cashier = world.staff("twoways", &[Role::Cashier]).await;
    let csv = format!("交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-03,400.00,示例物业001有限公司,{code},P1\n");
    statement(world, &cashier, csv.as_bytes()).await;
    let line = cashier.get("/bank/transactions?state=open").await["items"][0]["id"].as_str().unwrap().to_owned();
    let claims = json!({ "claims": [{ "order_id": order, "amount_fen": 40_000 }] });
    cashier.post(&format!("/bank/transactions/{line}/claims"), claims).await;
    let mut rest = crate::window::card(60_000);
    rest["receipt_no"] = json!("POS-1");
    cashier.post(&format!("/orders/{order}/counter-payments"), rest).await;
    world.settle().await;
    order
}

#[tokio::test]
async fn an_order_tells_which_line_of_the_bank_and_which_window_its_money_came_from() {
    let world = World::start().await;
    let order = paid_in_two_ways(&world).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let page = manager.get(&format!("/orders/{order}")).await;
    let claim = &page["claims"][0];
    assert_eq!(
        (&claim["amount_fen"], &claim["how"], &claim["state"], &claim["order_id"]),
        (&json!(40_000), &json!("manual"), &json!("live"), &json!(order)),
        "{page}"
    );
    let window = &page["counter_payments"][0];
    assert_eq!(
        (&window["amount_fen"], &window["kind_text"], &window["receipt_no"], &window["taken_by"]),
        (&json!(60_000), &json!("刷卡"), &json!("POS-1"), &json!("员工twoways")),
        "{page}"
    );
    assert_eq!((&page["received_fen"], &page["missing_fen"]), (&json!(100_000), &json!(0)));
}

#[tokio::test]
async fn the_dashboard_counts_windows_apart_and_every_fen_once() {
    let world = World::start().await;
    paid_in_two_ways(&world).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let figures = manager.get("/dashboard?from=2026-08-03&to=2026-08-03").await;
    assert_eq!(
        figures["payments_by_day"],
        json!([{ "on": "2026-08-03", "online_fen": 0, "transfer_fen": 40_000, "remitted_fen": 0, "counter_fen": 60_000, "count": 1 }])
    );
}

async fn sheet(desk: &mut Desk, path: &str) -> calamine::Range<calamine::Data> {
    let reply = desk.caller.get(&format!("/staff/v1/exports/{path}")).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(reply.bytes)).expect("a workbook");
    calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet").expect("that can be read")
}

#[tokio::test]
async fn lines_of_the_bank_and_differences_are_taken_away_with_the_filter_of_their_lists() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::FinanceManager]).await;
    let csv = "交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-01,5.00,甲,无关,A1\n2026-08-02,7.50,乙,无关,A2\n";
    statement(&world, &cashier, csv.as_bytes()).await;
    let lines = sheet(&mut cashier, "bank-transactions.xlsx?state=open&from=2026-08-02").await;
    assert_eq!(lines.height(), 2, "one line and the header");
    assert_eq!(lines.get_value((1, 1)), Some(&calamine::Data::Float(7.5)));
    assert_eq!(lines.get_value((1, 3)), Some(&calamine::Data::String("乙".to_owned())));
    cashier.caller.get("/staff/v1/exports/bank-transactions.xlsx?from=x").await.refused(400, "day_malformed");

    for (id, day, state) in [("a", "2026-08-01", "open"), ("b", "2026-08-02", "settled"), ("c", "2026-08-02", "open")] {
        world
            .tamper(&format!(
                "INSERT INTO reconciliation_differences (id, day, kind, reference, channel_fen, state, created_at) \
                 VALUES ('dif_{id}', '{day}', 'missing_in_books', 'T-{id}', 126500, '{state}', 1)"
            ))
            .await;
    }
    let open = sheet(&mut cashier, "differences.xlsx").await;
    assert_eq!(open.height(), 3, "the open ones of all days");
    let of_day = sheet(&mut cashier, "differences.xlsx?on=2026-08-02").await;
    assert_eq!((of_day.height(), of_day.get_value((1, 3))), (3, Some(&calamine::Data::Float(1265.0))));
    let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
    clerk.caller.get("/staff/v1/exports/differences.xlsx").await.refused(403, "not_permitted");
}

async fn fetch(world: &World, link: &Value) -> Response {
    let url = format!("{}{}", world.base_url, link["url"].as_str().expect("an address"));
    world.http.get(url).send().await.expect("an answer")
}

#[tokio::test]
async fn officers_fetch_papers_by_links_that_die_with_their_session() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let mut clerk = world.staff("clerk", &[Role::InvoiceClerk]).await;
    let invoice = |page: &Value| page["invoices"][0]["id"].clone();
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    world.app.workers().run_due().await.expect("jobs run");
    let early = invoice(&manager.get(&format!("/orders/{order}")).await);
    clerk
        .try_post("/download-links", json!({ "kind": "invoice", "id": early }))
        .await
        .refused(409, "invoice_not_issued");
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let link = clerk.post("/download-links", json!({ "kind": "invoice", "id": early })).await;
    let file = fetch(&world, &link).await;
    assert_eq!((file.status().as_u16(), file.headers()["content-type"].to_str().unwrap()), (200, "application/pdf"));
    assert!(file.bytes().await.unwrap().starts_with(b"%PDF"));

    let proof = send_whole(&world, &phone, "回单.png", photo(40, 30)).await.ok();
    let proof = json!({ "kind": "remittance_proof", "id": proof["id"] });
    let mut operator = world.staff("operator", &[Role::ContentOperator]).await;
    operator.try_post("/download-links", proof.clone()).await.refused(403, "not_permitted");
    let picture = manager.post("/download-links", proof).await;
    assert_eq!(picture["content_type"], "image/jpeg");
    assert_eq!(fetch(&world, &picture).await.status(), 200);
    // By this door only slips of remittances leave, not the papers of a registration.
    let begin = json!({ "purpose": "business_licence", "file_name": "执照.png", "bytes": 10 });
    let licence = world.post(&phone, "/api/v1/uploads", begin).await.ok();
    let licence = json!({ "kind": "remittance_proof", "id": licence["id"] });
    manager.try_post("/download-links", licence).await.refused(404, "upload_not_found");
    let paper = manager.post("/download-links", json!({ "kind": "order_document", "id": order })).await;
    assert!(fetch(&world, &paper).await.bytes().await.unwrap().starts_with(b"%PDF"));
    manager
        .try_post("/download-links", json!({ "kind": "invoice", "id": "x" }))
        .await
        .refused(404, "invoice_not_found");

    // A payer's door does not open with an officer's key, nor the other way round.
    let token = link["url"].as_str().unwrap().trim_start_matches("/files/staff/");
    let crossed = world.http.get(format!("{}/files/{token}", world.base_url)).send().await.expect("an answer");
    assert_eq!(crossed.status(), 404);
    clerk.caller.send(reqwest::Method::DELETE, "/staff/v1/session", None, Vec::new()).await;
    assert_eq!(fetch(&world, &link).await.status(), 403, "signed out");
    world.clock.advance_ms(600_000);
    assert_eq!(fetch(&world, &paper).await.status(), 410, "over");
}
