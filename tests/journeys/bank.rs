//! Bank statements: what the institute's account brought finds the orders it was for.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::caller::Reply;
use crate::seed::Class;
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page, transfer_order};
use crate::world::{Phone, World};

const HEADER: &str = "交易日期,贷方金额,对方户名,附言,交易流水号";

/// Imports a statement file at this desk.
pub async fn statement(world: &World, desk: &Desk, content: &[u8]) -> Value {
    let boundary = "a-boundary-that-occurs-nowhere-else";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"明细.csv\"\r\nContent-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={boundary}");
    let mut caller = desk.caller.clone();
    let imported = caller.send(Method::POST, "/staff/v1/bank/statements", Some(&kind), body).await.expect(201);
    world.settle().await;
    imported
}

async fn lines(world: &World, desk: &Desk, lines: &[&str]) -> Value {
    statement(world, desk, format!("{HEADER}\n{}\n", lines.join("\n")).as_bytes()).await
}

/// The code with which an order is paid by transfer.
pub async fn code_of(world: &World, phone: &Phone, order: &str) -> String {
    world.settle().await;
    order_page(world, phone, order).await["payment_notice"]["payment_code"].as_str().expect("a code").to_owned()
}

async fn claim(desk: &mut Desk, line: &Value, wishes: Value) -> Reply {
    desk.try_post(&format!("/bank/transactions/{}/claims", line["id"].as_str().unwrap()), json!({ "claims": wishes }))
        .await
}

async fn undo(desk: &mut Desk, claim: &Value, reason: &str) -> Reply {
    let path = format!("/staff/v1/bank/claims/{}", claim["id"].as_str().unwrap());
    desk.caller.json(Method::DELETE, &path, &json!({ "reason": reason })).await
}

async fn line(desk: &mut Desk, id: &Value) -> Value {
    desk.get(&format!("/bank/transactions/{}", id.as_str().unwrap())).await
}

#[tokio::test]
async fn a_transfer_with_code_and_amount_is_claimed_by_itself_once() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 126_500).await;
    let code = code_of(&world, &phone, &order).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let spaced: String = code
        .chars()
        .enumerate()
        .flat_map(|(at, digit)| [(at % 4 == 0).then_some(' '), Some(digit)])
        .flatten()
        .collect();
    let row = format!("2026-08-03,\"1,265.00\",母公司代付,缴款码{spaced},A1");
    let imported = lines(&world, &desk, &[&row]).await;
    assert_eq!(
        (imported["new"].as_i64(), imported["duplicates"].as_i64(), imported["state"].as_str()),
        (Some(1), Some(0), Some("imported"))
    );
    let again = lines(&world, &desk, &[&row, "2026-08-03,5.00,甲,无关,A2"]).await;
    assert_eq!((again["new"].as_i64(), again["duplicates"].as_i64()), (Some(1), Some(1)));
    world.pass_minutes(5).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "paid");
    assert_eq!((page["received_fen"].as_i64(), page["missing_fen"].as_i64()), (Some(126_500), Some(0)));
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()));
    assert_eq!(page["invoice_state"], "issued");
    let found = desk.get("/bank/transactions?state=claimed").await;
    let claimed = line(&mut desk, &found["items"][0]["id"]).await;
    assert_eq!(claimed["claims"][0]["how"], "automatic");
    let refused = undo(&mut desk, &claimed["claims"][0], "认错了").await;
    assert!(["order_receipt_made", "order_completed"].contains(&refused.value()["error"]["code"].as_str().unwrap()));
}

