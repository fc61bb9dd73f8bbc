//! Telling other systems: signed, repeated, replayed, and to be fetched.

use foundation::jobs::STRANGERS_PLACES;
use serde_json::{Value, json};
use tejian::staff::Role;
use tokio::sync::watch;

use crate::bank::statement;
use crate::paying::order_paid_in_wechat;
use crate::receiver::Receiver;
use crate::staff_refunds::{decide, let_it_happen};
use crate::staff_world::Desk;
use crate::transfers::{order_page, transfer_order};
use crate::world::World;

const HOUR_MINUTES: i64 = 60;

async fn private_world() -> World {
    World::start_with(|config| config.webhooks.allow_private = true).await
}

/// An operator who has just proved who he is.
async fn operator(world: &World) -> Desk {
    let mut operator = world.staff("operator", &[Role::IntegrationOperator]).await;
    operator.step_up(world).await;
    operator
}

/// A receiver that is written down, its id and its secret.
async fn listening(desk: &mut Desk, types: &[&str]) -> (Receiver, String, String) {
    let receiver = Receiver::start().await;
    let body = json!({ "url": receiver.url, "description": "业务系统", "event_types": types });
    let made = desk.post("/webhooks/endpoints", body).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (receiver, text(&made["endpoint"]["id"]), text(&made["secret"]))
}

/// So many events happened a minute ago, and nobody was told.
async fn happened_before(world: &World, count: i64) {
    let at = world.app.now_ms() - 60_000;
    let rows: Vec<String> = (1_000..1_000 + count)
        .map(|seq| format!("('evt_{seq}', {seq}, 'order.paid', 'ord_{seq}', '{{\"type\": \"order.paid\"}}', {at})"))
        .collect();
    let events = "INSERT INTO webhook_events (id, seq, kind, object_id, body, at) VALUES";
    world.tamper(&format!("{events} {}", rows.join(", "))).await;
}

/// Begins to tell a receiver everything of the last hour.
async fn tell_again(world: &World, desk: &mut Desk, endpoint: &str) -> Value {
    let to = world.app.now_ms();
    let range = json!({ "endpoint_id": endpoint, "from": to - 3_600_000, "to": to });
    desk.post("/webhooks/replay", range).await["count"].clone()
}

#[tokio::test]
async fn a_paid_order_is_told_signed_and_in_the_core_systems_own_words() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, _, secret) = listening(&mut desk, &[]).await;
    let (picky, ..) = listening(&mut desk, &["refund.succeeded"]).await;
    let order = order_paid_in_wechat(&world, 126_500).await;
    let seen = receiver.seen();
    let paid = seen.iter().find(|seen| seen.event()["type"] == "order.paid").expect("told");
    assert!(paid.is_signed_with(&secret));
    assert_eq!(paid.timestamp_s, world.app.now_ms() / 1_000);
    let event = paid.event();
    assert_eq!(event["id"], json!(paid.id));
    assert_eq!(event["timestamp"], "2026-08-03T02:01:00Z");
    assert_eq!(event["data"]["amount_fen"], 126_500);
    assert_eq!(event["data"]["fees"][0]["amount_fen"], 126_500);
    assert!(event["data"]["fees"][0]["fee_id"].as_str().is_some_and(|id| id.starts_with("fee_")), "{event}");
    assert!(event["data"]["unit"]["id"].as_str().is_some_and(|id| id.starts_with('U')), "{event}");
    world.pass_minutes(30).await;
    assert!(receiver.types().contains(&"invoice.issued".to_owned()));
    assert!(picky.seen().is_empty(), "it asked for refunds alone");
    let page = desk.get(&format!("/webhooks?state=delivered&object={order}&event_type=order.paid")).await;
    assert_eq!(page["items"][0]["last_status"], 204, "{page}");
    let detail = desk.get(&format!("/webhooks/{}", page["items"][0]["id"].as_str().unwrap())).await;
    assert_eq!((&detail["body"], &detail["tries"][0]["status"]), (&event, &json!(204)));
}

