//! Orders that were paid on somebody's word: a reviewer who approved a remittance, the fiscal system. Their line of the bank
//! is still to come; until then nothing of it is there to be given back, and what was counted on stays.

use reqwest::Method;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::{Value, json};
use tejian::orders;
use tejian::staff::Role;
use tokio::task::JoinHandle;

use crate::bank::statement;
use crate::caller::Reply;
use crate::remittances::{draft, open_review, remitted_order, submit};
use crate::staff_refunds::{decide, let_it_happen, propose};
use crate::staff_world::Desk;
use crate::transfers::{order_page, transfer_order};
use crate::world::{Phone, World};

const HEADER: &str = "交易日期,贷方金额,对方户名,附言,交易流水号";

/// Imports one line of a statement; the answer is the line.
async fn line(world: &World, desk: &mut Desk, cells: &str, serial: &str) -> Value {
    statement(world, desk, format!("{HEADER}\n{cells},{serial}\n").as_bytes()).await;
    desk.get(&format!("/bank/transactions?q={serial}")).await["items"][0].clone()
}

async fn claim(desk: &mut Desk, line: &Value, order: &str, amount_fen: i64) -> Reply {
    let path = format!("/bank/transactions/{}/claims", line["id"].as_str().unwrap());
    desk.try_post(&path, json!({ "claims": [{ "order_id": order, "amount_fen": amount_fen }] })).await
}

/// Takes the newest claim of a line back.
async fn undo(desk: &mut Desk, line: &Value) -> Reply {
    let shown = desk.get(&format!("/bank/transactions/{}", line["id"].as_str().unwrap())).await;
    let path = format!("/staff/v1/bank/claims/{}", shown["claims"][0]["id"].as_str().unwrap());
    desk.caller.json(Method::DELETE, &path, &json!({ "reason": "认错了" })).await
}

async fn tell(world: &World, phone: &Phone, order: &str, amount_fen: i64, serial: &str) {
    let told = draft(world, phone, order, |body| {
        body["amount_fen"] = json!(amount_fen);
        body["serial_no"] = json!(serial);
    });
    told.await.ok();
    submit(world, phone, order).await.ok();
}

fn verdict(review: &Value) -> (String, Value) {
    let path = format!("/reviews/{}/verdict", review["id"].as_str().unwrap());
    (path, json!({ "verdict": "approved", "opinion": "已在网银核对" }))
}

async fn received(world: &World, phone: &Phone, order: &str) -> Option<i64> {
    order_page(world, phone, order).await["received_fen"].as_i64()
}

/// Until a request waits for a row that the test holds, or has ended without. (On SQLite there is one writer: it waits.)
pub async fn until_it_waits<T>(world: &World, request: &JoinHandle<T>) {
    if world.app.database.reader().get_database_backend() != DatabaseBackend::Postgres {
        return;
    }
    let waiting =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while !request.is_finished() && world.number(waiting).await == 0 {
        tokio::task::yield_now().await;
    }
}

/// What a desk sends while the test holds something.
pub fn posted(desk: &Desk, path: &str, body: Value) -> JoinHandle<Reply> {
    let (mut caller, path) = (desk.caller.clone(), format!("/staff/v1{path}"));
    tokio::spawn(async move { caller.post(&path, &body).await })
}

/// All claims as if they had been made by another clock.
async fn moved(world: &World, by_ms: i64) {
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    let statement = format!("UPDATE bank_claims SET created_at = created_at + {by_ms}");
    transaction.execute_unprepared(&statement).await.expect("a statement");
    transaction.commit().await.expect("a commit");
}