#[tokio::test]
async fn money_on_the_account_of_another_payee_claims_nothing_by_itself() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 10_000).await;
    // The company for the other kind of receipts has an account of its own.
    world.seed_fees(&unit, Class::Vat, &[100]).await;
    world.tamper("UPDATE payees SET bank_account = '5000 0000 0000 0001' WHERE receipt_class = 'nontax'").await;
    world.tamper("UPDATE payees SET bank_account = '5000 0000 0000 0002' WHERE receipt_class = 'vat'").await;
    let code = code_of(&world, &phone, &order).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let file = |account: &str, serial: &str| {
        format!("本方账号,{HEADER}\n{account},2026-08-03,100.00,示例物业001有限公司,{code},{serial}\n")
    };
    statement(&world, &desk, file("5000000000000002", "W1").as_bytes()).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "pending_payment");
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    assert_eq!(open["proposals"][0]["order_id"], order.as_str(), "a person sees what it names: {open}");
    statement(&world, &desk, file("5000000000000001", "W2").as_bytes()).await;
    assert!(order_page(&world, &phone, &order).await["paid_at"].is_i64());
    let found = desk.get("/bank/transactions?state=claimed").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["items"][0]["serial_no"], "W2", "{found}");
}

#[tokio::test]
async fn parts_wait_for_the_rest_and_more_stays_on_the_line() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 100_000).await;
    let code = code_of(&world, &phone, &order).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &[&format!("2026-08-03,400.00,示例物业001有限公司,{code},P1")]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    let proposal = &open["proposals"][0];
    assert_eq!(
        (proposal["order_id"].as_str(), proposal["score"].as_i64()),
        (Some(order.as_str()), Some(90)),
        "{proposal}"
    );
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 40_000 }])).await.expect(200);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(
        (page["state"].as_str(), page["received_fen"].as_i64(), page["missing_fen"].as_i64()),
        (Some("pending_payment"), Some(40_000), Some(60_000))
    );
    assert!(page["next_step"]["text"].as_str().unwrap().contains("还差 600.00"));
    let path = format!("/api/v1/orders/{order}");
    assert_eq!(world.post(&phone, &format!("{path}/void"), json!({})).await.refused(409), "order_part_paid");
    assert_eq!(
        world.post(&phone, &format!("{path}/method"), json!({ "method": "online" })).await.refused(409),
        "order_part_paid"
    );
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    assert!(messages["items"][0]["body"].as_str().unwrap().contains("还差 600.00"), "{messages}");
    for _ in 0..32 {
        world.pass_minutes(24 * 60).await;
    }
    assert_eq!(order_page(&world, &phone, &order).await["state"], "pending_payment", "money is not voided away");

    let mut desk = world.staff("cashier2", &[Role::Cashier]).await;
    // The rest comes with 50 yuan too much, to the old code: it is recognised, and the surplus stays on its line.
    lines(&world, &desk, &[&format!("2026-09-04,650.00,示例物业001有限公司,{code},P2")]).await;
    let second = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    let too_much = claim(&mut desk, &second, json!([{ "order_id": order, "amount_fen": 65_000 }])).await;
    too_much.refused(422, "claim_too_large");
    claim(&mut desk, &second, json!([{ "order_id": order, "amount_fen": 60_000 }])).await.expect(200);
    let rest = line(&mut desk, &second["id"]).await;
    assert_eq!((rest["state"].as_str(), rest["rest_fen"].as_i64()), (Some("part"), Some(5_000)));
    assert!(order_page(&world, &phone, &order).await["paid_at"].is_i64());
    // What is left may be put aside with a reason; what was taken stays taken, and the line can still be used.
    let path = format!("/bank/transactions/{}/ignore", second["id"].as_str().unwrap());
    let aside = desk.post(&path, json!({ "reason": "多付的款项已退回付款人" })).await;
    assert_eq!((aside["state"].as_str(), aside["rest_fen"].as_i64()), (Some("ignored"), Some(5_000)));
    assert_eq!(aside["claims"].as_array().unwrap().len(), 1);
    // What is left goes to another order of the same unit.
    let other = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 5_000).await;
    claim(&mut desk, &rest, json!([{ "order_id": other, "amount_fen": 5_000 }])).await.expect(200);
    assert_eq!(world.number("SELECT CAST(SUM(rest_fen) AS bigint) FROM bank_transactions").await, 0);
    let more = claim(&mut desk, &rest, json!([{ "order_id": other, "amount_fen": 1 }])).await;
    more.refused(422, "claim_exceeds_rest");
}

