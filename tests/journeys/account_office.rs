//! Running the service account from the console (B-31), and one person across service account, mini-program and browser.

use serde_json::{Value, json};
use tejian::accounts;
use tejian::staff::Role;

use crate::caller::Caller;
use crate::staff_world::Desk;
use crate::world::World;

const PHONE: &str = "13900000001";

fn openid(world: &World) -> String {
    world.person(PHONE).mp_openid.clone()
}

fn menu() -> Value {
    json!({ "buttons": [
        { "name": "缴费", "page": "/h5/#/pages/home/home" },
        { "name": "服务", "entries": [
            { "name": "检验报告", "page": "/h5/#/pages/reports/reports" },
            { "name": "人工客服", "key": "SERVICE" },
        ] },
    ] })
}

async fn operator(world: &World) -> Desk {
    world.staff("operator", &[Role::ContentOperator]).await
}

#[tokio::test]
async fn a_menu_is_written_pushed_compared_and_rolled_back() {
    let world = World::start().await;
    let mut desk = operator(&world).await;
    let office = desk.get("/account/menu").await;
    assert_eq!((&office["draft_number"], &office["live"]["exists"]), (&json!(0), &json!(false)));
    let first = desk.post("/account/menu/versions", json!({ "content": menu(), "note": "第一版" })).await;
    assert_eq!(first["number"], 1);
    assert!(world.wechat.tap_menu(&openid(&world), "人工客服").await.is_none(), "nobody sees it yet");
    let pushed = desk.post("/account/menu/versions/1/push", json!({})).await;
    assert_eq!((&pushed["live"]["same"], &pushed["versions"][0]["live"]), (&json!(true), &json!(true)));
    let answer = world.wechat.tap_menu(&openid(&world), "人工客服").await.expect("an answer");
    assert!(answer.contains("留言"), "{answer}");

    let mut other = menu();
    other["buttons"][0]["name"] = json!("马上缴费");
    desk.post("/account/menu/versions", json!({ "content": other, "note": "改名" })).await;
    let office = desk.get("/account/menu").await;
    assert_eq!(office["live"]["same"], false);
    assert!(office["live"]["only_draft"][0].as_str().unwrap().starts_with("马上缴费 → 打开"), "{office}");
    assert!(office["live"]["only_live"][0].as_str().unwrap().starts_with("缴费 → 打开"), "{office}");
    desk.post("/account/menu/versions/2/push", json!({})).await;
    let back = desk.post("/account/menu/versions/1/push", json!({})).await;
    assert_eq!(back["live"]["lines"][0].as_str().unwrap().split(' ').next(), Some("缴费"));
    let versions: Vec<&Value> = back["versions"].as_array().unwrap().iter().map(|one| &one["live"]).collect();
    assert_eq!(versions, [&json!(false), &json!(true)]);

    for (broken, why) in [
        (json!({ "buttons": [] }), "1–3"),
        (json!({ "buttons": [{ "name": "一个太长的名称啊", "page": "/h5/" }] }), "太长"),
        (json!({ "buttons": [{ "name": "外网", "page": "https://evil.example/" }] }), "/h5/"),
        (json!({ "buttons": [{ "name": "没有", "key": "NOBODY" }] }), "NOBODY"),
        (json!({ "buttons": [{ "name": "空" }] }), "动作"),
    ] {
        let refusal = desk.try_post("/account/menu/versions", json!({ "content": broken })).await;
        let refusal = refusal.refused(422, "menu_wrong");
        assert!(refusal["message"].as_str().unwrap().contains(why), "{refusal}");
    }
    world.wechat.faults().errcode("/cgi-bin/menu/create", 48001, 1);
    desk.try_post("/account/menu/versions/2/push", json!({})).await.refused(503, "wechat_unavailable");
    assert_eq!(desk.get("/account/menu").await["versions"][1]["live"], true, "what was not taken is not live");
}

#[tokio::test]
async fn what_the_account_says_is_changed_tried_and_restored() {
    let world = World::start().await;
    let mut desk = operator(&world).await;
    let mut content = desk.get("/account/replies").await["content"].clone();
    content["welcome"] = json!("欢迎，客服 {phone}");
    let first =
        json!({ "key": "HOLIDAY", "words": ["缴费", "放假"], "text": "国庆期间照常缴费。", "hand_over": false });
    content["answers"].as_array_mut().unwrap().insert(0, first);
    let attempt = json!({ "content": content, "text": "我要缴费" });
    assert_eq!(desk.post("/account/replies/try", attempt).await["text"], "国庆期间照常缴费。");
    let before = world.wechat.send_text(&openid(&world), "我要缴费").await.expect("an answer");
    assert!(!before.contains("国庆"), "only tried: {before}");
    let kept = desk.post("/account/replies/versions", json!({ "content": content, "note": "国庆" })).await;
    assert_eq!(kept["number"], 1);
    let after = world.wechat.send_text(&openid(&world), "我要缴费").await.expect("an answer");
    assert_eq!(after, "国庆期间照常缴费。", "what stands first wins");
    let welcome = world.wechat.follow(&openid(&world)).await.expect("a welcome");
    assert_eq!(welcome, "欢迎，客服 023-00000000");
    content["answers"][0]["text"] = json!("国庆结束了。");
    desk.post("/account/replies/versions", json!({ "content": content, "note": "节后" })).await;
    desk.post("/account/replies/versions/1/restore", json!({})).await;
    let restored = world.wechat.send_text(&openid(&world), "我要缴费").await.expect("an answer");
    assert_eq!(restored, "国庆期间照常缴费。");
    content["welcome"] = json!("{nobody}");
    let refused = desk.try_post("/account/replies/versions", json!({ "content": content })).await;
    refused.refused(422, "replies_wrong");
}

