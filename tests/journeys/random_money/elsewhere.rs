//! Steps of money that comes another way than WeChat.

use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tejian::staff::Role;

use super::some_order;
use crate::bank::statement;
use crate::staff_world::Desk;
use crate::uploads::{photo, send_whole};
use crate::world::{Phone, World};

/// What a bank would remember.
#[derive(Default)]
pub struct Books {
    lines: Vec<String>,
}

/// Sessions of staff end by themselves: whoever acts has just signed in.
pub async fn somebody(world: &World, step: usize, role: Role) -> Desk {
    world.staff(&format!("m{step:04}"), &[role]).await
}

/// One random step.
pub async fn step_elsewhere(world: &World, phone: &Phone, books: &mut Books, random: &mut StdRng, step: usize) {
    match random.random_range(0..22) {
        0..=2 => bank_brings_money(world, books, random, step).await,
        3 => claim_something(world, random, step).await,
        4 => undo_something(world, random, step).await,
        5 | 6 => remit(world, phone, random).await,
        7 | 8 => decide(world, random, step).await,
        9 => take_at_counter(world, random, step).await,
        10 => switch(world, phone, random).await,
        13 => ask_for_credit(world, phone, random).await,
        16 => take_back_a_remittance(world, phone, random).await,
        17 | 18 => undo_at_counter(world, random, step).await,
        19 => return_a_line(world, random, step).await,
        14 | 15 => decide_credit(world, phone, random, step).await,
        11 => {
            // The price of something that nobody has ordered changes.
            world.tamper("UPDATE fees SET amount_fen = amount_fen + 100 WHERE state = 'payable'").await;
        }
        12 => {
            // The node that was at work is gone; another one takes over.
            world
                .tamper("UPDATE jobs SET run_at = run_at - 60000 WHERE locked_by IS NOT NULL AND state = 'waiting'")
                .await;
            let node = world.second_node().await;
            node.workers().run_due().await.expect("the other node works");
        }
        _ => world.pass_minutes(random.random_range(1..600)).await,
    }
}

pub async fn texts(world: &World, query: &str) -> Vec<String> {
    let reader = world.app.database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), query);
    let rows = reader.query_all_raw(statement).await.expect("a query");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

pub fn any<T: Clone>(random: &mut StdRng, from: &[T]) -> Option<T> {
    (!from.is_empty()).then(|| from[random.random_range(0..from.len())].clone())
}

/// A statement with a new line (or an old one once more): for a code or number that exists, over the right amount, less, or
/// more.
async fn bank_brings_money(world: &World, books: &mut Books, random: &mut StdRng, step: usize) {
    if random.random_bool(0.8) {
        let codes = "SELECT payment_code FROM payment_notices WHERE payment_code IS NOT NULL ORDER BY payment_code";
        let numbers = "SELECT order_no FROM orders ORDER BY order_no";
        let marks = texts(world, if random.random_bool(0.7) { codes } else { numbers }).await;
        let mark = any(random, &marks);
        let amounts = texts(world, "SELECT CAST(amount_fen AS text) FROM orders ORDER BY id").await;
        let Some(amount) = any(random, &amounts).and_then(|text| text.parse::<i64>().ok()) else { return };
        let amount = match random.random_range(0..6) {
            0 => (amount / 3).max(1),
            1 => amount + 500,
            _ => amount,
        };
        let yuan = format!("{}.{:02}", amount / 100, amount % 100);
        let payer = if random.random_bool(0.5) { "示例物业001有限公司" } else { "某个人" };
        books.lines.push(format!("2026-08-03,{yuan},{payer},检验费 {},S{step}", mark.unwrap_or_default()));
    }
    let Some(line) = any(random, &books.lines) else { return };
    let newest = books.lines.last().cloned().unwrap_or_default();
    let desk = somebody(world, step, Role::Cashier).await;
    let csv = format!("交易日期,贷方金额,对方户名,附言,交易流水号\n{newest}\n{line}\n");
    statement(world, &desk, csv.as_bytes()).await;
}

async fn claim_something(world: &World, random: &mut StdRng, step: usize) {
    let lines = texts(world, "SELECT id FROM bank_transactions WHERE rest_fen > 0 ORDER BY id").await;
    let (Some(line), Some(order)) = (any(random, &lines), some_order(world, random).await) else { return };
    let missing = format!("SELECT amount_fen - received_fen FROM orders WHERE id = '{order}'");
    let rest = format!("SELECT rest_fen FROM bank_transactions WHERE id = '{line}'");
    let (missing, rest) = (world.number(&missing).await, world.number(&rest).await);
    let amount = match random.random_range(0..4) {
        0 => random.random_range(1..=rest),
        _ => missing.min(rest),
    };
    let mut desk = somebody(world, step, Role::Cashier).await;
    let claims = json!({ "claims": [{ "order_id": order, "amount_fen": amount }] });
    let _any_answer = desk.try_post(&format!("/bank/transactions/{line}/claims"), claims).await;
}

