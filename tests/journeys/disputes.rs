//! Money that does not fit: paid twice, of another amount, told in another form; and the order of steps on the page.

use foundation::calendar::{beijing_date, print_date};
use foundation::telemetry;
use serde_json::json;
use tejian::payments;
use tejian::reconciliation::{self, DayState};
use tejian::staff::Role;
use wechat::pay::TradeState;

use crate::letters::Channel;
use crate::paying::{one_order, open_payment, state_of};
use crate::remittances::{draft, open_review, submit};
use crate::seed::Class;
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page};
use crate::world::World;

const DAY_MS: i64 = 86_400_000;

/// Where the one payment that needs a person is ended, whose reason holds these words.
async fn the_only_dispute(desk: &mut Desk, reason: &str) -> String {
    let listed = desk.get("/payment-disputes").await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    assert!(listed["items"][0]["reason"].as_str().unwrap().contains(reason), "{listed}");
    format!("/payment-disputes/{}/end", listed["items"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_second_payment_of_one_attempt_is_answered_well_and_goes_back_once() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let code = payment["code_url"].as_str().unwrap();
    world.wechat.faults().set(|faults| faults.notice_duplicates = 3);
    world.wechat.pay_native("oScanner", code).await.unwrap();
    // The attempt is paid by one transaction already when WeChat tells of another.
    let number = world.wechat.orders()[0].out_trade_no.clone();
    let told = world.app.pay.query(&number).await.unwrap();
    let mut first = told.clone();
    first.transaction_id = Some("4200000000202608030000000001".to_owned());
    payments::settle(&world.app, &first).await.unwrap();
    world.settle().await;
    payments::settle(&world.app, &told).await.unwrap();
    world.pass_minutes(2).await;
    assert_eq!(
        world.number("SELECT COUNT(*) FROM channel_events WHERE kind = 'payment' AND state = 'applied'").await,
        1
    );
    assert_eq!(world.wechat.refunds().len(), 1, "one refund at WeChat");
    assert_eq!(Some(&world.wechat.refunds()[0].transaction_id), told.transaction_id.as_ref(), "of the second payment");
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success'").await, 1);
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

#[tokio::test]
async fn a_second_payment_that_is_booked_at_the_third_try_is_counted_once() {
    // Of this test alone: other worlds in this process count elsewhere.
    let recorder = telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let number = world.wechat.orders()[0].out_trade_no.clone();
    let channel = Channel::of(&world);
    let tell = |envelope: &str, transaction_id: &str| channel.paid(envelope, &number, transaction_id, 126_500);
    let first = tell("e-1", "4200000000202608030000000001");
    assert_eq!(first.send(&world.http, &world.base_url).await, 204);

    // No refund can be written: the second is booked neither with others nor alone, and stored for a job.
    world.tamper("ALTER TABLE refunds RENAME TO refunds_elsewhere").await;
    let second = tell("e-2", "4200000000202608030000000002");
    assert_eq!(second.send(&world.http, &world.base_url).await, 204);
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'received'").await, 1);
    world.tamper("ALTER TABLE refunds_elsewhere RENAME TO refunds").await;
    world.pass_minutes(1).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'applied'").await, 2);
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 1);

    let told = recorder.handle().render();
    for line in [
        "tejian_payments_total{outcome=\"paid\"} 1",
        "tejian_double_payments_total 1",
        "tejian_automatic_refunds_total 1",
    ] {
        assert!(told.lines().any(|found| found == line), "no {line} in\n{told}");
    }
}

#[tokio::test]
async fn money_that_does_not_fit_waits_for_a_person_who_gives_it_back() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let code = payment["code_url"].as_str().unwrap();
    world.tamper("UPDATE payment_attempts SET amount_fen = 126499").await;
    world.wechat.pay_native("oScanner", code).await.unwrap();
    world.settle().await;

    assert_eq!(state_of(&world, &phone, &order).await, "paying");
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    let next = page["next_step"]["text"].as_str().unwrap();
    assert!(next.starts_with("收到的付款与订单不一致，工作人员会与您联系"), "{next}");
    assert_eq!([&page["can"]["pay"], &page["can"]["void"]], [false, false]);
    assert_eq!(page["timeline"][0]["kind"], "payment_disputed");
    let state = world.get(&phone, &format!("/api/v1/orders/{order}/payment-state?ask=1")).await.ok();
    assert_eq!(state["state"], "disputed");
    let again = json!({ "key": "tap-00000002", "channel": "jsapi" });
    let again = world.post(&phone, &format!("/api/v1/orders/{order}/payments"), again).await;
    assert_eq!(again.refused(409), "payment_disputed");
    let void = world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await;
    assert_eq!(void.refused(409), "payment_disputed");

    // Nobody goes on asking, and the clock does not void it.
    let number = world.wechat.orders()[0].out_trade_no.clone();
    let asked = |world: &World| world.wechat.wire_log().iter().filter(|line| line.path.contains(&number)).count();
    let before = asked(&world);
    world.pass_minutes(73 * 60).await;
    assert_eq!(asked(&world), before);
    assert_eq!(state_of(&world, &phone, &order).await, "paying");

    let mut desk = world.staff("finance", &[Role::FinanceManager]).await;
    let desks = desk.get("/worklist").await;
    let desks = desks["desks"].as_array().unwrap();
    assert!(desks.iter().any(|desk| desk["code"] == "payment_disputes" && desk["count"] == 1), "{desks:?}");
    let end = the_only_dispute(&mut desk, "金额应为 1,264.99 元，实际 1,265.00 元").await;
    desk.try_post(&end, json!({})).await.refused(403, "step_up_needed");
    desk.step_up(&world).await;
    assert_eq!(desk.post(&end, json!({})).await["end"], "given_back");
    desk.try_post(&end, json!({})).await.refused(404, "dispute_not_found");
    world.pass_minutes(2).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success' AND amount_fen = 126500").await, 1);
    assert_eq!(state_of(&world, &phone, &order).await, "void", "its time was over");
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 1);
}

