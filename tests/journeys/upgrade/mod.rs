//! From the release before to this one, with its data, beside its nodes. `rows.jsonl` is what the program of that release
//! left behind after a day of its own (orders paid, transferred, remitted, on credit; receipts, messages, events; phones
//! sealed), `schema.txt` the tables and columns that it knew. Its program is not here: what stands for a node of it is
//! [`old_node`], with the statements of that release.

mod before;
mod old_node;
mod rules;

use std::cell::Cell;
use std::collections::BTreeMap;

use foundation::clock::{Clock, SystemClock};
use foundation::scratch::ScratchDatabase;
use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::caller::Caller;
use crate::seed::checkout;
use crate::staff_refunds::{approve, let_it_happen, propose};
use crate::world::World;

use old_node::OldNode;

/// A person of the fixture, with what he signs in with.
const PHONE: &str = "13900000001";
const PASSWORD: &str = "demo2026";

/// A node of this release over the data of the release before, an hour later.
async fn upgraded() -> World {
    served_by_this_release(before::database().await).await
}

async fn served_by_this_release(database: ScratchDatabase) -> World {
    let world = World::start_over(database, |_| (), |_| ()).await;
    let last = world.number("SELECT MAX(updated_at) FROM orders").await;
    world.clock.advance_ms(last + 3_600_000 - world.app.now_ms());
    world
}

async fn signed_in(world: &World) -> Caller {
    let mut payer = Caller::in_wechat(&world.base_url);
    let body = json!({ "login": PHONE, "password": PASSWORD });
    payer.post("/api/v1/session/password", &body).await.expect(200);
    payer
}

async fn choose(payer: &mut Caller, unit: &Value) {
    let chosen = payer.json(Method::PUT, "/api/v1/session/unit", &json!({ "unit_id": unit })).await;
    assert!(chosen.status.is_success(), "{}", chosen.text());
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a page")
}

/// A payable fee of the first of his units that has one; he acts for it from now on.
async fn something_owed(payer: &mut Caller) -> Value {
    let session = payer.get("/api/v1/session").await.expect(200);
    for unit in session["units"].as_array().expect("units") {
        choose(payer, &unit["id"]).await;
        if let Some(fee) = items(&payer.get("/api/v1/fees").await.expect(200)).first() {
            return fee.clone();
        }
    }
    panic!("nothing is owed: {session}")
}

#[tokio::test]
async fn after_the_upgrade_people_sign_in_see_what_is_theirs_and_pay_it() {
    let world = upgraded().await;
    let reader = &world.app.database;
    assert_eq!(reader.pending_migrations().await.expect("an answer"), 0);
    for (table, count) in before::counts() {
        let rows = world.number(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert!(rows >= count, "{table} had {count} rows and has {rows}");
    }
    let mut officer = world.staff("zhuguan", &[Role::FinanceManager]).await;
    let payable = officer.get("/dashboard").await["payable"].clone();
    let owed = "SELECT CAST(SUM(amount_fen) AS bigint) FROM fees WHERE state = 'payable'";
    assert_eq!(payable["amount_fen"], world.number(owed).await, "what was owed before is in the total: {payable}");
    let mut payer = signed_in(&world).await;
    let fee = something_owed(&mut payer).await;
    let (id, amount) = (fee["id"].as_str().expect("an id").to_owned(), fee["amount_fen"].as_i64().expect("fen"));
    assert!(!items(&payer.get("/api/v1/reports").await.expect(200)).is_empty(), "reports of before");
    let made = payer.post("/api/v1/checkouts", &checkout("key-00000001", &[id], amount)).await.expect(201);
    let order = made["orders"][0]["id"].as_str().expect("an order").to_owned();
    let opened = json!({ "key": "tap-00000001", "channel": "native" });
    let payment = payer.post(&format!("/api/v1/orders/{order}/payments"), &opened).await;
    assert!(payment.status.is_success(), "{}", payment.text());
    let payment = payment.value();
    world.wechat.pay_native("oScanner", payment["code_url"].as_str().expect("a code")).await.expect("paid");
    world.settle().await;
    let state = payer.get(&format!("/api/v1/orders/{order}/payment-state")).await.expect(200);
    assert_eq!(state["state"], "paid");
    assert_eq!(
        world.number(&format!("SELECT COUNT(*) FROM reports WHERE order_id = '{order}' AND released_at IS NULL")).await,
        0
    );
    whole_refund(&world, &order, amount).await;
}

/// Two people send the money back.
async fn whole_refund(world: &World, order: &str, amount: i64) {
    let mut cashier = world.staff("tuikuan", &[Role::Cashier]).await;
    let mut reviewer = world.staff("fuhe", &[Role::FinanceReviewer]).await;
    let review = propose(world, &mut cashier, order, amount).await;
    approve(world, &mut reviewer, &review).await;
    let_it_happen(world).await;
    let refunded = format!(
        "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS bigint) FROM refunds WHERE order_id = '{order}' AND state = 'success'"
    );
    assert_eq!(world.number(&refunded).await, amount);
}

#[tokio::test]
async fn orders_that_the_release_before_left_open_can_be_paid_or_given_up() {
    let world = upgraded().await;
    let mut payer = signed_in(&world).await;
    let units = payer.get("/api/v1/session").await.expect(200);
    let mut open = Vec::new();
    for unit in units["units"].as_array().expect("units") {
        choose(&mut payer, &unit["id"]).await;
        let page = payer.get("/api/v1/orders?tab=pending_payment").await.expect(200);
        open.extend(
            items(&page).iter().map(|order| (unit["id"].clone(), order["id"].clone(), order["method"].clone())),
        );
    }
    let (unit, order, _) = open.iter().find(|(_, _, method)| method == "online").expect("an open order of before");
    choose(&mut payer, unit).await;
    let order = order.as_str().expect("an id");
    let void = payer.post(&format!("/api/v1/orders/{order}/void"), &json!({ "reason": "不缴了" })).await;
    assert!(void.status.is_success(), "{}", void.text());
    world.pass_minutes(5 * 24 * 60).await;
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM orders WHERE state IN ('pending_payment', 'paying') AND method = 'online'")
            .await,
        0
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM jobs WHERE state = 'dead'").await,
        0,
        "no job of before was given up"
    );
}

