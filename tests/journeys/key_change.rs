//! The keys between us and WeChat Pay change while people go on: two nodes restart one after the other, and at every step
//! nobody is refused who is right, and nobody believed who is not. The steps are those of docs/operations.md.

use foundation::config::{Config, Secret};
use simulator::Identities;
use wechat::pay::PayError;

use crate::letters::Channel;
use crate::paying::{one_order, open_payment, state_of};
use crate::rolling::House;
use crate::world::World;

const NEW_API_V3_KEY: &str = "another APIv3 key of 32 letters.";

#[tokio::test]
async fn the_merchants_certificate_changes_node_by_node_while_people_pay() {
    let mut house = House::open(|_| ()).await;
    let (old, next) = (Identities::fixed(), Identities::generate());
    let old_node = house.node(0);
    house.round("before").await;
    house.world.wechat.accept_merchant_certificate(&next.merchant_certificate_pem).expect("a certificate");
    house.round("the new certificate is issued").await;
    let to_the_new = |config: &mut Config| {
        config.wechat.pay.merchant_serial.clone_from(&next.merchant_serial);
        config.wechat.pay.merchant_private_key = Secret::new(&next.merchant_private_key_pem);
    };
    house.restart(0, to_the_new).await;
    house.round("one node signs with the new key").await;
    house.restart(1, to_the_new).await;
    house.round("both nodes sign with the new key").await;
    assert!(house.world.wechat.revoke_merchant_certificate(&old.merchant_serial));
    house.round("the old certificate is revoked").await;
    house.close().await;

    let number = house.world.wechat.orders()[0].out_trade_no.clone();
    assert!(house.node(0).pay.query(&number).await.is_ok());
    match old_node.pay.query(&number).await {
        Err(PayError::Rejected { status: 401, code, .. }) => assert_eq!(code, "SIGN_ERROR"),
        unexpected => panic!("the old key still signs: {unexpected:?}"),
    }
}

#[tokio::test]
async fn the_apiv3_key_changes_node_by_node_while_people_pay() {
    let mut house = House::open(|_| ()).await;
    house.round("before").await;
    let both = |config: &mut Config| {
        let old = std::mem::replace(&mut config.wechat.pay.api_v3_key, Secret::new(NEW_API_V3_KEY));
        config.wechat.pay.api_v3_key_old = old;
    };
    house.restart(0, both).await;
    house.round("one node knows both keys").await;
    house.restart(1, both).await;
    house.round("both nodes know both keys").await;
    house.world.wechat.change_api_v3_key(NEW_API_V3_KEY);
    house.round("WeChat seals with the new key").await;

    // What was sealed before still comes, and is believed; what is sealed with neither key is not.
    let (late, number) = house.number_to_pay().await;
    let address = house.address().to_owned();
    let foreign = Channel::of(&house.world).sealing_with("a third APIv3 key of 32 letters.");
    let letter = foreign.paid("foreign", &number, "42000111", 100);
    for _ in 0..2 {
        assert!(letter.send(&house.world.http, &address).await >= 400, "sealed with a third key");
    }
    house.assert_state(&late, &["paying"]).await;
    let letter = Channel::of(&house.world).paid("late", &number, "42000111", 100);
    for _ in 0..2 {
        assert_eq!(letter.send(&house.world.http, &address).await, 204, "sealed before the change");
    }
    house.assert_state(&late, &["paid", "completed"]).await;

    for number in 0..2 {
        house.restart(number, |config| config.wechat.pay.api_v3_key_old = Secret::default()).await;
        house.round("the old key is put away node by node").await;
    }
    let (open, number) = house.number_to_pay().await;
    let letter = Channel::of(&house.world).paid("too-late", &number, "42000222", 100);
    for _ in 0..2 {
        assert!(letter.send(&house.world.http, &address).await >= 400, "the old key opens nothing any more");
    }
    house.assert_state(&open, &["paying"]).await;
}

#[tokio::test]
async fn platform_certificates_give_way_to_new_ones_and_to_the_public_key_while_people_pay() {
    let mut house = House::open(|config| {
        config.wechat.pay.public_key_id.clear();
        config.wechat.pay.public_key.clear();
        config.wechat.pay.download_certificates = true;
    })
    .await;
    house.round("the first certificate").await;
    assert!(house.world.wechat.rotate_platform_certificate());
    house.round("the second certificate").await;

    let both = |config: &mut Config| {
        let identities = Identities::fixed();
        config.wechat.pay.public_key_id = identities.public_key_id;
        config.wechat.pay.public_key = identities.public_key_pem;
    };
    house.restart(0, both).await;
    house.sign_notices_with_public_key(0);
    house.round("one node knows the public key").await;
    house.restart(1, both).await;
    house.round("both nodes know the public key").await;
    for percent in [10, 50, 100] {
        house.sign_notices_with_public_key(percent);
        house.round("WeChat goes over to the public key").await;
    }
    for number in 0..2 {
        house.restart(number, |config| config.wechat.pay.download_certificates = false).await;
        house.round("the public key alone").await;
    }
    house.close().await;
}

#[tokio::test]
async fn a_node_that_was_not_told_of_the_new_apiv3_key_believes_nothing_and_asks() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 100).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.change_api_v3_key(NEW_API_V3_KEY);
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    let delivered = world.wechat.deliver_due().await;
    assert_eq!((delivered.notices, delivered.notices_accepted), (1, 0), "it cannot open what is sealed anew");
    assert_eq!(state_of(&world, &phone, &order).await, "paying", "nothing is believed that does not open");
    // Nobody waits for WeChat's repetition: answers are signed and not sealed.
    world.pass_minutes(3).await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 1);
}