#[tokio::test]
async fn an_order_whose_remittance_ended_during_a_dispute_is_under_review_no_longer() {
    for rejected in [true, false] {
        let world = World::start().await;
        let unit = world.seed_unit("示例化工厂01", "13900000001").await;
        let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
        let order = order_by(&world, &unit, &phone, Class::Vat, "online", 30_000).await;
        let path = format!("/api/v1/orders/{order}");
        open_payment(&world, &phone, &order, "tap-00000001", "native").await;
        let number = world.wechat.orders()[0].out_trade_no.clone();
        world.post(&phone, &format!("{path}/method"), json!({ "method": "remitted" })).await.ok();
        draft(&world, &phone, &order, |_| ()).await.ok();
        submit(&world, &phone, &order).await.ok();

        // The attempt was closed, and WeChat tells late of money that does not fit.
        let mut late = world.app.pay.query(&number).await.unwrap();
        late.trade_state = TradeState::Success;
        late.app_id = "wx0000000000000000".to_owned();
        payments::settle(&world.app, &late).await.unwrap();
        let page = order_page(&world, &phone, &order).await;
        assert_eq!((page["state"].as_str(), page["under_review"].as_bool()), (Some("paying"), Some(true)));

        let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
        if rejected {
            let verdict = json!({ "verdict": "rejected", "opinion": "款项未到账" });
            let review = open_review(&mut reviewer).await["id"].as_str().unwrap().to_owned();
            reviewer.post(&format!("/reviews/{review}/verdict"), verdict).await;
        } else {
            world.post(&phone, &format!("{path}/remittance/withdraw"), json!({})).await.ok();
        }
        assert_eq!(order_page(&world, &phone, &order).await["under_review"], false, "nobody looks at it any more");

        let mut desk = world.staff("finance", &[Role::FinanceManager]).await;
        let end = the_only_dispute(&mut desk, "AppID").await;
        desk.step_up(&world).await;
        assert_eq!(desk.post(&end, json!({})).await["end"], "nothing_came");
        let page = order_page(&world, &phone, &order).await;
        assert_eq!((page["state"].as_str(), &page["can"]["void"]), (Some("pending_payment"), &json!(true)), "{page}");
        draft(&world, &phone, &order, |_| ()).await.ok();
        world.post(&phone, &format!("{path}/void"), json!({})).await.ok();
        assert_eq!(state_of(&world, &phone, &order).await, "void");
    }
}

