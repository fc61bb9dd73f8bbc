//! Random lives of some orders: taps, payments, notices lost or doubled, closes, expiry; transfers in parts and too large,
//! claims and their undo, remittances approved, rejected and taken back, money at the counter and its undo, transfers that go
//! back to their sender, money that goes back in parts and whole by decision, accounts written down for it, partly paid orders
//! voided with it, receipts all the while; reports on credit; prices that change; crashes between steps. Whatever happens, the
//! money invariants hold. The seed is printed; `TEJIAN_MONEY_SEED` replays it.

mod elsewhere;
mod invariants;
mod refunds;
mod rules;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use elsewhere::{Books, finish_what_is_begun, step_elsewhere};
use invariants::{books_equal_channel, invariants_hold, nothing_is_open};
use refunds::{finish_refunds, pay_something_out, refund_something};

use crate::seed::{Class, checkout};
use crate::world::{Phone, World};

const STEPS: usize = 60;

#[tokio::test]
async fn the_books_are_right_whatever_happens() {
    let seed = std::env::var("TEJIAN_MONEY_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("TEJIAN_MONEY_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.seed_fees(&unit, Class::Nontax, &[60_500, 126_500, 1]).await;
    world.seed_fees(&unit, Class::Vat, &[30_000, 20_000]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut books = Books::default();
    for step in 0..STEPS {
        if random.random_bool(0.1) {
            refund_something(&world, &mut random, step).await;
        } else if random.random_bool(0.05) {
            pay_something_out(&world, &mut random, step).await;
        } else if random.random_bool(0.5) {
            random_step(&world, &phone, &mut random, step).await;
        } else {
            step_elsewhere(&world, &phone, &mut books, &mut random, step).await;
        }
        invariants_hold(&world).await;
    }
    // Time heals: every open question is answered, every refund made, every unpaid order voided.
    world.wechat.faults().clear();
    world.pass_minutes(24 * 60).await;
    finish_what_is_begun(&world).await;
    finish_refunds(&world).await;
    for _ in 0..7 {
        world.pass_minutes(6 * 24 * 60).await;
    }
    invariants_hold(&world).await;
    nothing_is_open(&world).await;
    println!("orders paid and refunds: {} {}", world.wechat.transactions().len(), world.wechat.refunds().len());
    books_equal_channel(&world).await;
}

async fn random_step(world: &World, phone: &Phone, random: &mut StdRng, step: usize) {
    match random.random_range(0..15) {
        0 | 1 => order_something(world, phone, random, step).await,
        2..=4 => {
            if let Some(order) = some_order(world, random).await {
                let channel = if random.random_bool(0.5) { "jsapi" } else { "native" };
                let body = json!({ "key": format!("tap-{step:08}"), "channel": channel });
                let _any_answer = world.post(phone, &format!("/api/v1/orders/{order}/payments"), body).await;
            }
        }
        5 | 6 => {
            let unpaid: Vec<String> = world.wechat.orders().iter().map(|order| order.out_trade_no.clone()).collect();
            if !unpaid.is_empty() {
                let number = &unpaid[random.random_range(0..unpaid.len())];
                let _may_be_closed = world.wechat.pay_at_channel_only(number, &phone.openid).await;
            }
        }
        7 => {
            if let Some(order) = some_order(world, random).await {
                let _any_answer = world.post(phone, &format!("/api/v1/orders/{order}/void"), json!({})).await;
            }
        }
        8 => {
            let doubled = random.random_range(0..3);
            let lost = random.random_range(0..2);
            world.wechat.faults().set(|faults| {
                faults.notice_duplicates = doubled;
                faults.notice_lost_next = lost;
            });
        }
        9 => world.wechat.faults().lose_answers(["/v3/pay", "/v3/refund"][random.random_range(0..2)], 1),
        10 => {
            // A node dies after claiming everything that is due.
            world
                .tamper("UPDATE jobs SET run_at = run_at + 60000, locked_by = 'wrk_dead' WHERE state = 'waiting'")
                .await;
        }
        11 | 12 => pay_behind_our_back(world, phone, random, step).await,
        13 => {
            if let Some(code) = some_code(world, random) {
                let _may_be_dead = world.wechat.pay_native(&phone.openid, &code.1).await;
            }
        }
        _ => world.pass_minutes(random.random_range(1..180)).await,
    }
}

/// A code that WeChat would still take money for: (our number, code).
fn some_code(world: &World, random: &mut StdRng) -> Option<(String, String)> {
    let payable: Vec<(String, String)> = world
        .wechat
        .orders()
        .into_iter()
        .filter(|order| order.state == simulator::TradeState::NotPay)
        .filter_map(|order| Some((order.out_trade_no, order.code_url?)))
        .collect();
    (!payable.is_empty()).then(|| payable[random.random_range(0..payable.len())].clone())
}

/// With us the attempt counts as closed (a restored backup, an operator's hand); perhaps the order is voided or paid
/// another way meanwhile; then the money comes after all.
async fn pay_behind_our_back(world: &World, phone: &Phone, random: &mut StdRng, step: usize) {
    let Some((number, code)) = some_code(world, random) else { return };
    world.wechat.faults().set(|faults| faults.notice_lost_next = 0);
    world
        .tamper(&format!(
            "UPDATE payment_attempts SET state = 'closed' WHERE out_trade_no = '{number}' AND state <> 'paid'"
        ))
        .await;
    world
        .tamper(
            "UPDATE orders SET state = 'pending_payment' WHERE state = 'paying' AND NOT EXISTS (SELECT 1 FROM payment_attempts a \
             WHERE a.order_id = orders.id AND a.state IN ('created', 'pending', 'closing'))",
        )
        .await;
    if let Some(order) = some_order(world, random).await {
        let path = format!("/api/v1/orders/{order}");
        let _any_answer = match random.random_range(0..3) {
            0 => world.post(phone, &format!("{path}/void"), json!({})).await,
            1 => {
                let body = json!({ "key": format!("back-{step:08}"), "channel": "native" });
                world.post(phone, &format!("{path}/payments"), body).await
            }
            _ => world.get(phone, &path).await,
        };
    }
    let _may_be_dead = world.wechat.pay_native(&phone.openid, &code).await;
}

async fn order_something(world: &World, phone: &Phone, random: &mut StdRng, step: usize) {
    let fees = world.get(phone, "/api/v1/fees").await.ok();
    if let Some(fee) = fees["items"].get(random.random_range(0..3)) {
        let ids = [fee["id"].as_str().unwrap().to_owned()];
        let amount = fee["amount_fen"].as_i64().unwrap();
        let other = if fee["receipt_class"] == "vat" { "remitted" } else { "transfer" };
        let mut request = checkout(&format!("key-{step:08}"), &ids, amount);
        request["method"] = json!(if random.random_bool(0.4) { "online" } else { other });
        let _any_answer = world.post(phone, "/api/v1/checkouts", request).await;
    }
}

async fn some_order(world: &World, random: &mut StdRng) -> Option<String> {
    use sea_orm::{ConnectionTrait, Statement};
    let reader = world.app.database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), "SELECT id FROM orders ORDER BY id");
    let rows = reader.query_all_raw(statement).await.unwrap();
    if rows.is_empty() {
        return None;
    }
    let row = &rows[random.random_range(0..rows.len())];
    Some(row.try_get_by_index(0).unwrap())
}