#[tokio::test]
async fn a_claim_that_a_reviewer_counted_on_is_not_taken_back() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 10_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let most = line(&world, &mut cashier, "2026-08-01,99.00,某个人,检验费", "MOST-1").await;
    claim(&mut cashier, &most, &order, 9_900).await.expect(200);
    tell(&world, &phone, &order, 100, "HD-REST").await;
    undo(&mut cashier, &most).await.refused(409, "order_under_review");
    let (path, approved) = verdict(&open_review(&mut reviewer).await);
    // It was claimed at a node whose clock goes an hour before the clock of the node that approves.
    moved(&world, 3_600_000).await;
    reviewer.post(&path, approved).await;
    world.pass_minutes(5).await;
    undo(&mut cashier, &most).await.refused(409, "remittance_counts_on_claim");
    assert_eq!(received(&world, &phone, &order).await, Some(9_900), "what the reviewer counted on is there");

    // What came after the approval only confirms it, and may be corrected: also at a node whose clock is behind.
    let rest = line(&world, &mut cashier, "2026-08-02,1.00,示例化工厂01,检验费", "REST-1").await;
    claim(&mut cashier, &rest, &order, 100).await.expect(200);
    moved(&world, -7_200_000).await;
    undo(&mut cashier, &rest).await.expect(200);
    assert_eq!(received(&world, &phone, &order).await, Some(9_900));

    // A line that proved a remittance stays as well.
    let (_, phone, proved) = remitted_order(&world, 30_000).await;
    let proof = line(&world, &mut cashier, "2026-08-01,300.00,示例化工厂01,委托单2600000123", "HD20260801-77").await;
    tell(&world, &phone, &proved, 30_000, "HD20260801-77").await;
    let (path, approved) = verdict(&open_review(&mut reviewer).await);
    reviewer.post(&path, approved).await;
    world.pass_minutes(5).await;
    assert_eq!(received(&world, &phone, &proved).await, Some(30_000));
    moved(&world, 3_600_000).await;
    undo(&mut cashier, &proof).await.refused(409, "remittance_counts_on_claim");

    // Approved by a release that kept nothing: the moments tell.
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    transaction.execute_unprepared("UPDATE bank_claims SET counted_on = NULL").await.expect("a statement");
    transaction.commit().await.expect("a commit");
    moved(&world, -7_200_000).await;
    undo(&mut cashier, &proof).await.refused(409, "remittance_counts_on_claim");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_judged_on_what_the_order_has_when_its_turn_comes() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 10_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let most = line(&world, &mut cashier, "2026-08-01,99.00,某个人,检验费", "MOST-1").await;
    claim(&mut cashier, &most, &order, 9_900).await.expect(200);
    tell(&world, &phone, &order, 100, "HD-REST").await;
    let (path, approved) = verdict(&open_review(&mut reviewer).await);

    // Another node has the order in its hand and takes the money out of it.
    let held = world.app.database.begin_write().await.expect("a transaction");
    orders::lock_row(&*held, &order, world.app.now_ms()).await.expect("held").expect("an order");
    let request = posted(&reviewer, &path, approved);
    until_it_waits(&world, &request).await;
    for statement in [
        "UPDATE bank_claims SET state = 'undone'",
        "UPDATE bank_transactions SET rest_fen = amount_fen, state = 'open'",
        "UPDATE orders SET received_fen = 0",
    ] {
        held.execute_unprepared(statement).await.expect("a statement");
    }
    held.commit().await.expect("a commit");
    request.await.expect("an answer").refused(409, "remittance_too_small");
    assert_eq!(order_page(&world, &phone, &order).await["state"], "pending_payment");
}

#[tokio::test]
async fn what_a_reviewer_said_goes_back_only_when_it_has_come() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    tell(&world, &phone, &order, 30_000, "HD-FORGED").await;
    let (path, approved) = verdict(&open_review(&mut reviewer).await);
    reviewer.post(&path, approved).await;
    let_it_happen(&world).await;
    assert_eq!(received(&world, &phone, &order).await, Some(0), "nothing but words");
    cashier.step_up(&world).await;
    let refunds = format!("/orders/{order}/refunds");
    let ask = |amount_fen: i64| json!({ "amount_fen": amount_fen, "reason": "协商退款" });
    let refused = cashier.try_post(&refunds, ask(30_000)).await;
    assert_eq!(refused.value()["error"]["details"]["refundable_fen"], 0, "{}", refused.value());
    assert!(refused.value()["error"]["message"].as_str().unwrap().contains("还差 300.00 元"), "{}", refused.value());
    refused.refused(409, "money_not_claimed");
    cashier.try_post(&refunds, ask(1)).await.refused(409, "money_not_claimed");

    // Two thirds come: so much may go back, and while it does the order still waits for the line of the rest.
    let first = line(&world, &mut cashier, "2026-08-02,200.00,示例化工厂01,检验费", "CAME-1").await;
    claim(&mut cashier, &first, &order, 20_000).await.expect(200);
    cashier.step_up(&world).await;
    cashier.try_post(&refunds, ask(20_001)).await.refused(409, "money_not_claimed");
    let review = propose(&world, &mut cashier, &order, 20_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunding");
    let number = order_page(&world, &phone, &order).await["order_no"].as_str().unwrap().to_owned();
    let found = cashier.get(&format!("/orders?takes_money=true&q={number}")).await;
    assert_eq!(found["items"][0]["lacks_of_bank_fen"], 10_000, "{found}");
    // The line of the rest brings a little more than that: only the surplus is nobody's.
    let rest = line(&world, &mut cashier, &format!("2026-08-03,120.00,示例化工厂01,{number}"), "CAME-2").await;
    assert_eq!(rest["named"], json!([]), "no second transfer");
    assert_eq!(rest["proposals"][0]["order_id"].as_str(), Some(order.as_str()), "{rest}");
    cashier.step_up(&world).await;
    let path = format!("/bank/transactions/{}/return", rest["id"].as_str().unwrap());
    let back = |amount_fen: i64| json!({ "order_id": order, "amount_fen": amount_fen, "reason": "重复转账" });
    cashier.try_post(&path, back(12_000)).await.refused(409, "order_waits_for_money");
    claim(&mut cashier, &rest, &order, 10_000).await.expect(200);
    assert_eq!(received(&world, &phone, &order).await, Some(30_000));
    cashier.try_post(&path, back(2_000)).await.expect(201);
    // The receipt of what went back first is taken back meanwhile.
    let_it_happen(&world).await;
    cashier.step_up(&world).await;
    propose(&world, &mut cashier, &order, 10_000).await;
}

