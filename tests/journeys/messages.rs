//! From a message on the phone to the page it is about, and what WeChat tells of its delivery.

use serde_json::Value;
use simulator::MessageKind;
use tejian::happenings::{Happening, publish};

use crate::paying::{one_order, open_payment};
use crate::seed::{Class, Seeded, checkout};
use crate::unit_profile::own_fields;
use crate::world::World;

const PHONE: &str = "13900000001";

/// A unit with two payable fees, whose applicant follows the service account and has signed in inside WeChat once.
async fn a_follower(world: &World) -> Seeded {
    let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_fees(&unit, Class::Nontax, &[126_500, 80_000]).await;
    world.wechat.follow(&world.person(PHONE).mp_openid).await;
    let (mut browser, _) = world.open_in_wechat(PHONE, "/h5/").await;
    world.sign_in_by_sms(&mut browser, PHONE).await;
    unit
}

async fn fees_posted(world: &World, unit: &Seeded) {
    let happening = Happening::FeesPosted {
        batch: "import-1".to_owned(),
        unit_id: unit.unit.to_string(),
        applicant_phone: Some(PHONE.into()),
        fee_count: 2,
        amount_fen: 206_500,
    };
    let transaction = world.app.database.begin_write().await.unwrap();
    publish(&*transaction, &happening, world.app.now_ms()).await.unwrap();
    transaction.commit().await.unwrap();
}

fn cards(world: &World) -> Vec<simulator::PushedMessage> {
    let reached = world.wechat.pushed_messages(&world.person(PHONE).mp_openid).into_iter();
    reached.filter(|message| message.kind == MessageKind::Template).collect()
}

#[tokio::test]
async fn a_tap_on_the_pushed_message_opens_the_confirm_page_signed_in_for_the_right_unit() {
    let world = World::start().await;
    let unit = a_follower(&world).await;
    fees_posted(&world, &unit).await;
    world.settle().await;
    let card = cards(&world).pop().expect("a card in the chat");
    assert_eq!(card.data["amount3"]["value"], "2065.00元");
    let address = url::Url::parse(card.url.as_deref().expect("a tap leads somewhere")).unwrap();
    assert!(address.as_str().starts_with(&world.base_url), "{address}");
    let (_, return_to) = address.query_pairs().find(|(name, _)| name == "return_to").expect("a page");
    let (mut phone, landed) = world.open_in_wechat(PHONE, &return_to).await;
    assert_eq!(landed, format!("/h5/#/pages/confirm/confirm?all=1&unit={}", unit.unit));
    let session = phone.get("/api/v1/session").await.expect(200);
    assert_eq!((&session["signed_in"], &session["unit"]["id"]), (&Value::Bool(true), &unit.unit.as_str().into()));
    let home = phone.get("/api/v1/home").await.expect(200);
    assert_eq!(home["payable"], serde_json::json!({ "count": 2, "amount_fen": 206_500 }));
    assert_eq!(home["unread_messages"], 1);
    assert_eq!(home["latest_message"]["kind"], "fee_posted");
}

#[tokio::test]
async fn what_wechat_tells_of_the_delivery_is_kept() {
    let world = World::start().await;
    let unit = a_follower(&world).await;
    fees_posted(&world, &unit).await;
    world.settle().await;
    let delivered = "SELECT COUNT(*) FROM message_deliveries WHERE state = 'delivered'";
    assert_eq!(world.number(delivered).await, 1, "TEMPLATESENDJOBFINISH has come");
}