#[tokio::test]
async fn a_receiver_that_was_down_gets_the_event_later_under_the_same_id() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, id, _) = listening(&mut desk, &["order.paid"]).await;
    receiver.answer(&[500, 503]);
    order_paid_in_wechat(&world, 1).await;
    world.pass_minutes(1).await;
    world.pass_minutes(5).await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 3, "twice refused, then taken");
    assert!(seen.iter().all(|each| each.id == seen[0].id && each.body == seen[0].body));
    let page = desk.get(&format!("/webhooks?endpoint={id}")).await;
    assert_eq!((&page["items"][0]["state"], &page["items"][0]["attempts"]), (&json!("delivered"), &json!(3)));
    world.pass_minutes(30 * HOUR_MINUTES).await;
    assert!(receiver.seen().is_empty(), "what arrived is not sent again");
}

#[tokio::test]
async fn while_a_receiver_takes_nothing_one_event_tries_and_the_others_wait_without_losing_a_try() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, id, _) = listening(&mut desk, &["order.paid"]).await;
    happened_before(&world, 12).await;
    assert_eq!(tell_again(&world, &mut desk, &id).await, 12);
    receiver.answer(&[500; 100]);
    world.settle().await;
    let mut tries = receiver.seen().len();
    assert!(tries > 0, "those that were on their way when the first was refused");
    for minutes in [1, 2, 25] {
        // By now all of them are due at once.
        world.pass_minutes(minutes).await;
        assert_eq!(receiver.seen().len(), 1, "after {minutes} minutes");
        tries += 1;
    }
    receiver.recover();
    world.pass_minutes(31).await;
    world.pass_minutes(1).await;
    let seen = receiver.seen();
    let ids: std::collections::HashSet<&str> = seen.iter().map(|seen| seen.id.as_str()).collect();
    assert_eq!((seen.len(), ids.len()), (12, 12), "the others come soon after the first that arrived");
    tries += seen.len();
    let counted = world.number("SELECT CAST(SUM(attempts) AS BIGINT) FROM webhook_deliveries").await;
    assert_eq!(counted, tries as i64, "waiting is no try");
}

#[tokio::test]
async fn a_fresh_event_does_not_shorten_the_pause_of_a_receiver_that_has_taken_nothing_for_an_hour() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, id, _) = listening(&mut desk, &["order.paid"]).await;
    happened_before(&world, 1).await;
    tell_again(&world, &mut desk, &id).await;
    receiver.answer(&[500; 100]);
    world.settle().await;
    for minutes in [60, 11] {
        world.pass_minutes(minutes).await;
    }
    assert_eq!(receiver.seen().len(), 3);
    world.clock.advance_ms(11 * 60_000);
    order_paid_in_wechat(&world, 1).await;
    assert_eq!(receiver.seen().len(), 1, "the fresh one found the pause over");
    world.pass_minutes(1).await;
    assert!(receiver.seen().is_empty(), "its own first pause is five seconds, that of the receiver ten minutes");
    world.pass_minutes(11).await;
    assert_eq!(receiver.seen().len(), 1);
}

#[tokio::test]
async fn many_events_for_a_slow_receiver_take_few_places_of_a_node() {
    let world = World::start_with(|config| {
        config.webhooks.allow_private = true;
        config.webhooks.timeout_ms = 30_000;
    })
    .await;
    let mut desk = operator(&world).await;
    let (receiver, id, _) = listening(&mut desk, &["order.paid"]).await;
    happened_before(&world, 40).await;
    tell_again(&world, &mut desk, &id).await;
    receiver.hold();
    let (stop, stopped) = watch::channel(false);
    let workers = world.app.workers();
    let working = tokio::spawn(async move { workers.run_until(stopped).await });
    receiver.asked(STRANGERS_PLACES).await;
    let untouched = "SELECT COUNT(*) FROM jobs WHERE kind = 'webhooks.deliver' AND attempts = 0";
    assert_eq!(world.number(untouched).await, 40 - STRANGERS_PLACES as i64, "left to every node that has a place");
    stop.send_replace(true);
    receiver.let_go();
    working.await.expect("they stop");
    world.settle().await;
    assert_eq!(receiver.seen().len(), 40);
}

