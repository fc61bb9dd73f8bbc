//! Paying as it goes in the field: notices lost, doubled, late, forged; channels that answer nothing; two payments.

use sea_orm::ConnectionTrait;
use serde_json::json;
use simulator::faults::{RefundOutcome, Tamper};

use crate::core_rows::core_system_says;
use crate::paying::{one_order, open_payment, state_of};
use crate::seed::{Class, checkout};
use crate::world::{Phone, World};

#[tokio::test]
async fn doubled_and_parallel_notices_pay_once() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    world.wechat.faults().set(|faults| {
        faults.notice_duplicates = 9;
        faults.notice_duplicates_parallel = true;
    });
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.settle().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'paid'").await, 1);
    assert_eq!(world.number("SELECT CAST(SUM(seen_count) AS bigint) FROM channel_events").await, 10);
}

#[tokio::test]
async fn a_lost_notice_is_found_by_asking() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.faults().set(|faults| faults.notice_lost_next = 100);
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.clock.advance_ms(5_000);
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE kind = 'payment'").await, 0);
}

#[tokio::test]
async fn the_waiting_page_lets_the_server_ask_but_not_too_often() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    let path = format!("/api/v1/orders/{order}/payment-state?ask=1");
    let asked =
        |world: &World| world.wechat.wire_log().iter().filter(|line| line.path.contains("/out-trade-no/")).count();
    for _ in 0..5 {
        assert_eq!(world.get(&phone, &path).await.ok()["state"], "unpaid");
    }
    assert_eq!(asked(&world), 1, "five looks, one question");
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.clock.advance_ms(4_000);
    assert_eq!(world.get(&phone, &path).await.ok()["state"], "paid");
}

#[tokio::test]
async fn forged_and_probing_notices_change_nothing_and_the_real_one_still_counts() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.faults().set(|faults| {
        faults.notice_wrong_signature_next = 1;
        faults.notice_probe_next = 1;
    });
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.wechat.deliver_due().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events").await, 0, "nothing unverified is stored");
    world.clock.advance_ms(16_000);
    world.wechat.deliver_due().await;
    world.clock.advance_ms(16_000);
    world.wechat.deliver_due().await;
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

#[tokio::test]
async fn a_right_signature_around_a_wrong_amount_is_kept_but_not_booked() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.faults().set(|faults| {
        faults.tamper = Some(Tamper { amount_delta_fen: -1, ..Tamper::default() });
    });
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.wechat.deliver_due().await;
    assert_eq!(state_of(&world, &phone, &order).await, "paying");
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'rejected'").await, 1);
}

#[tokio::test]
async fn a_notice_that_outruns_the_answer_is_booked() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    world.wechat.faults().set(|faults| faults.notify_before_answer_by = Some(phone.openid.clone()));
    let path = format!("/api/v1/orders/{order}/payments");
    let answer = world.post(&phone, &path, json!({ "key": "tap-00000001", "channel": "jsapi" })).await;
    assert_eq!(answer.body["error"]["money"], "taken", "{}", answer.body);
    assert_eq!(answer.refused(409), "order_paid");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn paid_at_the_moment_of_closing_counts_as_paid() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    world.wechat.faults().set(|faults| faults.paid_at_close_by = Some("oScanner".to_owned()));
    let void = world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await;
    assert_eq!(void.refused(409), "order_paid");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 1);
}

/// An order of one report that is void with us while its payment can still be made at WeChat (after a restore, or by an
/// operator): payer, order, our number at WeChat.
async fn voided_unknown_to_wechat(world: &World) -> (Phone, String, String) {
    let (_, phone, order) = one_order(world, 126_500).await;
    open_payment(world, &phone, &order, "tap-00000001", "native").await;
    world.tamper("UPDATE payment_attempts SET state = 'closed'").await;
    world.tamper("UPDATE orders SET state = 'void', void_reason = '缴款人作废'").await;
    let number = world.wechat.orders()[0].out_trade_no.clone();
    (phone, order, number)
}

async fn money_comes_late(world: &World, number: &str) {
    world.wechat.pay_at_channel_only(number, "oScanner").await.unwrap();
    let found = world.app.pay.query(number).await.unwrap();
    tejian::payments::settle(&world.app, &found).await.unwrap();
    world.settle().await;
}

