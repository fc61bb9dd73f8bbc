//! Values at the edges: amounts, moments, hands on the same order.

use foundation::calendar::{parse_date, start_of_beijing_day_ms};
use serde_json::json;

use crate::paying::{one_order, open_payment, state_of};
use crate::seed::{Class, checkout};
use crate::world::World;

#[tokio::test]
async fn one_fen_and_two_million_yuan_are_paid_to_the_fen() {
    for amount_fen in [1, 200_000_000] {
        let world = World::start().await;
        let (_, phone, order) = one_order(&world, amount_fen).await;
        let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
        assert_eq!(payment["amount_fen"], amount_fen);
        world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
        world.settle().await;
        assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
        assert_eq!(world.wechat.transactions()[0].amount_fen, amount_fen);
    }
}

#[tokio::test]
async fn an_order_of_the_last_second_of_the_year_belongs_to_that_year() {
    let world = World::start().await;
    let new_year = start_of_beijing_day_ms(parse_date("2027-01-01").unwrap());
    world.clock.set_ms(new_year - 1_000);
    let (_, phone, order) = one_order(&world, 126_500).await;
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    assert!(page["order_no"].as_str().unwrap().starts_with("WT2026365"), "{}", page["order_no"]);
    world.clock.set_ms(new_year + 1_000);
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.unwrap();
    world.settle().await;
    for (year, count) in [(2026, 1), (2027, 0)] {
        let list = world.get(&phone, &format!("/api/v1/orders?year={year}")).await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{year}");
        assert_eq!(list["years"], json!([2026]));
    }
}

#[tokio::test]
async fn a_leap_day_has_its_own_number() {
    let world = World::start().await;
    world.clock.set_ms(start_of_beijing_day_ms(parse_date("2028-02-29").unwrap()) + 1_000);
    let (_, phone, order) = one_order(&world, 126_500).await;
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    assert!(page["order_no"].as_str().unwrap().starts_with("WT2028060"), "{}", page["order_no"]);
}

#[tokio::test]
async fn an_applicant_sees_only_what_carries_his_phone_and_the_unit_sees_all() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.seed_fees(&unit, Class::Nontax, &[100]).await;
    let colleague = crate::seed::Seeded { phone: "13900000009".to_owned(), ..unit.clone() };
    world.seed_fees(&colleague, Class::Nontax, &[10_000]).await;
    let applicant = world.phone(&unit.applicant, &unit.unit, "one").await;
    let whole_unit = world.phone(&unit.unit_account, &unit.unit, "two").await;
    assert_eq!(world.get(&applicant, "/api/v1/fees").await.ok()["total"], json!({ "count": 1, "amount_fen": 100 }));
    assert_eq!(world.get(&whole_unit, "/api/v1/fees").await.ok()["total"], json!({ "count": 2, "amount_fen": 10_100 }));
}

#[tokio::test]
async fn two_phones_paying_one_order_at_once_pay_it_once() {
    let world = World::start().await;
    let (seeded, phone, order) = one_order(&world, 126_500).await;
    let finance = world.phone(&seeded.unit_account, &seeded.unit, &world.wechat.people()[1].mp_openid).await;
    // The unit's account sees the whole unit; the applicant's order is the unit's order.
    let path = format!("/api/v1/orders/{order}/payments");
    let (first, second) = tokio::join!(
        world.post(&phone, &path, json!({ "key": "tap-00000001", "channel": "jsapi" })),
        world.post(&finance, &path, json!({ "key": "tap-00000002", "channel": "jsapi" })),
    );
    for (holder, answer) in [(&phone, &first), (&finance, &second)] {
        if answer.status.is_success() {
            // Whoever was closed by the other one is refused by WeChat itself.
            let _may_be_closed = world.wechat.pay_jsapi(&holder.openid, &answer.body["parameters"]).await;
        }
    }
    world.settle().await;
    world.pass_minutes(3).await;
    let paid = world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await;
    let returned = world.number("SELECT COUNT(*) FROM refunds").await;
    assert_eq!(paid - returned, 1, "{first:?} {second:?}");
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

#[tokio::test]
async fn a_fee_that_changes_while_it_is_in_an_order_does_not_change_the_order() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    world.tamper("UPDATE fees SET amount_fen = 1 WHERE state = 'locked'").await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    assert_eq!(payment["amount_fen"], 126_500);
    let made = world.post(&phone, "/api/v1/checkouts/preview", json!({ "all_matching": {} })).await;
    assert_eq!(made.refused(422), "nothing_payable");
    let again = checkout("key-00000009", &["fee_00000000000000000000000000000000".to_owned()], 1);
    assert_eq!(world.post(&phone, "/api/v1/checkouts", again).await.refused(422), "nothing_payable");
}