#[tokio::test]
async fn a_410_of_the_old_address_says_nothing_of_the_new_one() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (old, id, _) = listening(&mut desk, &["order.paid"]).await;
    let new = Receiver::start().await;
    happened_before(&world, 1).await;
    tell_again(&world, &mut desk, &id).await;
    old.answer(&[410]);
    old.hold();
    let change = json!({ "url": new.url, "event_types": ["order.paid"], "enabled": true });
    let moved_meanwhile = async {
        old.asked(1).await;
        desk.put(&format!("/webhooks/endpoints/{id}"), change).await.expect(200);
        old.let_go();
    };
    tokio::join!(world.settle(), moved_meanwhile);
    let listed = desk.get("/webhooks/endpoints").await["items"][0].clone();
    assert_eq!((&listed["enabled"], &listed["failing_since"]), (&json!(true), &Value::Null), "{listed}");
    world.pass_minutes(1).await;
    assert_eq!(new.types(), ["order.paid"], "what waited goes there");
}

#[tokio::test]
async fn what_nobody_takes_for_days_waits_for_a_person_who_replays_it() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, ..) = listening(&mut desk, &["order.paid"]).await;
    receiver.answer(&[500; 10]);
    order_paid_in_wechat(&world, 1).await;
    for minutes in [1, 5, 30, 120, 300, 600, 840, 1200, 1440] {
        world.pass_minutes(minutes).await;
    }
    assert_eq!(receiver.seen().len(), 10);
    let again = json!({ "login": "operator", "password": desk.password });
    desk.caller.post("/staff/v1/session", &again).await.expect(200);
    let code = world.code(&desk.secret);
    desk.caller.post("/staff/v1/session/totp", &json!({ "code": code })).await.expect(200);
    let task = desk.get("/worklist/items?desk=webhooks").await["items"][0].clone();
    assert_eq!(task["kind"], "订单已支付", "{task}");
    let delivery = task["id"].as_str().unwrap();
    assert_eq!(desk.get(&format!("/webhooks/{delivery}")).await["state"], "dead");
    let replayed = desk.post(&format!("/webhooks/{delivery}/replay"), json!({})).await;
    assert_eq!((&replayed["state"], &replayed["attempts"]), (&json!("waiting"), &json!(0)));
    world.settle().await;
    assert_eq!(receiver.types(), ["order.paid"]);
    assert_eq!(desk.get("/worklist/items?desk=webhooks").await["items"], json!([]));
}

#[tokio::test]
async fn a_stretch_of_time_is_told_again_also_to_a_receiver_that_came_later() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let from = world.app.now_ms();
    order_paid_in_wechat(&world, 1).await;
    world.clock.advance_ms(1);
    let to = world.app.now_ms();
    let (receiver, id, _) = listening(&mut desk, &["order.paid", "order.voided"]).await;
    world.settle().await;
    assert!(receiver.seen().is_empty(), "its events begin when it is written down");
    let range = json!({ "endpoint_id": id, "from": from, "to": to });
    assert_eq!(desk.post("/webhooks/replay", range.clone()).await["count"], 1);
    world.settle().await;
    assert_eq!(receiver.types(), ["order.paid"]);
    let undelivered = json!({ "endpoint_id": id, "from": from, "to": to, "only_undelivered": true });
    assert_eq!(desk.post("/webhooks/replay", undelivered).await["count"], 0, "it has everything");
    world.clock.advance_ms(1);
    assert_eq!(desk.post("/webhooks/replay", range).await["count"], 1, "but it may have lost it");
    world.settle().await;
    assert_eq!(receiver.types(), ["order.paid"]);
    let backwards = json!({ "endpoint_id": id, "from": to, "to": from });
    desk.try_post("/webhooks/replay", backwards).await.refused(422, "replay_range");
}