async fn undo_something(world: &World, random: &mut StdRng, step: usize) {
    let claims = texts(world, "SELECT id FROM bank_claims WHERE state = 'live' ORDER BY id").await;
    let Some(claim) = any(random, &claims) else { return };
    let mut desk = somebody(world, step, Role::Cashier).await;
    let path = format!("/staff/v1/bank/claims/{claim}");
    let _any_answer = desk.caller.json(Method::DELETE, &path, &json!({ "reason": "认错了" })).await;
}

async fn remit(world: &World, phone: &Phone, random: &mut StdRng) {
    let orders = texts(world, "SELECT id FROM orders WHERE method = 'remitted' ORDER BY id").await;
    let Some(order) = any(random, &orders) else { return };
    let upload = send_whole(world, phone, "回单.png", photo(8, 8)).await.ok();
    // Over the whole, or over what is missing beside what came already.
    let told = if random.random_bool(0.5) { "amount_fen" } else { "amount_fen - received_fen" };
    let amount = world.number(&format!("SELECT {told} FROM orders WHERE id = '{order}'")).await;
    let body = json!({
        "payer_name": "示例物业001有限公司",
        "remitted_on": "2026-08-01",
        "amount_fen": amount,
        "reference_no": "2600000123",
        "proof_ids": [upload["id"]],
    });
    let path = format!("/api/v1/orders/{order}/remittance");
    let _any_answer = world.ask(phone, Method::PUT, &path, Some(body)).await;
    let _any_answer = world.post(phone, &format!("{path}/submit"), json!({})).await;
}

async fn decide(world: &World, random: &mut StdRng, step: usize) {
    let reviews = texts(world, "SELECT id FROM reviews WHERE state = 'open' AND kind = 'remittance' ORDER BY id").await;
    let Some(review) = any(random, &reviews) else { return };
    let verdict = if random.random_bool(0.6) { "approved" } else { "rejected" };
    let body: Value = json!({ "verdict": verdict, "opinion": "看过了" });
    let mut desk = somebody(world, step, Role::FinanceReviewer).await;
    let path = format!("/reviews/{review}/verdict");
    if random.random_bool(0.2) {
        // Two reviewers decide at the same moment.
        let mut other = somebody(world, 5_000 + step, Role::FinanceReviewer).await;
        let _any_answers = tokio::join!(desk.try_post(&path, body.clone()), other.try_post(&path, body));
    } else {
        let _any_answer = desk.try_post(&path, body).await;
    }
}

async fn take_at_counter(world: &World, random: &mut StdRng, step: usize) {
    let Some(order) = some_order(world, random).await else { return };
    let missing = world.number(&format!("SELECT amount_fen - received_fen FROM orders WHERE id = '{order}'")).await;
    let amount = if random.random_bool(0.5) { missing } else { (missing / 2).max(1) };
    let mut desk = somebody(world, step, Role::CounterClerk).await;
    let body = crate::window::cash(amount);
    let _any_answer = desk.try_post(&format!("/orders/{order}/counter-payments"), body).await;
}

async fn take_back_a_remittance(world: &World, phone: &Phone, random: &mut StdRng) {
    let orders = texts(world, "SELECT order_id FROM remittances WHERE state = 'submitted' ORDER BY id").await;
    let Some(order) = any(random, &orders) else { return };
    let _any_answer = world.post(phone, &format!("/api/v1/orders/{order}/remittance/withdraw"), json!({})).await;
}

/// Somebody asks to undo a payment at the window, and somebody else decides on one such question.
async fn undo_at_counter(world: &World, random: &mut StdRng, step: usize) {
    let payments = texts(world, "SELECT id FROM counter_payments ORDER BY id").await;
    if let Some(payment) = any(random, &payments) {
        let mut desk = somebody(world, step, Role::CounterClerk).await;
        let path = format!("/counter-payments/{payment}/undo");
        let _any_answer = desk.try_post(&path, json!({ "reason": "收错了" })).await;
    }
    decide_one(world, random, step, "counter_undo").await;
}

