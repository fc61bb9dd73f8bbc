//! What people agree to: read long enough, in its present version, once.

use foundation::secret_hash::new_token;
use reqwest::Method;
use serde_json::json;
use tejian::accounts::Client;

use crate::seed::Class;
use crate::world::{Phone, World};

/// Somebody signed in who belongs to no unit yet.
pub async fn somebody(world: &World, phone: &str) -> Phone {
    let transaction = world.app.database.begin_write().await.unwrap();
    let account = tejian::accounts::ensure_person(&*transaction, phone, "王小明", world.app.now_ms()).await.unwrap();
    let session = tejian::accounts::NewSession {
        account_id: account.id.clone(),
        unit_id: None,
        client: Client::H5InBrowser,
        device: "test".to_owned(),
        device_key: None,
        address: None,
        wechat: None,
    };
    let started = tejian::accounts::start_session(&world.app, &*transaction, session).await.unwrap();
    transaction.commit().await.unwrap();
    Phone { account: account.id, unit: tejian::accounts::UnitId::new(), openid: String::new(), token: started.token }
}

/// Opens these texts, reads them, and agrees.
pub async fn agree(world: &World, phone: &Phone, purposes: &[&str]) {
    let mut opened = Vec::new();
    for purpose in purposes {
        opened.push(world.get(phone, &format!("/api/v1/agreements/{purpose}")).await.ok());
    }
    world.clock.advance_ms(10_000);
    for text in opened {
        let consent =
            json!({ "purpose": text["purpose"], "version": text["version"], "opened_token": text["opened_token"] });
        assert_eq!(world.post(phone, "/api/v1/consents", consent).await.status, 204);
    }
}

#[tokio::test]
async fn a_text_is_agreed_to_only_after_its_reading_time() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000051").await;
    let text = world.get(&phone, "/api/v1/agreements/registration").await.ok();
    assert_eq!(text["reading_seconds"], 10);
    assert!(text["paragraphs"].as_array().unwrap().len() > 5);
    let consent =
        json!({ "purpose": "registration", "version": text["version"], "opened_token": text["opened_token"] });
    let early = world.post(&phone, "/api/v1/consents", consent.clone()).await;
    assert_eq!(early.body["error"]["details"]["wait_s"], 10);
    assert_eq!(early.refused(425), "agreement_read_too_fast");
    world.clock.advance_ms(9_999);
    assert_eq!(world.post(&phone, "/api/v1/consents", consent.clone()).await.refused(425), "agreement_read_too_fast");
    world.clock.advance_ms(1);
    assert_eq!(world.post(&phone, "/api/v1/consents", consent.clone()).await.status, 204);
    // The tap was doubled: one consent all the same.
    assert_eq!(world.post(&phone, "/api/v1/consents", consent).await.status, 204);
    let mine = world.get(&phone, "/api/v1/consents").await.ok();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    assert_eq!(mine["items"][0]["outdated"], false);
    assert_eq!(world.number("SELECT COUNT(*) FROM consents WHERE address <> '' AND text_sha256 <> ''").await, 1);
}

/// What a token says, without its signature.
fn opened_payload(token: &str) -> &str {
    token.split('.').next().unwrap()
}

#[tokio::test]
async fn the_reading_time_cannot_be_cheated() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000052").await;
    let short = world.get(&phone, "/api/v1/agreements/personal_information").await.ok();
    assert_eq!(short["reading_seconds"], 0);
    let version = &world.get(&phone, "/api/v1/agreements/registration").await.ok()["version"];
    let with = |token: &str| json!({ "purpose": "registration", "version": version, "opened_token": token });
    // The token of another text, one of nobody, and one that was open all day.
    let other = short["opened_token"].as_str().unwrap();
    assert_eq!(world.post(&phone, "/api/v1/consents", with(other)).await.refused(422), "agreement_not_opened");
    let forged = format!("{}.9999999999999.{}", opened_payload(other), new_token());
    assert_eq!(world.post(&phone, "/api/v1/consents", with(&forged)).await.refused(422), "agreement_not_opened");
    let opened = world.get(&phone, "/api/v1/agreements/registration").await.ok();
    world.clock.advance_ms(121 * 60_000);
    let stale = opened["opened_token"].as_str().unwrap();
    assert_eq!(world.post(&phone, "/api/v1/consents", with(stale)).await.refused(422), "agreement_not_opened");
    let old = json!({ "purpose": "registration", "version": "2020-01-01", "opened_token": stale });
    assert_eq!(world.post(&phone, "/api/v1/consents", old).await.refused(409), "agreement_changed");
    assert_eq!(world.number("SELECT COUNT(*) FROM consents").await, 0);
}