#[tokio::test]
async fn for_a_day_both_secrets_sign_and_then_the_new_one_alone() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, id, old) = listening(&mut desk, &["order.paid"]).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM webhook_endpoints WHERE secret LIKE '%whsec%'").await, 0);
    let new = desk.post(&format!("/webhooks/endpoints/{id}/rotate"), json!({})).await["secret"].clone();
    let new = new.as_str().unwrap();
    order_paid_in_wechat(&world, 1).await;
    let seen = receiver.seen();
    assert!(seen[0].is_signed_with(&old) && seen[0].is_signed_with(new) && old != new);
    let delivery = desk.get("/webhooks").await["items"][0]["id"].as_str().unwrap().to_owned();
    desk.post(&format!("/webhooks/{delivery}/replay"), json!({})).await;
    world.clock.advance_ms(25 * 3_600_000);
    world.settle().await;
    let seen = receiver.seen();
    assert!(!seen[0].is_signed_with(&old) && seen[0].is_signed_with(new));
}

#[tokio::test]
async fn a_receiver_that_is_gone_or_switched_off_is_left_alone() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (gone, id, _) = listening(&mut desk, &["order.paid"]).await;
    let (off, off_id, _) = listening(&mut desk, &["order.paid"]).await;
    let change = json!({ "url": off.url, "event_types": ["order.paid"], "enabled": false });
    let changed = desk.put(&format!("/webhooks/endpoints/{off_id}"), change).await.expect(200);
    assert_eq!(changed["enabled"], false);
    gone.answer(&[410]);
    order_paid_in_wechat(&world, 1).await;
    world.pass_minutes(10).await;
    assert_eq!((gone.seen().len(), off.seen().len()), (1, 0));
    let endpoints = desk.get("/webhooks/endpoints").await;
    let listed = endpoints["items"].as_array().unwrap().iter().find(|each| each["id"] == json!(id)).unwrap().clone();
    assert_eq!(listed["enabled"], false, "{listed}");
    assert!(listed["disabled_reason"].as_str().unwrap().contains("410"));
    let delivery = desk.get("/webhooks?state=dead").await["items"][0]["id"].as_str().unwrap().to_owned();
    desk.try_post(&format!("/webhooks/{delivery}/replay"), json!({})).await.refused(409, "webhook_endpoint_disabled");
}

#[tokio::test]
async fn the_core_system_fetches_what_it_missed_in_one_order() {
    let world = World::start().await;
    assert_eq!(
        world.core_get("/integration/v1/events").await.ok(),
        json!({ "items": [], "next": null, "more": false })
    );
    order_paid_in_wechat(&world, 126_500).await;
    world.pass_minutes(30).await;
    let first = world.core_get("/integration/v1/events?limit=1").await.ok();
    assert_eq!(first["items"][0]["type"], "order.paid", "{first}");
    assert_eq!(first["more"], true);
    let after = first["next"].as_str().unwrap();
    let rest = world.core_get(&format!("/integration/v1/events?after={after}")).await.ok();
    assert!(rest["items"].as_array().unwrap().iter().any(|event| event["type"] == "invoice.issued"), "{rest}");
    let end = rest["next"].as_str().unwrap();
    let nothing = world.core_get(&format!("/integration/v1/events?after={end}")).await.ok();
    assert_eq!(nothing, json!({ "items": [], "next": end, "more": false }), "the place is kept");
    let unknown = "/integration/v1/events?after=evt_00000000000000000000000000000000";
    assert_eq!(world.core_get(unknown).await.refused(422), "event_unknown");
    let unsigned = world.http.get(format!("{}/integration/v1/events", world.base_url)).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
}