#[tokio::test]
async fn only_the_code_that_a_line_carries_is_paid_by_it_and_any_other_is_cancelled() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 20_000).await;
    world.settle().await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,200.00,某个人,检验费,N1"]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 20_000 }])).await.expect(200);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert!(page["paid_at"].is_i64(), "{page}");
    assert_eq!(page["payment_notice"]["state"], "cancelled", "nobody paid this code");
    assert!(world.wechat.payment_codes()[0].cancelled, "and nobody can pay it any more");

    // Money with the code of before, when there is a newer one.
    let renewed = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 30_000).await;
    let code = code_of(&world, &phone, &renewed).await;
    for _ in 0..16 {
        world.pass_minutes(24 * 60).await;
    }
    world.post(&phone, &format!("/api/v1/orders/{renewed}/payment-notice/renew"), json!({})).await.ok();
    let newer = code_of(&world, &phone, &renewed).await;
    assert_ne!(code, newer);
    let desk = world.staff("cashier2", &[Role::Cashier]).await;
    lines(&world, &desk, &[&format!("2026-08-19,300.00,示例物业001有限公司,{code},N2")]).await;
    let page = order_page(&world, &phone, &renewed).await;
    assert!(page["paid_at"].is_i64(), "{page}");
    assert_eq!(page["payment_notice"]["state"], "cancelled", "the newer one was not paid: {page}");
    let codes = world.wechat.payment_codes();
    assert!(codes.iter().any(|made| made.payment_code == newer && made.cancelled), "{codes:?}");
    let paid = format!("SELECT COUNT(*) FROM payment_notices WHERE state = 'paid' AND payment_code = '{code}'");
    assert_eq!(world.number(&paid).await, 1);
}

#[tokio::test]
async fn a_code_that_was_paid_although_the_line_lost_it_stands_as_paid() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 20_000).await;
    let code = code_of(&world, &phone, &order).await;
    assert!(world.wechat.pay_code(&code, 20_000));
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,200.00,某个人,检验费,N3"]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 20_000 }])).await.expect(200);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "paid", "the fiscal system says so: {page}");
    assert_eq!(page["received_fen"], 20_000, "and the order is paid once");
}

#[tokio::test]
async fn one_transfer_with_two_codes_pays_two_orders() {
    let world = World::start().await;
    let (unit, phone, first) = transfer_order(&world, 30_000).await;
    let second = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 20_000).await;
    let codes = [code_of(&world, &phone, &first).await, code_of(&world, &phone, &second).await];
    let desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &[&format!("20260803,500,示例物业001有限公司,{} 和 {},M1", codes[0], codes[1])]).await;
    for order in [&first, &second] {
        assert_eq!(order_page(&world, &phone, order).await["payment_notice"]["state"], "paid");
    }
}

#[tokio::test]
async fn late_money_revives_a_voided_order_or_waits_in_the_list() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let code = code_of(&world, &phone, &order).await;
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    world.settle().await;
    assert!(world.wechat.payment_codes()[0].cancelled);
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &[&format!("2026-08-04,100.00,示例物业001有限公司,{code},L1")]).await;
    let page = order_page(&world, &phone, &order).await;
    assert!(page["paid_at"].is_i64(), "revived: {}", page["state"]);
    // A second transfer of the same code finds nothing to pay.
    lines(&world, &desk, &[&format!("2026-08-05,100.00,示例物业001有限公司,{code},L2")]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    assert_eq!(open["proposals"], json!([]));
    let refused = claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 10_000 }])).await;
    refused.refused(409, "order_paid");
    let work = desk.get("/worklist/items?desk=bank").await;
    assert_eq!(work["items"].as_array().unwrap().len(), 1, "{work}");
    assert!(work["items"][0]["subtitle"].as_str().unwrap().contains("可能重复转账"), "{work}");
    let path = format!("/bank/transactions/{}/ignore", open["id"].as_str().unwrap());
    desk.try_post(&path, json!({ "reason": "" })).await.refused(422, "reason_missing");
    assert_eq!(desk.post(&path, json!({ "reason": "已线下退回" })).await["state"], "ignored");
}