#[tokio::test]
async fn a_dispute_that_ended_with_the_money_given_back_stays_ended() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    world.tamper("UPDATE payment_attempts SET amount_fen = 126499").await;
    world.wechat.pay_native("oScanner", payment["code_url"].as_str().unwrap()).await.unwrap();
    world.settle().await;
    let day = beijing_date(world.app.now_ms());

    // The next morning nobody has looked at it yet: a difference, and right so.
    world.clock.advance_ms(DAY_MS + 3_600_000);
    let compared = reconciliation::run(&world.app, day).await.expect("the bills are there");
    assert_eq!((compared.state, compared.differences), (DayState::Differences, 1));
    let mut desk = world.staff("finance", &[Role::FinanceManager]).await;
    let listed = desk.get(&format!("/reconciliation/differences?on={}", print_date(day))).await;
    let remedy = format!("/reconciliation/differences/{}/remedy", listed["items"][0]["id"].as_str().unwrap());
    let told = desk.post(&remedy, json!({})).await;
    assert!(told["text"].as_str().unwrap().contains("付款争议"), "{told}");
    let end = the_only_dispute(&mut desk, "金额应为 1,264.99 元").await;
    desk.step_up(&world).await;
    assert_eq!(desk.post(&end, json!({})).await["end"], "given_back");
    world.pass_minutes(2).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success' AND amount_fen = 126500").await, 1);
    assert_eq!(state_of(&world, &phone, &order).await, "pending_payment");

    // Whoever asks once more gets WeChat's old answer, and nothing begins anew.
    let told = desk.post(&remedy, json!({})).await;
    assert!(told["text"].as_str().unwrap().contains("原路退回"), "{told}");
    let mut operator = world.staff("operator", &[Role::IntegrationOperator]).await;
    let rejected = operator.get("/channel-events?state=rejected").await["items"][0].clone();
    let replayed =
        operator.post(&format!("/channel-events/{}/replay", rejected["id"].as_str().unwrap()), json!({})).await;
    assert_eq!(replayed["state"], "applied", "{replayed}");
    let number = world.wechat.orders()[0].out_trade_no.clone();
    let found = world.app.pay.query(&number).await.unwrap();
    assert!(matches!(payments::settle(&world.app, &found).await.unwrap(), payments::Settled::Mismatch(_)));
    world.settle().await;
    let compared = reconciliation::run(&world.app, day).await.expect("the bills are there");
    assert_eq!((compared.state, compared.differences), (DayState::Balanced, 0));
    assert_eq!((compared.books_count, compared.books_fen, compared.channel_fen), (1, 126_500, 126_500));
    let next = beijing_date(world.app.now_ms());
    world.clock.advance_ms(DAY_MS);
    world.settle().await;
    let compared = reconciliation::run(&world.app, next).await.expect("the bills are there");
    assert_eq!((compared.state, compared.differences), (DayState::Balanced, 0));
    assert_eq!((compared.books_refund_fen, compared.channel_refund_fen), (126_500, 126_500));

    assert_eq!(state_of(&world, &phone, &order).await, "pending_payment");
    let again = open_payment(&world, &phone, &order, "tap-00000002", "native").await;
    world.wechat.pay_native("oScanner", again["code_url"].as_str().unwrap()).await.unwrap();
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 1, "and only what did not fit went back");
}

#[tokio::test]
async fn a_dispute_about_a_payment_that_fits_after_all_ends_with_a_paid_order() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let code = payment["code_url"].as_str().unwrap();
    world.tamper("UPDATE payment_attempts SET app_id = 'wx0000000000000000'").await;
    world.wechat.pay_native("oScanner", code).await.unwrap();
    world.settle().await;
    world.tamper(&format!("UPDATE payment_attempts SET app_id = '{}'", world.app.config.wechat.mp.app_id)).await;
    let mut desk = world.staff("finance", &[Role::FinanceManager]).await;
    let end = the_only_dispute(&mut desk, "AppID").await;
    desk.step_up(&world).await;
    assert_eq!(desk.post(&end, json!({})).await["end"], "booked");
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn a_refund_notice_in_the_old_form_is_stored_and_the_refunds_are_asked_for() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let code = payment["code_url"].as_str().unwrap();
    world.tamper("UPDATE orders SET state = 'void'").await;
    world.tamper("UPDATE fees SET order_id = 'ord_another', state = 'locked'").await;
    world.wechat.faults().set(|faults| {
        faults.refund_notice_v2_xml = true;
        faults.notice_duplicates = 2;
    });
    world.wechat.pay_native("oScanner", code).await.unwrap();
    world.settle().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE kind = 'old_refund'").await, 1);
    assert_eq!(
        world.number("SELECT COUNT(*) FROM channel_events WHERE kind = 'old_refund' AND state = 'applied'").await,
        1
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'success'").await, 1, "no minute had to pass");

    let told = |body: &'static str| {
        let url = format!("{}/wechat/pay/notify/refund", world.base_url);
        world.http.post(url).header("content-type", "text/xml").body(body).send()
    };
    for foreign in [
        "<xml><mch_id>1</mch_id></xml>",
        "<xml",
        "<!DOCTYPE xml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml><mch_id>&a;</mch_id></xml>",
    ] {
        assert_eq!(told(foreign).await.unwrap().status(), 400, "{foreign}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE kind = 'old_refund'").await, 1);
}

#[tokio::test]
async fn the_timeline_tells_what_happened_in_its_order_although_wechat_tells_whole_seconds() {
    let world = World::start().await;
    world.clock.advance_ms(600);
    let (_, phone, order) = one_order(&world, 126_500).await;
    world.clock.advance_ms(200);
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    world.wechat.pay_native("oScanner", payment["code_url"].as_str().unwrap()).await.unwrap();
    world.settle().await;
    let page = world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    let kinds: Vec<&str> =
        page["timeline"].as_array().unwrap().iter().rev().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..3], ["created", "payment_started", "paid"], "{kinds:?}");
}
