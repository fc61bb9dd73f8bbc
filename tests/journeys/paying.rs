//! Paying as it should go.

use serde_json::{Value, json};

use crate::seed::{Class, Seeded, checkout};
use crate::world::{Phone, World};

/// One order of one fee, and the phone that made it.
pub async fn one_order(world: &World, amount_fen: i64) -> (Seeded, Phone, String) {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[amount_fen]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, amount_fen)).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    (unit, phone, order)
}

/// Opens a payment inside WeChat and returns the parameters for the phone.
pub async fn open_payment(world: &World, phone: &Phone, order: &str, key: &str, channel: &str) -> Value {
    let body = json!({ "key": key, "channel": channel });
    world.post(phone, &format!("/api/v1/orders/{order}/payments"), body).await.ok()
}

/// An order that was paid inside WeChat, with all that follows it.
pub async fn order_paid_in_wechat(world: &World, amount_fen: i64) -> String {
    let (_, phone, order) = one_order(world, amount_fen).await;
    let payment = open_payment(world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    order
}

/// What the order page says.
pub async fn state_of(world: &World, phone: &Phone, order: &str) -> String {
    let page = world.get(phone, &format!("/api/v1/orders/{order}")).await.ok();
    page["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_tap_in_wechat_pays_the_order_and_releases_the_report() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    assert_eq!(state_of(&world, &phone, &order).await, "paying");
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the pay sheet accepts our signature");
    let before = world.get(&phone, &format!("/api/v1/orders/{order}/payment-state")).await.ok();
    assert_eq!(before["state"], "unpaid", "the phone is not believed");
    world.wechat.deliver_due().await;
    let after = world.get(&phone, &format!("/api/v1/orders/{order}/payment-state")).await.ok();
    assert_eq!(after["state"], "paid");
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 1);
    let again = world
        .post(&phone, &format!("/api/v1/orders/{order}/payments"), json!({ "key": "tap-00000002", "channel": "jsapi" }))
        .await;
    assert_eq!(again.refused(409), "order_paid");
    let void = world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await;
    assert_eq!(void.refused(409), "order_paid");
}

#[tokio::test]
async fn a_second_phone_pays_by_scanning() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 1).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let code = payment["code_url"].as_str().unwrap();
    let same = open_payment(&world, &phone, &order, "tap-00000002", "native").await;
    assert_eq!(same["code_url"], payment["code_url"], "a code that is still good is shown again");
    let view = world.wechat.scan_native("oScanner", code).await.expect("the code is known");
    assert_eq!(view.amount_fen, 1);
    world.wechat.pay_native("oScanner", code).await.expect("paid");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

#[tokio::test]
async fn a_new_channel_closes_the_old_attempt_first() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let native = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let jsapi = open_payment(&world, &phone, &order, "tap-00000002", "jsapi").await;
    let dead = world.wechat.pay_native("oScanner", native["code_url"].as_str().unwrap()).await;
    assert!(dead.is_err(), "the old code can no longer be paid");
    world.wechat.pay_jsapi(&phone.openid, &jsapi["parameters"]).await.expect("the new one can");
    world.settle().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn giving_up_makes_the_reports_payable_again() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let native = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let page = world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({ "reason": "金额不对" })).await.ok();
    assert_eq!(page["state"], "void");
    assert_eq!(page["void_reason"], "金额不对");
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 1);
    assert!(world.wechat.pay_native("oScanner", native["code_url"].as_str().unwrap()).await.is_err());
}

#[tokio::test]
async fn an_unpaid_order_ends_by_itself() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    world.pass_minutes(72 * 60 - 5).await;
    assert!(["pending_payment", "paying"].contains(&state_of(&world, &phone, &order).await.as_str()));
    world.pass_minutes(6).await;
    assert_eq!(state_of(&world, &phone, &order).await, "void");
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 1);
}