/// Where the line with this number stands, as the list and its page tell.
async fn told_of_line(desk: &mut Desk, serial: &str) -> String {
    let listed = desk.get(&format!("/bank/transactions?q={serial}")).await["items"][0].clone();
    assert_eq!(line(desk, &listed["id"]).await["state_text"], listed["state_text"]);
    listed["state_text"].as_str().expect("words").to_owned()
}

#[tokio::test]
async fn a_second_transfer_for_a_paid_order_goes_back_by_two_people() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let code = code_of(&world, &phone, &order).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let csv = format!(
        "交易日期,贷方金额,对方户名,对方账号,附言,交易流水号\n2026-08-04,100.00,示例物业001有限公司,6222000011112222,{code},D1\n\
         2026-08-05,100.00,示例物业001有限公司,6222000011112222,{code},D2\n"
    );
    statement(&world, &desk, csv.as_bytes()).await;
    let second = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    assert_eq!(second["named"][0]["order_id"].as_str(), Some(order.as_str()), "{second}");
    let path = format!("/bank/transactions/{}/return", second["id"].as_str().unwrap());
    let ask = |amount_fen: i64| json!({ "order_id": order, "amount_fen": amount_fen, "reason": "重复转账" });
    desk.try_post(&path, ask(10_000)).await.refused(403, "step_up_needed");
    desk.step_up(&world).await;
    desk.try_post(&path, ask(10_001)).await.refused(422, "return_exceeds_rest");
    let declined = desk.try_post(&path, ask(10_000)).await.expect(201);
    assert_eq!(line(&mut desk, &second["id"]).await["rest_fen"], 0, "set aside meanwhile");
    assert_eq!(told_of_line(&mut desk, "D2").await, "待退回");
    crate::staff_refunds::decide(&world, &mut reviewer, &declined, "rejected").await.expect(200);
    assert_eq!(line(&mut desk, &second["id"]).await["state"], "open");
    assert_eq!(told_of_line(&mut desk, "D2").await, "待认领");

    let review = desk.try_post(&path, ask(10_000)).await.expect(201);
    let shown = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert_eq!(shown["subject"]["transaction"]["id"], second["id"], "{shown}");
    crate::staff_refunds::decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    world.settle().await;
    assert_eq!(told_of_line(&mut desk, "D2").await, "待退回", "the cashier has not paid it yet");
    let refund = desk.get("/refunds?needs_person=true").await["items"][0].clone();
    assert_eq!((refund["of_line"].as_bool(), refund["amount_fen"].as_i64()), (Some(true), Some(10_000)), "{refund}");
    let id = refund["id"].as_str().unwrap();
    let account = desk.post(&format!("/refunds/{id}/payee/reveal"), json!({})).await;
    assert_eq!(account["payee"]["account"], "6222000011112222", "the statement tells where it came from");
    desk.try_post(&format!("/refunds/{id}/confirm"), json!({ "reference_no": "BANK-9" })).await.expect(204);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()), "the order itself is as it was");
    assert_eq!(world.number("SELECT CAST(SUM(refunded_fen) AS bigint) FROM orders").await, 0);
    assert_eq!(line(&mut desk, &second["id"]).await["returns"][0]["state"], "success");
    assert_eq!(told_of_line(&mut desk, "D2").await, "已退回");
    assert_eq!(told_of_line(&mut desk, "D1").await, "已认领", "the one that paid the order");
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    assert!(messages.contains("正在由银行退回：重复转账"), "{messages}");
    assert!(messages.contains("100.00 元 已由银行转账退到尾号 2222 的账户"), "{messages}");

    // An order that still waits is paid with it instead.
    let (_, _, waiting) = transfer_order(&world, 7_000).await;
    lines(&world, &desk, &["2026-08-06,5.00,某个人,检验费,D3"]).await;
    let third = desk.get("/bank/transactions?q=D3").await["items"][0].clone();
    let path = format!("/bank/transactions/{}/return", third["id"].as_str().unwrap());
    let body = json!({ "order_id": waiting, "amount_fen": 500, "reason": "退回" });
    desk.try_post(&path, body).await.refused(409, "order_waits_for_money");
}