#[tokio::test]
async fn events_go_to_public_https_addresses_alone_and_only_an_operator_says_where() {
    let world = World::start().await;
    let mut desk = operator(&world).await;
    for url in ["http://example.com/hook", "https://127.0.0.1/hook", "https://192.168.1.9/hook", "hook"] {
        let refusal = desk.try_post("/webhooks/endpoints", json!({ "url": url })).await.refused(422, "webhook_url");
        assert!(refusal["fields"]["url"].is_string(), "{url}");
    }
    let types = json!({ "url": "https://8.8.8.8/", "event_types": ["order.lost"] });
    desk.try_post("/webhooks/endpoints", types).await.refused(422, "webhook_endpoint_wrong");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    auditor.get("/webhooks").await;
    let fine = json!({ "url": "https://8.8.8.8/" });
    auditor.try_post("/webhooks/endpoints", fine.clone()).await.refused(403, "not_permitted");
    let mut fresh = world.staff("fresh", &[Role::IntegrationOperator]).await;
    fresh.try_post("/webhooks/endpoints", fine).await.refused(403, "step_up_needed");
}

#[tokio::test]
async fn events_are_forgotten_after_the_configured_time_and_not_before() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (_receiver, _, _) = listening(&mut desk, &["order.paid"]).await;
    order_paid_in_wechat(&world, 10_000).await;
    let events = "SELECT COUNT(*) FROM webhook_events";
    assert!(world.number(events).await > 0);
    for _ in 0..19 {
        world.pass_minutes(9 * 24 * 60).await;
    }
    assert!(world.number(events).await > 0, "half a year is not over");
    world.pass_minutes(10 * 24 * 60).await;
    // The next event puts the work of its day on the list.
    let (_, phone, order) = crate::transfers::transfer_order(&world, 20_000).await;
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    world.settle().await;
    world.pass_minutes(24 * 60).await;
    assert_eq!(world.number(&format!("{events} WHERE kind = 'order.paid'")).await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM webhook_deliveries").await, 0, "deliveries go with their events");
    assert_eq!(world.number("SELECT COUNT(*) FROM webhook_attempts").await, 0);
}

#[tokio::test]
async fn an_order_that_the_core_system_lacks_is_told_of_once_more_from_the_reconciliation() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, _, _) = listening(&mut desk, &["order.paid"]).await;
    order_paid_in_wechat(&world, 10_000).await;
    world.pass_minutes(1).await;
    let day = foundation::calendar::beijing_date(world.app.now_ms());
    world.clock.advance_ms(24 * 3_600_000 + 3_600_000);
    let entry = tejian::reconciliation::LedgerEntry { order_no: "WT9".to_owned(), amount_fen: 1 };
    tejian::reconciliation::keep_ledger(&world.app, day, &[entry]).await.expect("kept");
    tejian::reconciliation::run(&world.app, day).await.expect("compared");
    assert_eq!(receiver.seen().len(), 1);
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let found = manager.get("/reconciliation/differences").await;
    let missing = found["items"].as_array().unwrap().iter().find(|one| one["kind"] == "core_missing").unwrap().clone();
    assert_eq!((&missing["can_remedy"], &missing["channel_fen"]), (&json!(true), &Value::Null), "{missing}");
    let path = format!("/reconciliation/differences/{}/remedy", missing["id"].as_str().unwrap());
    let done = manager.post(&path, json!({})).await;
    assert!(done["text"].as_str().unwrap().contains("补推"), "{done}");
    world.settle().await;
    assert_eq!(receiver.seen().len(), 1, "the same event once more");
}