#[tokio::test]
async fn what_the_release_before_reads_and_writes_still_works_on_the_schema_of_now() {
    let database = before::database().await;
    let connected = before::connect(&database).await;
    connected.migrate().await.expect("the upgrade");
    let rewritten = before::rewrite_everything(connected.reader()).await;
    assert!(rewritten >= 45, "{rewritten} tables had rows");
    assert_eq!(connected.pending_migrations().await.expect("an answer"), 0);
}

/// The whole of a list, page by page: each row by its id.
async fn all_of(caller: &mut Caller, list: &str) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = caller.get(&format!("{list}?limit=100{after}")).await.expect(200);
        for row in items(&page) {
            rows.insert(row["id"].as_str().expect("an id").to_owned(), row.clone());
        }
        let Some(next) = page["next"].as_str() else { return rows };
        after = format!("&after={next}");
    }
}

/// Expansion only: no change of the schema so far takes anything away that the release before uses (`rules.rs` holds them to
/// it), so there is no contraction to be tried beside an old node. Whoever writes the first one tries it here.
#[tokio::test]
async fn what_a_node_of_the_release_before_writes_during_the_upgrade_is_there_afterwards() {
    let database = before::database().await;
    let connected = before::connect(&database).await;
    let mut node = OldNode::new(connected.clone()).await;
    assert!(node.work().await && node.work().await, "nothing is in its way before");
    let upgrading = before::connect(&database).await;
    let is_over = Cell::new(false);
    let upgrade = async {
        let upgraded = upgrading.migrate().await;
        is_over.set(true);
        upgraded
    };
    let meanwhile = async {
        while !is_over.get() {
            node.work().await;
        }
    };
    let (upgraded, ()) = tokio::join!(upgrade, meanwhile);
    upgraded.expect("the upgrade");
    assert_eq!(connected.pending_migrations().await.expect("an answer"), 0);
    assert!(node.work().await && node.work().await, "nothing is in its way afterwards");

    let world = served_by_this_release(database).await;
    let mut payer = signed_in(&world).await;
    choose(&mut payer, &json!(node.unit().await)).await;
    let (fees, orders) = (all_of(&mut payer, "/api/v1/fees").await, all_of(&mut payer, "/api/v1/orders").await);
    let mut payable = None;
    for round in &node.rounds {
        match (&round.fee, &round.order) {
            (Some(fee), None) => {
                let found = fees.get(fee).unwrap_or_else(|| panic!("{fee} is gone"));
                assert_eq!(found["amount_fen"], node.amount_fen(), "{found}");
                payable = Some(fee.clone());
            }
            (Some(fee), Some(order)) => {
                assert!(!fees.contains_key(fee), "{fee} is in an order and payable all the same");
                let found = orders.get(order).unwrap_or_else(|| panic!("{order} is gone"));
                assert_eq!(found["amount_fen"], node.amount_fen(), "{found}");
                assert_eq!(found["state"], if round.is_paid { "paid" } else { "pending_payment" }, "{found}");
            }
            (None, _) => assert!(round.is_refused, "a round without a fee was refused"),
        }
    }
    let mut officer = world.staff("zhuguan", &[Role::FinanceManager]).await;
    let told = officer.get("/dashboard").await["payable"].clone();
    let owed = "SELECT CAST(SUM(amount_fen) AS bigint) FROM fees WHERE state = 'payable'";
    assert_eq!(told["amount_fen"], world.number(owed).await, "no fee of the old node is missing in the total: {told}");
    let fee = payable.expect("the last round posted a fee");
    let made = payer.post("/api/v1/checkouts", &checkout("key-00000001", &[fee], node.amount_fen())).await.expect(201);
    assert!(made["orders"][0]["id"].is_string(), "what the old node posted can be ordered: {made}");
}

#[tokio::test]
async fn two_nodes_may_upgrade_at_the_same_time() {
    let database = before::database().await;
    let (first, second) = tokio::join!(before::connect(&database), before::connect(&database));
    if first.is_sqlite() {
        // One node alone has a file; it upgrades before it serves.
        first.migrate().await.expect("the upgrade");
    } else {
        let (one, other) = tokio::join!(first.migrate(), second.migrate());
        one.expect("the first");
        other.expect("the second");
    }
    assert_eq!(second.pending_migrations().await.expect("an answer"), 0);
}

#[tokio::test]
async fn passwords_of_officers_grow_old_from_the_upgrade_on_and_nobody_is_asked_for_another_at_once() {
    // The database's clock, to the second.
    let before_ms = SystemClock.now_ms() - 1_000;
    let world = upgraded().await;
    assert!(world.number("SELECT COUNT(*) FROM staff_accounts").await > 10);
    let older = format!(
        "SELECT COUNT(*) FROM staff_accounts WHERE password_changed_at IS NULL OR password_changed_at < {before_ms}"
    );
    assert_eq!(world.number(&older).await, 0);
}