#[tokio::test]
async fn a_claim_that_was_wrong_can_be_taken_back() {
    let world = World::start().await;
    let (unit, phone, wrong) = transfer_order(&world, 50_000).await;
    let right = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 20_000).await;
    world.settle().await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,200.00,某个人,检验费,U1"]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    claim(&mut desk, &open, json!([{ "order_id": wrong, "amount_fen": 20_000 }])).await.expect(200);
    let taken = line(&mut desk, &open["id"]).await;
    undo(&mut desk, &taken["claims"][0], " ").await.refused(422, "reason_missing");
    let free = undo(&mut desk, &taken["claims"][0], "认错订单").await.expect(200);
    assert_eq!((free["state"].as_str(), free["rest_fen"].as_i64()), (Some("open"), Some(20_000)));
    undo(&mut desk, &taken["claims"][0], "再来一次").await.refused(409, "claim_undone");
    assert_eq!(order_page(&world, &phone, &wrong).await["received_fen"], 0);
    claim(&mut desk, &open, json!([{ "order_id": right, "amount_fen": 20_000 }])).await.expect(200);
    // Both orders at once, or none: the first is paid already.
    lines(&world, &desk, &["2026-08-03,300.00,某个人,检验费,U2"]).await;
    let next = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    let both = json!([{ "order_id": wrong, "amount_fen": 10_000 }, { "order_id": right, "amount_fen": 10_000 }]);
    assert!(claim(&mut desk, &next, both).await.status.is_client_error());
    assert_eq!(order_page(&world, &phone, &wrong).await["received_fen"], 0);
    assert_eq!(line(&mut desk, &next["id"]).await["rest_fen"], 30_000);
}

#[tokio::test]
async fn an_order_paid_by_mistake_waits_again_while_its_receipt_cannot_be_made() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 20_000).await;
    world.settle().await;
    world.wechat.faults().set(|faults| faults.invoice_error = Some("单位已注销".to_owned()));
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,200.00,某个人,检验费,W1"]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 20_000 }])).await.expect(200);
    world.settle().await;
    world.pass_minutes(5).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "failed");
    let taken = line(&mut desk, &open["id"]).await;
    undo(&mut desk, &taken["claims"][0], "是另一家单位的款").await.expect(200);
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("pending_payment"), Some(0)));
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'locked'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);
    world.wechat.faults().clear();
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 20_000 }])).await.expect(200);
    world.settle().await;
    world.pass_minutes(5).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued", "paid and receipted once more");
}

#[tokio::test]
async fn a_claim_that_paid_an_order_on_a_closed_day_is_not_taken_back() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 20_000).await;
    world.settle().await;
    // Without this the receipt alone would hold it.
    world.wechat.faults().set(|faults| faults.invoice_error = Some("单位已注销".to_owned()));
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,200.00,某个人,检验费,Z1"]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 20_000 }])).await.expect(200);
    world.settle().await;
    world.pass_minutes(5).await;
    let taken = line(&mut desk, &open["id"]).await;
    let day = "INSERT INTO reconciliation_days (day, state, channel_count, channel_fen, channel_refund_fen, charge_fen, books_count, \
               books_fen, books_refund_fen, run_at) VALUES ('2026-08-03', 'closed', 0, 0, 0, 0, 0, 0, 0, 0)";
    world.tamper(day).await;
    let refused = undo(&mut desk, &taken["claims"][0], "认错订单").await;
    assert!(refused.text().contains("请按退款办理"), "{}", refused.text());
    refused.refused(409, "day_closed");
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("paid"), Some(20_000)));
    world.tamper("UPDATE reconciliation_days SET state = 'balanced'").await;
    undo(&mut desk, &taken["claims"][0], "认错订单").await.expect(200);
    assert_eq!(order_page(&world, &phone, &order).await["state"], "pending_payment");
}

