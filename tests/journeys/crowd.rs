//! Many notices at the same moment: each is booked as if it had come alone.

use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::letters::{Channel, Letter};
use crate::paying::open_payment;
use crate::seed::{Class, checkout};
use crate::world::World;

impl World {
    /// Sends all letters at once; the status of each answer, in their order.
    async fn deliver_at_once(&self, letters: &[Letter]) -> Vec<u16> {
        let sends = letters.iter().map(|letter| letter.send(&self.http, &self.base_url));
        futures_util::future::join_all(sends).await
    }

    /// The out_trade_no of so many orders, each of one fee and being paid.
    async fn orders_being_paid(&self, count: usize, amount_fen: i64) -> Vec<String> {
        let unit = self.seed_unit("示例物业001有限公司", "13900000001").await;
        let phone = self.phone(&unit.applicant, &unit.unit, "openid").await;
        let fees = self.seed_fees(&unit, Class::Nontax, &vec![amount_fen; count]).await;
        for (number, fee) in fees.iter().enumerate() {
            let body = checkout(&format!("key-{number:08}"), std::slice::from_ref(fee), amount_fen);
            let made: Value = self.post(&phone, "/api/v1/checkouts", body).await.ok();
            let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
            open_payment(self, &phone, &order, &format!("tap-{number:08}"), "native").await;
        }
        self.wechat.orders().iter().map(|order| order.out_trade_no.clone()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_that_come_together_are_each_booked_once() {
    let world = World::start().await;
    let numbers = world.orders_being_paid(40, 60_500).await;
    assert_eq!(numbers.len(), 40);
    let channel = Channel::of(&world);
    let letters: Vec<Letter> = numbers
        .iter()
        .enumerate()
        .flat_map(|(position, number)| {
            let transaction_id = format!("42000{position:08}");
            // Twice in the same envelope, and once more in another one.
            ["a", "a", "b"].map(|name| channel.paid(&format!("{name}-{position}"), number, &transaction_id, 60_500))
        })
        .collect();
    let statuses = world.deliver_at_once(&letters).await;
    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    assert_eq!(world.number("SELECT COUNT(*) FROM orders WHERE state = 'paid'").await, 40);
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'paid'").await, 40);
    assert_eq!(world.number("SELECT COUNT(DISTINCT transaction_id) FROM payment_attempts").await, 40);
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 40);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 40);
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'applied'").await, 80);
    assert_eq!(world.number("SELECT CAST(SUM(seen_count) AS bigint) FROM channel_events").await, 120);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
    let mismatched = "SELECT COUNT(*) FROM orders JOIN payment_attempts ON payment_attempts.id = orders.paid_attempt_id \
                      WHERE payment_attempts.order_id <> orders.id";
    assert_eq!(world.number(mismatched).await, 0, "every order has its own money");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_notice_among_many_does_not_harm_the_others() {
    let world = World::start().await;
    let numbers = world.orders_being_paid(12, 60_500).await;
    // The order of the first is void and its fee belongs to nobody's order: late money revives it. That of the second is
    // paid already by another attempt: a second payment goes back.
    let first = format!("(SELECT order_id FROM payment_attempts WHERE out_trade_no = '{}')", numbers[0]);
    world.tamper(&format!("UPDATE orders SET state = 'void', void_reason = '缴款人作废' WHERE id = {first}")).await;
    world.tamper(&format!("UPDATE fees SET state = 'payable', order_id = NULL WHERE order_id = {first}")).await;
    let second = format!("(SELECT order_id FROM payment_attempts WHERE out_trade_no = '{}')", numbers[1]);
    world.tamper(&format!("UPDATE orders SET state = 'paid', paid_attempt_id = 'att_other' WHERE id = {second}")).await;
    let channel = Channel::of(&world);
    let mut letters: Vec<Letter> = numbers
        .iter()
        .enumerate()
        .map(|(position, number)| {
            // The third brings one fen too little.
            let amount_fen = if position == 2 { 60_499 } else { 60_500 };
            channel.paid(&format!("e-{position}"), number, &format!("42000{position:08}"), amount_fen)
        })
        .collect();
    letters.push(channel.paid("e-unknown", "WT0000000-unknown", "42009", 60_500));
    let statuses = world.deliver_at_once(&letters).await;
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 12);
    assert_eq!(statuses[12], 500, "an unknown number shall be repeated");
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'paid'").await, 9);
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'revived'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'rejected'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'unmatched'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn books_that_do_not_fit_one_order_do_not_keep_the_others_from_being_paid() {
    let world = World::start().await;
    let numbers = world.orders_being_paid(8, 60_500).await;
    // A fee that vanished from its order makes the whole group fail; the others are then booked one by one.
    let broken = format!("(SELECT order_id FROM payment_attempts WHERE out_trade_no = '{}')", numbers[3]);
    world.tamper(&format!("UPDATE fees SET state = 'payable' WHERE order_id = {broken}")).await;
    let channel = Channel::of(&world);
    let letters: Vec<Letter> = numbers
        .iter()
        .enumerate()
        .map(|(position, number)| {
            channel.paid(&format!("e-{position}"), number, &format!("42000{position:08}"), 60_500)
        })
        .collect();
    let statuses = world.deliver_at_once(&letters).await;
    assert!(statuses.iter().all(|status| *status == 204), "stored for a job, so not repeated: {statuses:?}");
    assert_eq!(world.number("SELECT COUNT(*) FROM orders WHERE state = 'paid'").await, 7);
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'received'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_a_frozen_node_holds_do_not_keep_other_notices_from_being_booked() {
    let world = World::start().await;
    let numbers = world.orders_being_paid(6, 60_500).await;
    if world.app.database.is_sqlite() {
        return; // nobody holds rows beside its one writer
    }
    let held = format!("('{}', '{}')", numbers[1], numbers[4]);
    let frozen = world.app.database.begin_write().await.unwrap();
    let hold = format!(
        "SELECT id FROM orders WHERE id IN (SELECT order_id FROM payment_attempts WHERE out_trade_no IN {held}) FOR UPDATE"
    );
    frozen.execute_unprepared(&hold).await.unwrap();
    let channel = Channel::of(&world);
    let letters: Vec<Letter> = numbers
        .iter()
        .enumerate()
        .map(|(position, number)| {
            channel.paid(&format!("f-{position}"), number, &format!("42000{position:08}"), 60_500)
        })
        .collect();
    // Each is answered while the rows are held: what cannot be booked is stored.
    let statuses = world.deliver_at_once(&letters).await;
    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    assert_eq!(world.number("SELECT COUNT(*) FROM orders WHERE state = 'paid'").await, 4);
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events").await, 6);
    frozen.rollback().await.unwrap();
    world.clock.advance_ms(2_000);
    world.settle().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM orders WHERE state IN ('paid', 'completed')").await, 6);
    assert_eq!(world.number("SELECT COUNT(*) FROM order_events WHERE kind = 'paid'").await, 6);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}