/// Somebody asks to give money of a line back to its sender, and somebody else decides on one such question.
async fn return_a_line(world: &World, random: &mut StdRng, step: usize) {
    let lines = texts(world, "SELECT id FROM bank_transactions WHERE rest_fen > 0 ORDER BY id").await;
    if let (Some(line), Some(order)) = (any(random, &lines), some_order(world, random).await) {
        let rest = world.number(&format!("SELECT rest_fen FROM bank_transactions WHERE id = '{line}'")).await;
        let mut desk = somebody(world, step, Role::Cashier).await;
        desk.step_up(world).await;
        let body = json!({ "order_id": order, "amount_fen": random.random_range(1..=rest), "reason": "重复转账" });
        let _any_answer = desk.try_post(&format!("/bank/transactions/{line}/return"), body).await;
    }
    decide_one(world, random, step, "line_return").await;
}

async fn decide_one(world: &World, random: &mut StdRng, step: usize, kind: &str) {
    let open = format!("SELECT id FROM reviews WHERE kind = '{kind}' AND state = 'open' ORDER BY id");
    let Some(review) = any(random, &texts(world, &open).await) else { return };
    let mut reviewer = somebody(world, step + 5_000, Role::FinanceReviewer).await;
    reviewer.step_up(world).await;
    let verdict = if random.random_bool(0.8) { "approved" } else { "rejected" };
    let body = json!({ "verdict": verdict, "opinion": "看过了" });
    let _any_answer = reviewer.try_post(&format!("/reviews/{review}/verdict"), body).await;
}

async fn switch(world: &World, phone: &Phone, random: &mut StdRng) {
    let Some(order) = some_order(world, random).await else { return };
    let method = ["online", "transfer", "remitted"][random.random_range(0..3)];
    let _any_answer = world.post(phone, &format!("/api/v1/orders/{order}/method"), json!({ "method": method })).await;
}

async fn ask_for_credit(world: &World, phone: &Phone, random: &mut StdRng) {
    let fees = world.get(phone, "/api/v1/fees").await.ok();
    let all: Vec<Value> = fees["items"].as_array().expect("a list").iter().map(|fee| fee["id"].clone()).collect();
    let chosen: Vec<Value> = all.into_iter().filter(|_| random.random_bool(0.5)).collect();
    let day = ["2026-08-04", "2026-08-10", "2026-09-30"][random.random_range(0..3)];
    let body = json!({ "fee_ids": chosen, "reason": "月底付款", "proposed_due_on": day });
    let _any_answer = world.post(phone, "/api/v1/credit-requests", body).await;
}

async fn decide_credit(world: &World, phone: &Phone, random: &mut StdRng, step: usize) {
    let waiting = "SELECT subject_id FROM reviews WHERE state = 'open' AND kind = 'credit' ORDER BY id";
    let Some(credit) = any(random, &texts(world, waiting).await) else { return };
    if random.random_bool(0.2) {
        let path = format!("/api/v1/credit-requests/{credit}/withdraw");
        let _any_answer = world.post(phone, &path, json!({})).await;
        return;
    }
    let review = texts(world, &format!("SELECT id FROM reviews WHERE subject_id = '{credit}'")).await.remove(0);
    let verdict = if random.random_bool(0.7) { "approved" } else { "rejected" };
    let body = json!({ "verdict": verdict, "opinion": "看过了" });
    let mut desk = somebody(world, step, Role::FinanceManager).await;
    let _any_answer = desk.try_post(&format!("/reviews/{review}/verdict"), body).await;
}

/// People finish their work: every remittance is decided, every order that has a part of its money gets the rest.
pub async fn finish_what_is_begun(world: &World) {
    let mut reviewer = somebody(world, 9_001, Role::FinanceManager).await;
    let undecided = "SELECT id FROM reviews WHERE state = 'open' AND kind IN ('remittance', 'credit') ORDER BY id";
    for review in texts(world, undecided).await {
        let body = json!({ "verdict": "rejected", "opinion": "没有到账" });
        reviewer.try_post(&format!("/reviews/{review}/verdict"), body).await.expect(200);
    }
    let mut clerk = somebody(world, 9_002, Role::CounterClerk).await;
    let begun = "SELECT id FROM orders WHERE state IN ('pending_payment', 'paying') AND received_fen > 0 ORDER BY id";
    for order in texts(world, begun).await {
        let missing = world.number(&format!("SELECT amount_fen - received_fen FROM orders WHERE id = '{order}'")).await;
        let body = crate::window::card(missing);
        clerk.try_post(&format!("/orders/{order}/counter-payments"), body).await.expect(201);
    }
}