#[tokio::test]
async fn a_claim_of_a_part_is_not_taken_back_once_its_day_is_closed() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 50_000).await;
    world.settle().await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,200.00,某个人,检验费,Y1"]).await;
    let open = desk.get("/bank/transactions?state=open").await["items"][0].clone();
    claim(&mut desk, &open, json!([{ "order_id": order, "amount_fen": 20_000 }])).await.expect(200);
    let taken = line(&mut desk, &open["id"]).await;
    let day = "INSERT INTO reconciliation_days (day, state, channel_count, channel_fen, channel_refund_fen, charge_fen, books_count, \
               books_fen, books_refund_fen, run_at) VALUES ('2026-08-03', 'closed', 0, 0, 0, 0, 0, 0, 0, 0)";
    world.tamper(day).await;
    let refused = undo(&mut desk, &taken["claims"][0], "认错订单").await;
    assert!(
        refused.text().contains("2026-08-03 认领") && refused.text().contains("请按退款办理"),
        "{}",
        refused.text()
    );
    refused.refused(409, "day_closed");
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("pending_payment"), Some(20_000)));
    assert_eq!(line(&mut desk, &open["id"]).await["rest_fen"], 0, "the line has nothing of it");

    // Paid on the next day, which is open: what came before still stands on the closed one.
    world.wechat.faults().set(|faults| faults.invoice_error = Some("单位已注销".to_owned()));
    world.pass_minutes(24 * 60).await;
    let mut desk = world.staff("cashier2", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-04,300.00,某个人,检验费,Y2"]).await;
    let rest = desk.get("/bank/transactions?q=Y2").await["items"][0].clone();
    claim(&mut desk, &rest, json!([{ "order_id": order, "amount_fen": 30_000 }])).await.expect(200);
    world.settle().await;
    world.pass_minutes(5).await;
    undo(&mut desk, &taken["claims"][0], "认错订单").await.refused(409, "day_closed");
    let second = line(&mut desk, &rest["id"]).await;
    undo(&mut desk, &second["claims"][0], "认错订单").await.expect(200);
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 20_000);
    // Open again, it may be corrected.
    world.tamper("UPDATE reconciliation_days SET state = 'balanced'").await;
    undo(&mut desk, &taken["claims"][0], "认错订单").await.expect(200);
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 0);
}

#[tokio::test]
async fn a_layout_that_nobody_knows_is_explained_once() {
    let world = World::start().await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let csv = "某某村镇银行\nwhen;how much;who;why\n03/08/2026;605.00;示例物业;检验费\n".replace(';', ",");
    let asked = statement(&world, &desk, csv.as_bytes()).await;
    assert_eq!(asked["state"], "needs_mapping");
    assert_eq!(asked["needs_mapping"]["first_rows"][1][0], "when");
    let mapping = json!({ "header_row": 2, "booked_on": "when", "amount": "how much", "payer_name": "who", "remark": "why", "date_format": "dmy" });
    let path = format!("/bank/statements/{}/mapping", asked["id"].as_str().unwrap());
    let mut wrong = mapping.clone();
    wrong["remark"] = json!("nowhere");
    desk.try_post(&path, json!({ "mapping": wrong })).await.refused(422, "mapping_does_not_fit");
    let done = desk.post(&path, json!({ "mapping": mapping, "save_as": "村镇银行" })).await;
    assert_eq!((done["state"].as_str(), done["new"].as_i64()), (Some("imported"), Some(1)));
    assert_eq!(desk.get("/bank/mappings").await["items"][0]["name"], "村镇银行");
    // The next file of that bank needs nobody, even with more rows above its header.
    let next = statement(&world, &desk, format!("电子回单\n{}", csv.replace("03/08", "04/08")).as_bytes()).await;
    assert_eq!((next["state"].as_str(), next["new"].as_i64()), (Some("imported"), Some(1)), "{next}");
    assert_eq!(desk.get("/bank/transactions").await["items"][0]["booked_on"], "2026-08-04");
}