#[tokio::test]
async fn who_pays_is_told_once_and_reads_it() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    let inbox = world.get(&phone, "/api/v1/messages").await.ok();
    let told: Vec<&Value> =
        inbox["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "order_paid").collect();
    assert_eq!(told.len(), 1, "{inbox}");
    let link = told[0]["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("/h5/#/pages/order/order?id={order}&unit=unt_")), "{link}");
    let id = told[0]["id"].as_str().unwrap();
    world.post(&phone, &format!("/api/v1/messages/{id}/read"), serde_json::json!({})).await.ok();
    let after = world.get(&phone, "/api/v1/messages").await.ok();
    assert_eq!(after["unread"].as_i64().unwrap(), inbox["unread"].as_i64().unwrap() - 1);
    world.post(&phone, "/api/v1/messages/read-all", serde_json::json!({})).await.ok();
    assert_eq!(world.get(&phone, "/api/v1/messages").await.ok()["unread"], 0);
}

#[tokio::test]
async fn the_payment_is_told_before_the_reports_and_promises_only_what_is_there() {
    for (files, promise) in [
        (0, "检验报告上传后会通知您"),
        (1, "1 份检验报告现在可以下载，其余上传后会通知您"),
        (2, "检验报告现在可以下载"),
    ] {
        let world = World::start().await;
        let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
        let ids = world.seed_fees(&unit, Class::Nontax, &[126_500, 80_000]).await;
        let phone = world.phone(&unit.applicant, &unit.unit, &world.person(PHONE).mp_openid).await;
        let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, 206_500)).await.ok();
        let order = made["orders"][0]["id"].as_str().unwrap();
        let there = format!("SELECT id FROM reports ORDER BY id LIMIT {files}");
        world.tamper(&format!("UPDATE reports SET file_key = 'x' WHERE id IN ({there})")).await;
        let payment = open_payment(&world, &phone, order, "tap-00000001", "jsapi").await;
        world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
        world.wechat.deliver_due().await;
        if files == 2 {
            // Its turn comes last.
            world.tamper("UPDATE jobs SET run_at = run_at + 60000 WHERE payload LIKE '%\"order_paid\"%'").await;
        }
        world.settle().await;
        world.pass_minutes(2).await;
        let inbox = world.get(&phone, "/api/v1/messages").await.ok();
        let told: Vec<&Value> = inbox["items"].as_array().unwrap().iter().rev().collect();
        assert_eq!(told[0]["kind"], "order_paid", "{inbox}");
        assert!(told[0]["body"].as_str().unwrap().ends_with(&format!("{promise}。")), "{inbox}");
        assert_eq!(told.iter().filter(|message| message["kind"] == "order_paid").count(), 1);
        assert_eq!(told.iter().any(|message| message["kind"] == "report_ready"), files == 2, "{inbox}");
    }
}

#[tokio::test]
async fn a_strangers_message_cannot_be_marked_as_read() {
    let world = World::start().await;
    let unit = a_follower(&world).await;
    fees_posted(&world, &unit).await;
    world.settle().await;
    let mine = world.phone(&unit.applicant, &unit.unit, "oMine").await;
    let id = world.get(&mine, "/api/v1/messages").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let other = world.seed_unit("别人的单位", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "oOther").await;
    let read = format!("/api/v1/messages/{id}/read");
    assert_eq!(world.post(&stranger, &read, serde_json::json!({})).await.refused(404), "message_not_found");
    assert_eq!(world.get(&mine, "/api/v1/messages").await.ok()["unread"], 1);
}

#[tokio::test]
async fn whom_a_unit_names_for_safety_hears_of_its_reports_by_text_message_or_in_his_inbox() {
    const SAFETY: &str = "13900000077";
    let world = World::start().await;
    let (unit, _, order) = one_order(&world, 126_500).await;
    let owner = world.phone(&unit.unit_account, &unit.unit, "unit").await;
    world.ask(&owner, reqwest::Method::PUT, "/api/v1/unit-profile", Some(own_fields())).await.ok();
    let tell = async |order_id: &str| {
        let transaction = world.app.database.begin_write().await.unwrap();
        let ready = Happening::ReportsReady { order_id: order_id.to_owned() };
        publish(&*transaction, &ready, world.app.now_ms()).await.unwrap();
        transaction.commit().await.unwrap();
        world.pass_minutes(1).await;
    };
    tell(&order).await;
    let heard = world.wechat.sms(SAFETY);
    assert_eq!(heard.len(), 1, "he has no account: a text message");
    assert_eq!(heard[0].params["unit"], "示例物业001有限公司");
    tell(&order).await;
    assert_eq!(world.wechat.sms(SAFETY).len(), 1, "the same is told once");
    // With an account of his own it is in his inbox, and nothing is sent that costs.
    let mut visitor = world.visitor();
    world.sign_in_by_sms(&mut visitor, SAFETY).await;
    let fees = world.seed_fees(&unit, Class::Nontax, &[100]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "other").await;
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000002", &fees, 100)).await.ok();
    let before = world.wechat.sms(SAFETY).len();
    tell(made["orders"][0]["id"].as_str().unwrap()).await;
    assert_eq!(world.wechat.sms(SAFETY).len(), before);
    let inbox = visitor.get("/api/v1/messages").await.expect(200);
    assert_eq!(inbox["items"][0]["kind"], "report_ready");
    let members =
        format!("SELECT COUNT(*) FROM messages WHERE account_id = '{}' AND kind = 'report_ready'", unit.applicant);
    assert_eq!(world.number(&members).await, 2, "members hear of it as before, each once");
}