#[tokio::test]
async fn a_scene_code_leads_to_its_page_and_is_counted_and_an_unknown_one_is_harmless() {
    let world = World::start().await;
    let mut desk = operator(&world).await;
    let new = json!({ "kind": "counter", "name": "渝中窗口", "page": "/h5/#/pages/home/home" });
    let code = desk.post("/scene-codes", new).await;
    let ticket = world.wechat.ticket_of(code["url"].as_str().unwrap()).expect("a code of WeChat");
    let welcome = world.wechat.scan_scene(&openid(&world), &ticket).await.expect("an answer");
    assert!(
        welcome.contains("欢迎关注") && welcome.contains("渝中窗口") && welcome.contains("home%2Fhome"),
        "{welcome}"
    );
    let again = world.wechat.scan_scene(&openid(&world), &ticket).await.expect("an answer");
    assert!(again.starts_with("这里是渝中窗口"), "{again}");
    let list = desk.get("/scene-codes").await;
    assert_eq!((&list["items"][0]["scans"], &list["items"][0]["follows"]), (&json!(2), &json!(1)));
    let id = code["id"].as_str().unwrap();
    let days = desk.get(&format!("/scene-codes/{id}/days")).await;
    assert_eq!(days["items"], json!([{ "on": "2026-08-03", "scans": 2, "follows": 1 }]));
    desk.post(&format!("/scene-codes/{id}/retire"), json!({})).await;
    assert_eq!(world.wechat.scan_scene(&openid(&world), &ticket).await, None, "a retired code leads nowhere");
    let unknown = world.app.wechat.mp().unwrap();
    let foreign = wechat::mp::QrScene::Permanent { scene: "somebody-elses".to_owned() };
    let foreign = unknown.qrcode_create(&foreign).await.unwrap().ticket;
    assert_eq!(world.wechat.scan_scene(&openid(&world), &foreign).await, None);
    world.wechat.unfollow(&openid(&world)).await;
    let welcome = world.wechat.scan_scene(&openid(&world), &foreign).await.expect("a welcome");
    assert!(welcome.contains("欢迎关注"), "{welcome}");
    let followers = desk.get("/account/followers").await;
    let today = followers["days"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(today, json!({ "on": "2026-08-03", "joined": 2, "departed": 1 }));
    assert!(followers["total"].as_i64().is_some_and(|total| total >= 1), "{followers}");
    for (page, name) in [("https://evil.example/", "外"), ("", " ")] {
        let wrong = json!({ "kind": "other", "name": name, "page": page });
        desk.try_post("/scene-codes", wrong).await.refused(422, "scene_code_wrong");
    }
}

/// The account that the service account's openid belongs to.
async fn account_in_service_account(world: &World) -> Option<String> {
    let app_id = &world.app.config.wechat.mp.app_id;
    let found = accounts::account_of_openid(world.app.database.reader(), app_id, &openid(world)).await.unwrap();
    found.map(|account| account.id.to_string())
}

#[tokio::test]
async fn a_new_follower_is_known_by_his_unionid_from_the_mini_program() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
    let person = world.person(PHONE).clone();
    let transaction = world.app.database.begin_write().await.unwrap();
    let (app_id, now) = (&world.app.config.wechat.mini.app_id, world.app.now_ms());
    let unionid = Some(person.unionid.as_str());
    accounts::bind_openid(&*transaction, app_id, &person.mini_openid, unionid, &unit.applicant, now).await.unwrap();
    transaction.commit().await.unwrap();
    world.wechat.follow(&openid(&world)).await;
    world.settle().await;
    assert_eq!(account_in_service_account(&world).await, Some(unit.applicant.to_string()));
}

#[tokio::test]
async fn without_a_unionid_a_code_joins_the_wechat_to_the_account_once() {
    let world = World::start().await;
    world.wechat.faults().set(|faults| faults.no_unionid = true);
    let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.wechat.follow(&openid(&world)).await;
    world.settle().await;
    assert_eq!(account_in_service_account(&world).await, None);
    let phone = world.phone(&unit.applicant, &unit.unit, "an-openid-of-the-browser").await;
    let mut browser = Caller::with_token(&world.base_url, &phone.token);
    browser.post("/api/v1/wechat/bind-codes", &json!({})).await.refused(403, "proof_needed");
    browser.post("/api/v1/proofs/code", &json!({})).await.expect(202);
    let proof = json!({ "code": world.sms_code(PHONE) });
    let code = browser.post("/api/v1/wechat/bind-codes", &proof).await.expect(200);
    let ticket = world.wechat.ticket_of(code["url"].as_str().unwrap()).expect("a code of WeChat");
    let told = world.wechat.scan_scene(&openid(&world), &ticket).await.expect("an answer");
    assert!(told.contains("连在一起") && told.contains("139****0001"), "{told}");
    assert_eq!(account_in_service_account(&world).await, Some(unit.applicant.to_string()));
    let other = world.wechat.people()[1].mp_openid.clone();
    let late = world.wechat.scan_scene(&other, &ticket).await.expect("an answer");
    assert!(late.contains("已经用过"), "{late}");
    let app_id = &world.app.config.wechat.mp.app_id;
    let found = accounts::account_of_openid(world.app.database.reader(), app_id, &other).await.unwrap();
    assert!(found.is_none(), "a used code binds nobody");
    Caller::browser(&world.base_url).post("/api/v1/wechat/bind-codes", &json!({})).await.refused(401, "not_signed_in");
}