#[tokio::test]
async fn gbk_files_bad_lines_and_garbage_are_told_apart() {
    let world = World::start().await;
    let desk = world.staff("cashier", &[Role::Cashier]).await;
    let text = format!(
        "账号：,6222000000000000018\n{HEADER}\n2026-08-03,100.00,重庆某某公司,检验费,G1\n2026-08-32,1.00,甲,x,G2\n,,,,\n合计,101.00,,,\n"
    );
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    let done = statement(&world, &desk, &gbk).await;
    assert_eq!((done["new"].as_i64(), done["rejected"].as_i64()), (Some(1), Some(2)), "{done}");
    assert_eq!(done["account_masked"], "6222***********0018");
    let mut caller = desk.caller.clone();
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xls\"\r\n\r\n\u{1}\r\n--x--\r\n";
    let reply = caller
        .send(
            Method::POST,
            "/staff/v1/bank/statements",
            Some("multipart/form-data; boundary=x"),
            body.as_bytes().to_vec(),
        )
        .await;
    assert!(!reply.status.is_server_error(), "{}", reply.text());
    let mut clerk = world.staff("clerk", &[Role::ReportClerk]).await;
    clerk.caller.get("/staff/v1/bank/transactions").await.refused(403, "not_permitted");
}

#[tokio::test]
async fn a_part_of_a_line_is_taken_once_when_the_form_is_sent_again() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    lines(&world, &desk, &["2026-08-03,900.00,母公司代付,往来款,PART-1"]).await;
    let open = desk.get("/bank/transactions?q=PART-1").await["items"][0].clone();
    assert_eq!(open["rest_fen"], 90_000, "{open}");
    let path = format!("/bank/transactions/{}/claims", open["id"].as_str().unwrap());
    let form = json!({ "claims": [{ "order_id": order, "amount_fen": 30_000 }], "expected_rest_fen": 90_000 });
    desk.post(&path, form.clone()).await;
    let again = desk.try_post(&path, form).await;
    assert!(again.text().contains("600.00"), "{}", again.text());
    again.refused(409, "line_changed");
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 30_000);
    assert_eq!(world.number("SELECT COUNT(*) FROM bank_claims").await, 1);
    let rest = json!({ "claims": [{ "order_id": order, "amount_fen": 60_000 }], "expected_rest_fen": 60_000 });
    assert_eq!(desk.post(&path, rest).await["rest_fen"], 0);
}

#[tokio::test]
async fn money_at_the_counter_counts_in_parts_and_stops_the_code() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 30_000).await;
    world.settle().await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let path = format!("/orders/{order}/counter-payments");
    let first = window.post(&path, crate::window::cash(10_000)).await;
    assert_eq!((first["state"].as_str(), first["missing_fen"].as_i64()), (Some("pending_payment"), Some(20_000)));
    window.try_post(&path, crate::window::card(20_001)).await.refused(422, "claim_too_large");
    let mut slip = crate::window::card(20_000);
    slip["receipt_no"] = json!("000123");
    let second = window.post(&path, slip).await;
    assert_eq!((second["state"].as_str(), second["payment"]["taken_by"].as_str()), (Some("paid"), Some("员工window")));
    world.settle().await;
    assert!(world.wechat.payment_codes()[0].cancelled);
    window.try_post(&path, crate::window::cash(1)).await.refused(409, "order_paid");
    let page = order_page(&world, &phone, &order).await;
    assert!(page["timeline"].as_array().unwrap().iter().any(|step| step["by"] == "工作人员"), "{page}");
    assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'counter.received'").await, 2);
}
