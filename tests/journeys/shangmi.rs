//! The national suite of WeChat Pay (SM2, SM3, SM4) from the first order to the bill: the same journeys, other algorithms.

use foundation::calendar::beijing_date;
use foundation::clock::SharedClock;
use simulator::Identities;
use tejian::app::App;
use tejian::reconciliation::{self, DayState};
use tejian::staff::Role;
use wechat::crypto::suite::Suite;

use crate::letters::Channel;
use crate::paying::{one_order, open_payment, state_of};
use crate::staff_refunds::{approve, let_it_happen, propose};
use crate::world::World;

const DAY_MS: i64 = 86_400_000;

async fn world(with_certificates: bool) -> World {
    World::start_as(Identities::fixed_shangmi(), |config| {
        assert_eq!(config.wechat.pay.suite, "shangmi");
        if with_certificates {
            config.wechat.pay.public_key_id.clear();
            config.wechat.pay.public_key.clear();
            config.wechat.pay.download_certificates = true;
        }
    })
    .await
}

#[tokio::test]
async fn in_the_national_suite_an_order_is_paid_heard_of_refunded_and_found_on_the_bill() {
    let world = world(false).await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the sheet accepts an SM2 signature");
    assert_eq!(state_of(&world, &phone, &order).await, "paying", "nothing was heard yet");
    let delivered = world.wechat.deliver_due().await;
    assert_eq!((delivered.notices, delivered.notices_accepted), (1, 1), "signed by SM2, sealed by SM4");
    let_it_happen(&world).await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));

    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 126_500).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    assert_eq!(state_of(&world, &phone, &order).await, "refunded");

    let day = beijing_date(world.app.now_ms());
    world.clock.advance_ms(DAY_MS + 3_600_000);
    let compared = reconciliation::run(&world.app, day).await.expect("the bills are there");
    assert_eq!(compared.state, DayState::Balanced);
    assert_eq!((compared.channel_fen, compared.channel_refund_fen), (126_500, 126_500));
}

#[tokio::test]
async fn in_the_national_suite_platform_certificates_are_learned_and_change_without_a_stop() {
    let world = world(true).await;
    let (_, phone, order) = one_order(&world, 100).await;
    // The first answer is signed by a certificate that nobody has yet.
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    assert!(world.wechat.rotate_platform_certificate());
    world.pass_minutes(2).await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()), "signed by the new one");
}

#[tokio::test]
async fn a_notice_of_the_other_suite_is_refused_and_changes_nothing() {
    let world = world(false).await;
    let (_, phone, order) = one_order(&world, 100).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let number = world.wechat.orders()[0].out_trade_no.clone();
    // A WeChat of the other suite: the same numbers and the same APIv3 key, well signed and well sealed in its own way.
    let other = || Channel::with(&world, &Identities::fixed());
    let name = world.wechat.identities().public_key_id.clone();
    let paid = |channel: Channel| channel.paid("e-1", &number, "42000111", 100);
    let letters = [
        paid(other()),
        paid(other()).calling_itself(Suite::ShangMi),
        paid(other().named(&name)),
        paid(other().named(&name)).calling_itself(Suite::ShangMi),
        paid(Channel::of(&world)).calling_itself(Suite::International),
        paid(Channel::of(&world)).unsigned(),
    ];
    for (position, letter) in letters.iter().enumerate() {
        assert_eq!(letter.send(&world.http, &world.base_url).await, 401, "letter {position}");
    }
    assert_eq!(state_of(&world, &phone, &order).await, "paying");
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events").await, 0);
    assert_eq!(paid(Channel::of(&world)).send(&world.http, &world.base_url).await, 204, "WeChat's own is believed");
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

#[tokio::test]
async fn with_keys_of_both_suites_nothing_starts() {
    let world = World::start().await;
    let clock: SharedClock = world.clock.clone();
    let mut config = world.app.config.clone();
    config.wechat.pay.suite = "shangmi".to_owned();
    let said = App::open(config, clock.clone()).await.err().expect("RSA keys, and 国密 was agreed").to_string();
    assert!(said.contains("商户私钥") && said.contains("wechat.pay.suite") && said.contains("国密"), "{said}");
    let mut config = world.app.config.clone();
    config.wechat.pay.public_key = Identities::fixed_shangmi().public_key_pem;
    let said = App::open(config, clock).await.err().expect("RSA was agreed, WeChat's key is SM2").to_string();
    assert!(said.contains("微信支付公钥") && said.contains("wechat.pay.suite"), "{said}");
}