#[tokio::test]
async fn the_line_of_an_order_that_went_back_whole_is_its_own_and_does_not_go_back_again() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 88_000).await;
    world.settle().await;
    let code = order_page(&world, &phone, &order).await["payment_notice"]["payment_code"].as_str().unwrap().to_owned();
    assert!(world.wechat.pay_code(&code, 88_000));
    world.pass_minutes(7 * 60).await;
    let_it_happen(&world).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 88_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = cashier.get("/refunds?needs_person=true").await["items"][0]["id"].as_str().unwrap().to_owned();
    crate::payouts::write_account(&world, &refund).await;
    cashier.post(&format!("/refunds/{refund}/payee/reveal"), json!({})).await;
    cashier.step_up(&world).await;
    let body = json!({ "reference_no": "BANK-1" });
    cashier.try_post(&format!("/refunds/{refund}/confirm"), body).await.expect(204);
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");

    // Next day's statement brings the transfer itself: it is no second one.
    let late = line(&world, &mut cashier, &format!("2026-08-04,880.00,示例物业001有限公司,{code}"), "LATE-1").await;
    assert_eq!(late["named"], json!([]), "{late}");
    if late["rest_fen"] != 0 {
        cashier.step_up(&world).await;
        let path = format!("/bank/transactions/{}/return", late["id"].as_str().unwrap());
        let back = json!({ "order_id": order, "amount_fen": 88_000, "reason": "重复转账" });
        cashier.try_post(&path, back).await.refused(409, "order_waits_for_money");
        claim(&mut cashier, &late, &order, 88_000).await.expect(200);
    }
    assert_eq!(received(&world, &phone, &order).await, Some(88_000));
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_undo_of_a_payment_at_the_window_is_judged_behind_the_lock() {
    let world = World::start().await;
    let (_, _, order) = transfer_order(&world, 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let body = crate::window::cash(20_000);
    let taken = window.try_post(&format!("/orders/{order}/counter-payments"), body).await.expect(201);
    let path = format!("/counter-payments/{}/undo", taken["payment"]["id"].as_str().unwrap());
    let reason = json!({ "reason": "收错订单" });
    let review = window.try_post(&path, reason.clone()).await.expect(201);

    // The day is being closed while somebody confirms.
    let day = "INSERT INTO reconciliation_days (day, state, channel_count, channel_fen, channel_refund_fen, charge_fen, books_count, \
               books_fen, books_refund_fen, run_at) VALUES ('2026-08-03', 'balanced', 0, 0, 0, 0, 0, 0, 0, 0)";
    world.tamper(day).await;
    reviewer.step_up(&world).await;
    let (verdict_path, approved) = verdict(&review);
    let held = world.app.database.begin_write().await.expect("a transaction");
    held.execute_unprepared("UPDATE reconciliation_days SET state = 'closed'").await.expect("a statement");
    let request = posted(&reviewer, &verdict_path, approved);
    until_it_waits(&world, &request).await;
    held.commit().await.expect("a commit");
    request.await.expect("an answer").refused(409, "day_closed");

    // Somebody asks while the payment is being undone: he is told so, and nothing waits for a decision.
    world.tamper("UPDATE reconciliation_days SET state = 'balanced'").await;
    decide(&world, &mut reviewer, &review, "rejected").await.expect(200);
    let held = world.app.database.begin_write().await.expect("a transaction");
    orders::lock_row(&*held, &order, world.app.now_ms()).await.expect("held").expect("an order");
    let request = posted(&window, &path, reason);
    until_it_waits(&world, &request).await;
    for statement in
        ["UPDATE counter_payments SET state = 'undone', undo_reason = '别的原因'", "UPDATE orders SET received_fen = 0"]
    {
        held.execute_unprepared(statement).await.expect("a statement");
    }
    held.commit().await.expect("a commit");
    request.await.expect("an answer").refused(409, "counter_payment_undone");
    assert_eq!(world.number("SELECT COUNT(*) FROM reviews WHERE state = 'open'").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM counter_payments WHERE undo_reason = '别的原因'").await, 1);
}