#[tokio::test]
async fn a_new_version_needs_a_new_consent() {
    let directory = std::env::temp_dir().join(foundation::ids::new_id_text("agreements"));
    std::fs::create_dir_all(&directory).unwrap();
    let text = |version: &str| format!("---\ntitle: 协议\nversion: {version}\ntimed: yes\n---\n# 一\n正文 {version}\n");
    for name in ["registration", "enterprise_service", "personal_information", "follow_up"] {
        std::fs::write(directory.join(format!("{name}.md")), text("1")).unwrap();
    }
    let path = directory.to_str().unwrap().to_owned();
    let world = World::start_with(|config| config.agreements.directory = path).await;
    let phone = somebody(&world, "13900000053").await;
    agree(&world, &phone, &["registration"]).await;
    std::fs::write(directory.join("registration.md"), text("2")).unwrap();
    let updated = world.second_node().await;
    let reader = updated.database.reader();
    let agreed = tejian::agreements::agreed_by(reader, &updated, &phone.account).await.unwrap();
    assert!(agreed[0].outdated, "the first version is not the present one");
    let missing =
        tejian::agreements::demand(reader, &updated, &phone.account, &[tejian::agreements::Purpose::Registration]);
    assert_eq!(missing.await.unwrap_err().code(), "consent_missing");
    let titles = tejian::agreements::outdated_titles(reader, &updated, &phone.account).await.unwrap();
    assert_eq!(titles, ["协议"], "the first page asks again");
    let still = tejian::agreements::demand(
        world.app.database.reader(),
        &world.app,
        &phone.account,
        &[tejian::agreements::Purpose::Registration],
    );
    still.await.expect("the node with the old text is content");
}

/// PIPL, articles 17, 23 and 30: who gets what, and for what; why a bank account is needed, and what may happen.
#[tokio::test]
async fn the_statement_on_personal_data_names_who_gets_what_and_for_what() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000057").await;
    let text = world.get(&phone, "/api/v1/agreements/personal_information").await.ok();
    let paragraphs = text["paragraphs"].as_array().unwrap();
    let words = |paragraph: &serde_json::Value| paragraph["text"].as_str().unwrap().to_owned();
    for (recipient, told) in [
        ("微信支付", ["订单号", "收款和退款"]),
        ("微信服务号", ["通知内容", "发送通知"]),
        ("短信服务商", ["手机号", "发送短信"]),
        ("银行", ["账号", "退到您的银行账户"]),
        ("开票平台", ["税号", "开具票据"]),
        ("邮件服务商", ["电子邮箱", "发送邮件"]),
        ("邮政、快递", ["地址", "邮寄纸质报告"]),
        ("托管本平台", ["加密", "存储"]),
    ] {
        let said: Vec<String> = paragraphs.iter().map(words).filter(|said| said.starts_with(recipient)).collect();
        let named = said.iter().any(|said| said.contains('：') && told.iter().all(|word| said.contains(word)));
        assert!(named, "{recipient}: {said:?}");
    }
    let bank = paragraphs.iter().position(|one| one["kind"] == "heading" && words(one).contains("银行账户"));
    let why = words(&paragraphs[bank.expect("a headline of its own") + 1]);
    assert!(why.contains("诈骗") && why.contains("可以不提供"), "{why}");
    // Whoever agreed to the words that named nobody is asked again.
    agree(&world, &phone, &["personal_information"]).await;
    assert_eq!(world.get(&phone, "/api/v1/consents").await.ok()["items"][0]["outdated"], false);
    world.tamper("UPDATE consents SET version = '2026-08-01'").await;
    assert_eq!(world.get(&phone, "/api/v1/consents").await.ok()["items"][0]["outdated"], true);
}

#[tokio::test]
async fn what_is_optional_can_be_taken_back_and_the_rest_cannot() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000054").await;
    agree(&world, &phone, &["follow_up", "registration"]).await;
    let refused = world.ask(&phone, Method::DELETE, "/api/v1/consents/registration", None).await;
    assert_eq!(refused.refused(409), "consent_needed");
    assert_eq!(world.ask(&phone, Method::DELETE, "/api/v1/consents/follow_up", None).await.status, 204);
    let mine = world.get(&phone, "/api/v1/consents").await.ok();
    let follow_up = mine["items"].as_array().unwrap().iter().find(|item| item["purpose"] == "follow_up").unwrap();
    assert!(follow_up["withdrawn_at"].is_number());
    // And agreed again.
    agree(&world, &phone, &["follow_up"]).await;
    assert_eq!(
        world.number("SELECT COUNT(*) FROM consents WHERE purpose = 'follow_up' AND withdrawn_at IS NULL").await,
        1
    );
}