#[tokio::test]
async fn late_money_revives_a_voided_order_whose_fees_are_still_payable() {
    let world = World::start().await;
    let (phone, order, number) = voided_unknown_to_wechat(&world).await;
    world.tamper("UPDATE fees SET state = 'payable', order_id = NULL").await;
    money_comes_late(&world, &number).await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn late_money_for_fees_that_were_ordered_again_goes_back() {
    let world = World::start().await;
    let (phone, order, number) = voided_unknown_to_wechat(&world).await;
    world.tamper("UPDATE fees SET order_id = 'ord_another', state = 'locked'").await;
    money_comes_late(&world, &number).await;
    world.pass_minutes(2).await;
    assert_eq!(state_of(&world, &phone, &order).await, "void");
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success' AND amount_fen = 126500").await, 1);
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    assert_eq!(page["refund"]["state"], "success");
}

#[tokio::test]
async fn late_money_for_fees_that_belong_to_another_unit_by_now_goes_back() {
    let world = World::start().await;
    let (phone, order, number) = voided_unknown_to_wechat(&world).await;
    world.tamper("UPDATE fees SET state = 'payable', order_id = NULL").await;
    let lines = tejian::orders::lines_of(world.app.database.reader(), &order).await.unwrap();
    // The core system had named the wrong unit; the amount was right.
    let right = [("unit_id", "U-RIGHT"), ("unit_name", "示例化工厂01")];
    core_system_says(&world, &lines[0].fee_id, "1265.00", "待缴", &right).await;
    money_comes_late(&world, &number).await;
    world.pass_minutes(2).await;
    assert_eq!(state_of(&world, &phone, &order).await, "void");
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success' AND amount_fen = 126500").await, 1);
    let owed = "SELECT COUNT(*) FROM fees WHERE state = 'payable' AND order_id IS NULL";
    assert_eq!(world.number(owed).await, 1, "the right unit still owes it");
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn a_second_payment_of_one_order_goes_back_once_even_if_the_answer_is_lost() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let first = world.wechat.orders()[0].out_trade_no.clone();
    // The close of the first attempt is lost on the way, and with us it counts as closed.
    world.tamper("UPDATE payment_attempts SET state = 'closed'").await;
    world.tamper("UPDATE orders SET state = 'pending_payment'").await;
    let second = open_payment(&world, &phone, &order, "tap-00000002", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &second["parameters"]).await.unwrap();
    world.settle().await;
    world.wechat.faults().lose_answers("/v3/refund", 1);
    world.wechat.pay_at_channel_only(&first, "oScanner").await.unwrap();
    let found = world.app.pay.query(&first).await.unwrap();
    tejian::payments::settle(&world.app, &found).await.unwrap();
    tejian::payments::settle(&world.app, &found).await.unwrap();
    world.settle().await;
    world.pass_minutes(2).await;
    world.pass_minutes(2).await;
    assert_eq!(world.wechat.refunds().len(), 1, "one refund at WeChat");
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 2);
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 1);
}

/// SQLite has one writer and no row that somebody else could hold.
#[tokio::test]
async fn a_payment_that_cannot_be_booked_does_not_hold_up_the_next_ones() {
    let world = World::start_with(|config| config.http.request_timeout_ms = 1_000).await;
    if world.app.database.is_sqlite() {
        return;
    }
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let fees = world.seed_fees(&unit, Class::Nontax, &[500, 700]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut orders = Vec::new();
    for (fee, amount_fen) in fees.iter().zip([500, 700]) {
        let request = checkout(&format!("key-0000{amount_fen}"), std::slice::from_ref(fee), amount_fen);
        let made = world.post(&phone, "/api/v1/checkouts", request).await.ok();
        let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
        let payment = open_payment(&world, &phone, &order, &format!("tap-0000{amount_fen}"), "jsapi").await;
        world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
        orders.push(order);
    }
    // Somebody holds the first order and says nothing any more, as a database does that froze.
    let held = world.app.database.begin_write().await.unwrap();
    let hold = format!("UPDATE orders SET updated_at = updated_at WHERE id = '{}'", orders[0]);
    held.execute_unprepared(&hold).await.unwrap();
    world.wechat.deliver_due().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 1);
    drop(held);
    world.pass_minutes(2).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 2);
}