#[tokio::test]
async fn telling_the_core_system_once_more_says_when_nobody_listens_and_leaves_no_trace_of_nothing() {
    let world = private_world().await;
    let order = order_paid_in_wechat(&world, 10_000).await;
    world.pass_minutes(1).await;
    let day = foundation::calendar::beijing_date(world.app.now_ms());
    world.clock.advance_ms(24 * 3_600_000 + 3_600_000);
    let entry = tejian::reconciliation::LedgerEntry { order_no: "WT9".to_owned(), amount_fen: 1 };
    tejian::reconciliation::keep_ledger(&world.app, day, &[entry]).await.expect("kept");
    tejian::reconciliation::run(&world.app, day).await.expect("compared");
    let mut manager = world.staff("manager", &[Role::FinanceManager, Role::Auditor]).await;
    let found = manager.get("/reconciliation/differences").await;
    let missing = found["items"].as_array().unwrap().iter().find(|one| one["kind"] == "core_missing").unwrap().clone();
    let path = format!("/reconciliation/differences/{}/remedy", missing["id"].as_str().unwrap());
    let refused = manager.try_post(&path, json!({})).await.refused(409, "remedy_by_hand");
    assert!(refused["message"].as_str().unwrap().contains("没有启用的接收地址，没有补推"), "{refused}");
    let replays = async |desk: &mut Desk| {
        let trail = desk.get(&format!("/audit?object={order}")).await;
        let entries = trail["items"].as_array().unwrap().clone();
        entries.iter().filter(|entry| entry["action"] == "webhook.replayed").count()
    };
    assert_eq!(replays(&mut manager).await, 0, "nothing was told");
    let mut desk = operator(&world).await;
    let (receiver, _, _) = listening(&mut desk, &["order.paid"]).await;
    manager.post(&path, json!({})).await;
    world.settle().await;
    assert_eq!((receiver.seen().len(), replays(&mut manager).await), (1, 1));
}

#[tokio::test]
async fn the_core_system_is_not_told_that_an_order_is_paid_which_waits_again() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, _, _) = listening(&mut desk, &["order.paid", "order.reopened"]).await;
    world.wechat.faults().set(|faults| faults.invoice_error = Some("单位已注销".to_owned()));
    let (_, _, order) = transfer_order(&world, 20_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let body = crate::window::cash(20_000);
    let taken = window.try_post(&format!("/orders/{order}/counter-payments"), body).await.expect(201);
    let_it_happen(&world).await;
    let day = foundation::calendar::beijing_date(world.app.now_ms());
    world.clock.advance_ms(24 * 3_600_000 + 3_600_000);
    let entry = tejian::reconciliation::LedgerEntry { order_no: "WT9".to_owned(), amount_fen: 1 };
    tejian::reconciliation::keep_ledger(&world.app, day, &[entry]).await.expect("kept");
    tejian::reconciliation::run(&world.app, day).await.expect("compared");
    let mut window = world.staff("window2", &[Role::CounterClerk]).await;
    let undo = format!("/counter-payments/{}/undo", taken["payment"]["id"].as_str().unwrap());
    let review = window.try_post(&undo, json!({ "reason": "收错订单" })).await.expect(201);
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    decide(&world, &mut manager, &review, "approved").await.expect(200);
    world.settle().await;
    assert_eq!(receiver.types(), ["order.paid", "order.reopened"]);
    let found = manager.get("/reconciliation/differences").await;
    let missing = found["items"].as_array().unwrap().iter().find(|one| one["kind"] == "core_missing").unwrap().clone();
    let path = format!("/reconciliation/differences/{}/remedy", missing["id"].as_str().unwrap());
    manager.try_post(&path, json!({})).await.refused(409, "order_not_paid");
    world.settle().await;
    assert!(receiver.seen().is_empty(), "the last word was the true one");
}

#[tokio::test]
async fn a_transfer_that_goes_back_is_told_as_money_that_paid_nothing() {
    let world = private_world().await;
    let mut desk = operator(&world).await;
    let (receiver, _, _) = listening(&mut desk, &["refund.started"]).await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(10_000)).await;
    let number = order_page(&world, &phone, &order).await["order_no"].as_str().unwrap().to_owned();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let csv =
        format!("交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-04,100.00,示例物业001有限公司,{number},R1\n");
    statement(&world, &cashier, csv.as_bytes()).await;
    let line = cashier.get("/bank/transactions?q=R1").await["items"][0]["id"].as_str().unwrap().to_owned();
    cashier.step_up(&world).await;
    let body = json!({ "order_id": order, "amount_fen": 10_000, "reason": "重复转账" });
    let review = cashier.try_post(&format!("/bank/transactions/{line}/return"), body).await.expect(201);
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    world.settle().await;
    let told = receiver.seen()[0].event();
    assert_eq!(
        (&told["type"], &told["data"]["refund"]["of_order"]),
        (&json!("refund.started"), &json!(false)),
        "{told}"
    );
}