#[tokio::test]
async fn the_policy_keeps_uncertified_units_from_paying_online_where_the_institute_wants_it() {
    let world = World::start_with(|config| {
        config.policy.pay_online = "imported,certified".to_owned();
        config.policy.credit = "certified".to_owned();
        config.policy.electronic_report = "certified".to_owned();
    })
    .await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let fees = world.seed_fees(&unit, Class::Vat, &[5_000]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let selection = json!({ "fee_ids": fees });
    let methods = |preview: &serde_json::Value| preview["groups"][0]["methods"][0]["available"].clone();
    let before = world.post(&phone, "/api/v1/checkouts/preview", selection.clone()).await.ok();
    assert_eq!(methods(&before), true, "imported units may: {before}");
    world.tamper("UPDATE units SET level = 'uncertified'").await;
    let after = world.post(&phone, "/api/v1/checkouts/preview", selection).await.ok();
    assert_eq!(methods(&after), false);
    let credit = json!({ "fee_ids": fees, "reason": "月底结算", "proposed_due_on": "2026-08-30" });
    assert_eq!(world.post(&phone, "/api/v1/credit-requests", credit).await.refused(403), "level_forbids");
}

#[tokio::test]
async fn a_new_version_written_in_the_console_holds_from_its_day_and_is_asked_for_again() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000056").await;
    agree(&world, &phone, &["registration"]).await;
    let mut desk = world.staff("content", &[tejian::staff::Role::ContentOperator]).await;
    let before = desk.get("/agreements").await;
    let text = |all: &serde_json::Value| {
        let items = all["items"].as_array().unwrap();
        items.iter().find(|one| one["purpose"] == "registration").unwrap().clone()
    };
    assert_eq!(text(&before)["installed"], true);
    let words = "# 一、总则\n本协议自发布之日起施行。\n- 新增一条";
    let short = json!({ "title": "用户注册协议", "body": "一句" });
    desk.put("/agreements/registration/draft", short).await.refused(422, "agreement_wrong");
    let draft = json!({ "title": "用户注册协议", "body": words, "note": "新增一条" });
    let kept = desk.put("/agreements/registration/draft", draft).await.expect(200);
    assert_eq!(text(&kept)["versions"][0]["state"], "draft");
    let shown = world.get(&phone, "/api/v1/agreements/registration").await.ok();
    assert_eq!(shown["version"], text(&before)["version"], "a draft is nobody's business yet");

    desk.step_up(&world).await;
    let past = json!({ "effective_on": "2026-08-01" });
    desk.try_post("/agreements/registration/publish", past).await.refused(422, "agreement_wrong");
    let planned = desk.post("/agreements/registration/publish", json!({ "effective_on": "2026-08-05" })).await;
    assert_eq!(text(&planned)["versions"][0]["state"], "planned");
    let again = json!({ "effective_on": "2026-08-05" });
    desk.try_post("/agreements/registration/publish", again).await.refused(409, "agreement_no_draft");
    assert_eq!(world.get(&phone, "/api/v1/consents").await.ok()["items"][0]["outdated"], false);

    world.clock.advance_ms(2 * 86_400_000);
    let shown = world.get(&phone, "/api/v1/agreements/registration").await.ok();
    assert_eq!((&shown["version"], &shown["reading_seconds"]), (&json!("2026-08-05"), &json!(10)));
    assert_eq!(shown["paragraphs"].as_array().unwrap().len(), 3);
    assert_eq!(world.get(&phone, "/api/v1/consents").await.ok()["items"][0]["outdated"], true, "asked again");
    agree(&world, &phone, &["registration"]).await;
    let mine = world.get(&phone, "/api/v1/consents").await.ok();
    assert_eq!((&mine["items"][0]["version"], &mine["items"][0]["outdated"]), (&json!("2026-08-05"), &json!(false)));
    let mut desk = world.staff("later", &[tejian::staff::Role::ContentOperator]).await;
    assert_eq!(text(&desk.get("/agreements").await)["versions"][0]["state"], "live");
    assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action LIKE 'agreement.%'").await, 2);
}