/// Money that comes for an order given up long ago, and cannot go back to its card: who paid, and for which order.
async fn late_money_of_a_dead_card(world: &World) -> (Phone, String) {
    let (_, phone, order) = one_order(world, 126_500).await;
    open_payment(world, &phone, &order, "tap-00000001", "native").await;
    let number = world.wechat.orders()[0].out_trade_no.clone();
    world.wechat.faults().set(|faults| faults.refund_outcome = RefundOutcome::Abnormal);
    world.tamper("UPDATE orders SET state = 'void'").await;
    world.tamper("UPDATE fees SET order_id = 'ord_another'").await;
    world.wechat.pay_at_channel_only(&number, "oScanner").await.unwrap();
    world.clock.advance_ms(5_000);
    world.settle().await;
    world.pass_minutes(2).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'abnormal'").await, 1);
    (phone, order)
}

#[tokio::test]
async fn a_refund_that_wechat_cannot_carry_out_waits_for_a_person() {
    let world = World::start().await;
    let (phone, order) = late_money_of_a_dead_card(&world).await;
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    assert!(page["refund"]["state_text"].as_str().unwrap().contains("工作人员"), "{page}");
}

#[tokio::test]
async fn a_refund_that_is_carried_out_after_all_is_found_although_nobody_tells() {
    let world = World::start().await;
    late_money_of_a_dead_card(&world).await;
    // Somebody mends it in WeChat's console, and the notice of that is lost.
    world.wechat.faults().set(|faults| faults.notice_lost_next = 10);
    assert!(world.wechat.carry_out_refund(&world.wechat.refunds()[0].out_refund_no));
    world.pass_minutes(70).await;
    world.pass_minutes(10).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs WHERE kind = 'payments.refund'").await, 0);
}

#[tokio::test]
async fn a_channel_that_refuses_or_is_silent_takes_no_money_and_can_be_tried_again() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let path = format!("/api/v1/orders/{order}/payments");
    world.wechat.faults().refuse("/v3/pay/transactions/jsapi", 500, "SYSTEM_ERROR", 1);
    let answer = world.post(&phone, &path, json!({ "key": "tap-00000001", "channel": "jsapi" })).await;
    assert_eq!(answer.body["error"]["money"], "none");
    assert_eq!(answer.refused(503), "channel_unavailable");
    world.wechat.faults().lose_answers("/v3/pay/transactions/jsapi", 1);
    world.clock.advance_ms(30_000);
    let lost = world.post(&phone, &path, json!({ "key": "tap-00000002", "channel": "jsapi" })).await;
    assert_eq!(lost.refused(503), "channel_unavailable");
    world.clock.advance_ms(30_000);
    let payment = open_payment(&world, &phone, &order, "tap-00000003", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn what_one_node_began_another_finishes() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.faults().set(|faults| faults.notice_lost_next = 100);
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    // The first node claimed the job and died: its lease runs out and another node takes over.
    let other = world.second_node().await;
    world.tamper("UPDATE jobs SET locked_by = 'wrk_dead', run_at = run_at + 60000, attempts = attempts + 1").await;
    world.clock.advance_ms(5_000);
    other.workers().run_due().await.unwrap();
    assert_eq!(state_of(&world, &phone, &order).await, "paying", "the lease still holds");
    world.clock.advance_ms(61_000);
    other.workers().run_due().await.unwrap();
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

#[tokio::test]
async fn a_close_that_nobody_confirmed_is_tried_again() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    world.wechat.faults().refuse("/v3/pay/transactions/out-trade-no", 500, "SYSTEM_ERROR", 2);
    let void = world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await;
    assert_eq!(void.body["error"]["money"], "unknown");
    assert_eq!(void.refused(409), "order_paying");
    let asked = world.get(&phone, &format!("/api/v1/orders/{order}/payment-state")).await.ok();
    assert_eq!(asked["state"], "confirming");
    world.pass_minutes(1).await;
    assert_eq!(state_of(&world, &phone, &order).await, "pending_payment");
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    assert_eq!(state_of(&world, &phone, &order).await, "void");
}
