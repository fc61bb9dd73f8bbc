//! What people try who want in without being somebody: planted and stolen tokens, codes used again, forged states, lists of
//! phones, programs that guess.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::recovery::{by_password, with_password};
use crate::seed::Class;
use crate::world::World;

const PHONE: &str = "13900000001";

#[tokio::test]
async fn a_token_that_somebody_planted_is_not_the_one_that_is_signed_in() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let planted = "a".repeat(64);
    let mut victim = world.visitor();
    victim.put_cookie("tejian_session", &planted);
    world.sign_in_by_sms(&mut victim, PHONE).await;
    assert_ne!(victim.cookie("tejian_session").as_deref(), Some(planted.as_str()));
    let mut attacker = Caller::with_token(&world.base_url, &planted);
    assert_eq!(attacker.get("/api/v1/session").await.expect(200)["signed_in"], false);
    // A session that was there before does not live on beside the new one.
    let before = victim.cookie("tejian_session").unwrap();
    world.clock.advance_ms(3_600_000);
    world.sign_in_by_sms(&mut victim, PHONE).await;
    let mut old = Caller::with_token(&world.base_url, &before);
    assert_eq!(old.get("/api/v1/session").await.expect(200)["signed_in"], false);
}

#[tokio::test]
async fn a_token_that_was_signed_out_changed_or_cut_opens_nothing() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    let phone = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    let last = if phone.token.ends_with('0') { "1" } else { "0" };
    let cut = &phone.token[..phone.token.len() - 1];
    for wrong in [format!("{cut}{last}"), cut.to_owned(), String::new(), "' OR 1=1 --".to_owned()] {
        let mut thief = Caller::with_token(&world.base_url, &wrong);
        thief.get("/api/v1/fees").await.refused(401, "not_signed_in");
    }
    let stored = world.number(&format!("SELECT COUNT(*) FROM sessions WHERE token_hash = '{}'", phone.token)).await;
    assert_eq!(stored, 0, "the token itself is nowhere");
    let mut owner = Caller::with_token(&world.base_url, &phone.token);
    owner.json(Method::DELETE, "/api/v1/session", &json!({})).await.expect(204);
    owner.get("/api/v1/fees").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_code_works_once_for_one_phone_and_one_purpose_and_ends_with_its_time() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut visitor = world.visitor();
    visitor.post("/api/v1/sms-codes", &json!({ "phone": PHONE })).await.expect(202);
    let code = world.sms_code(PHONE);
    let of = |phone: &str| json!({ "phone": phone, "code": code });
    visitor.post("/api/v1/session/sms", &of("13900000002")).await.refused(401, "bad_code");
    visitor.post("/api/v1/session/sms", &of(PHONE)).await.expect(200);
    let mut thief = world.visitor();
    thief.post("/api/v1/session/sms", &of(PHONE)).await.refused(401, "bad_code");
    world.clock.advance_ms(61_000);
    thief.post("/api/v1/sms-codes", &json!({ "phone": PHONE })).await.expect(202);
    let code = world.sms_code(PHONE);
    world.clock.advance_ms(5 * 60_000 + 1);
    let late = json!({ "phone": PHONE, "code": code });
    thief.post("/api/v1/session/sms", &late).await.refused(401, "bad_code");
}

#[tokio::test]
async fn a_code_is_not_found_by_trying_all_of_them() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut visitor = world.visitor();
    visitor.post("/api/v1/sms-codes", &json!({ "phone": PHONE })).await.expect(202);
    let code = world.sms_code(PHONE);
    let guesses = (0..1_000_000).map(|number| format!("{number:06}")).filter(|guess| *guess != code).take(5);
    for guess in guesses {
        let body = json!({ "phone": PHONE, "code": guess });
        visitor.post("/api/v1/session/sms", &body).await.refused(401, "bad_code");
    }
    let right = json!({ "phone": PHONE, "code": code });
    visitor.post("/api/v1/session/sms", &right).await.refused(401, "bad_code");
}

#[tokio::test]
async fn a_state_that_is_forged_or_comes_from_another_browser_signs_nobody_in() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let (_, _) = world.open_in_wechat(PHONE, "/h5/").await;
    let mut attacker = Caller::in_wechat(&world.base_url);
    let started = attacker.get("/wechat/oauth/start?return_to=%2Fh5%2F").await;
    let to_wechat = url::Url::parse(started.header("location")).unwrap();
    let state = to_wechat.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    // The victim is lured to the attacker's callback: another browser, so nothing is signed in or bound there.
    let mut victim = Caller::in_wechat(&world.base_url);
    for state in [state.as_str(), "", "0000", &"f".repeat(64)] {
        let reply = victim.get(&format!("/wechat/oauth/callback?code=anything&state={state}")).await;
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert!(reply.text().contains("失效"), "{}", reply.text());
    }
    assert_eq!(victim.get("/api/v1/session").await.expect(200)["signed_in"], false);
    assert_eq!(victim.get("/api/v1/session").await.expect(200)["wechat"]["openid_known"], false);
}

#[tokio::test]
async fn a_ticket_of_wechat_is_used_up_by_the_login_that_it_binds() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let (mut browser, _) = world.open_in_wechat(PHONE, "/h5/").await;
    let Some(ticket) = browser.cookie("tejian_ticket") else { panic!("WeChat has told who it is") };
    world.sign_in_by_sms(&mut browser, PHONE).await;
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["wechat"]["bound"], true);
    // Whoever saw the ticket binds nothing with it any more.
    let mut thief = Caller::in_wechat(&world.base_url);
    thief.put_cookie("tejian_ticket", &ticket);
    assert_eq!(thief.get("/api/v1/session").await.expect(200)["wechat"]["openid_known"], false);
    world.clock.advance_ms(3_600_000);
    world.sign_in_by_sms(&mut thief, "13900000002").await;
    assert_eq!(thief.get("/api/v1/session").await.expect(200)["wechat"]["bound"], false);
}

/// Opens our pages with the WeChat of the person with this phone, where they stand at an address of TLS.
async fn with_wechat_of(world: &World, phone: &str) -> Caller {
    let mut caller = Caller::in_wechat(&world.base_url);
    let started = caller.get("/wechat/oauth/start?return_to=%2Fh5%2F").await;
    let to_wechat = url::Url::parse(started.header("location")).unwrap();
    let state = to_wechat.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let code = world.wechat.oauth_code(&world.person(phone).mp_openid);
    let back = caller.get(&format!("/wechat/oauth/callback?code={code}&state={state}")).await;
    assert!(back.status.is_redirection(), "{}", back.text());
    caller
}

#[tokio::test]
async fn over_tls_a_cookie_that_another_host_planted_binds_nobody_and_stands_before_none() {
    let world =
        World::start_with(|config| config.service.public_base_url = "https://pay.example.gov.cn".to_owned()).await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    // The attacker's own WeChat, which no account is bound to, and what it left in his browser.
    let attacker = with_wechat_of(&world, "13900000002").await;
    let ticket = attacker.cookie("__Host-tejian_ticket").expect("WeChat has told who it is");
    assert_eq!(attacker.cookie("tejian_ticket"), None);
    let mut victim = Caller::in_wechat(&world.base_url);
    victim.put_cookie("tejian_ticket", &ticket);
    world.sign_in_by_sms(&mut victim, PHONE).await;
    assert_eq!(victim.get("/api/v1/session").await.expect(200)["wechat"]["bound"], false);
    let mut attacker = with_wechat_of(&world, "13900000002").await;
    assert_eq!(attacker.get("/api/v1/session").await.expect(200)["signed_in"], false);
    // A session beside one's own, of whatever name stands first.
    victim.put_cookie("tejian_session", &"a".repeat(64));
    assert_eq!(victim.get("/api/v1/session").await.expect(200)["signed_in"], true);
    // Nor does a round trip that somebody else began end in this browser.
    let began = attacker.cookie("__Host-tejian_oauth").expect("the mark of a browser");
    let started = attacker.get("/wechat/oauth/start?return_to=%2Fh5%2F").await;
    let to_wechat = url::Url::parse(started.header("location")).unwrap();
    let state = to_wechat.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    victim.put_cookie("tejian_oauth", &began);
    let reply = victim.get(&format!("/wechat/oauth/callback?code=anything&state={state}")).await;
    assert_eq!(reply.status, 400, "{}", reply.text());
}

#[tokio::test]
async fn nobody_learns_from_answers_which_phones_are_customers() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    with_password(&world, PHONE, "tejian-2026").await;
    let mut seen: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (phone, device) in [(PHONE, "known0123456789abc"), ("13900000088", "unknown0123456789")] {
        let mut visitor = world.visitor();
        visitor.put_header("x-device", device);
        let mut answers = Vec::new();
        for (path, body) in [
            ("/api/v1/sms-codes", json!({ "phone": phone })),
            ("/api/v1/session/sms", json!({ "phone": phone, "code": "000000" })),
            ("/api/v1/session/password", json!({ "login": phone, "password": "wrong-0000" })),
            ("/api/v1/session/password", json!({ "login": phone, "password": "wrong-0000" })),
            ("/api/v1/recovery/password", json!({ "phone": phone, "code": "000000", "new_password": "abcd-2026" })),
        ] {
            let reply = visitor.post(path, &body).await;
            let mut answer = reply.value();
            answer["status"] = json!(reply.status.as_u16());
            if let Some(error) = answer["error"].as_object_mut() {
                error.remove("trace_id");
            }
            answers.push(answer);
        }
        seen.insert(device, answers);
        world.clock.advance_ms(3_600_000);
    }
    let all: Vec<&Vec<Value>> = seen.values().collect();
    assert_eq!(all[0], all[1]);
}

#[tokio::test]
async fn ten_thousand_requests_for_codes_stay_within_the_limits_of_phone_device_address_and_day() {
    let world = World::start_with(|config| {
        config.http.trust_forwarded_for = true;
        config.login.sms_per_day_max = 400;
    })
    .await;
    let limits = world.app.config.login.clone();
    let mut visitor = world.visitor();
    let mut sent = 0u64;
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let mut by_address: BTreeMap<u64, u64> = BTreeMap::new();
    let mut by_device: BTreeMap<u64, u64> = BTreeMap::new();
    for number in 0..10_000u64 {
        // 60 phones, 40 devices, 25 addresses, in ever new combinations, over a quarter of an hour.
        let (phone, device, address) = (number * 7 % 60, number * 11 % 40, number * 13 % 25);
        visitor.put_header("x-device", &format!("device0123456789{device:04}"));
        visitor.put_header("x-forwarded-for", &format!("10.0.0.{address}"));
        let body = json!({ "phone": format!("139000010{phone:02}") });
        let reply = visitor.post("/api/v1/sms-codes", &body).await;
        if reply.status == 202 {
            sent += 1;
            *by_address.entry(address).or_default() += 1;
            *by_device.entry(device).or_default() += 1;
        } else {
            *refused.entry(reply.error_code()).or_default() += 1;
        }
        world.clock.advance_ms(90);
    }
    assert!(sent > 0 && refused.contains_key("sms_too_often"), "{sent} {refused:?}");
    assert_eq!(sent + refused.values().sum::<u64>(), 10_000, "{refused:?}");
    for phone in 0..60u64 {
        let codes = world.wechat.sms(&format!("139000010{phone:02}")).len() as u64;
        assert!(codes <= limits.sms_per_phone_per_hour * 2, "{phone}: {codes}");
    }
    // The quarter of an hour may touch two hours of the clock.
    assert!(by_address.values().all(|count| *count <= limits.sms_per_address_per_hour * 2), "{by_address:?}");
    assert!(by_device.values().all(|count| *count <= limits.sms_per_device_per_hour * 2), "{by_device:?}");
    assert!(sent <= limits.sms_per_day_max, "{sent}");
    // Whoever has ever new phones, devices and addresses comes to the end of the day's codes.
    for number in 0..600u64 {
        visitor.put_header("x-device", &format!("fresh0123456789{number:05}"));
        visitor.put_header("x-forwarded-for", &format!("10.1.{}.{}", number / 200, number % 200));
        let reply = visitor.post("/api/v1/sms-codes", &json!({ "phone": format!("1380000{number:04}") })).await;
        if reply.status == 202 {
            sent += 1;
        }
    }
    assert_eq!(sent, limits.sms_per_day_max, "the day's limit, to the message");
    let last = visitor.post("/api/v1/sms-codes", &json!({ "phone": "13800009999" })).await;
    last.refused(503, "sms_unavailable");
    world.clock.advance_ms(86_400_000);
    visitor.post("/api/v1/sms-codes", &json!({ "phone": "13800009999" })).await.expect(202);
}

#[tokio::test]
async fn who_has_a_network_full_of_addresses_is_one_at_the_officers_door_and_at_shared_links() {
    let world = World::start_with(|config| {
        config.http.trust_forwarded_for = true;
        config.login.password_tries_per_address_per_hour = 3;
        config.shares.fetches_per_address_per_hour = 3;
    })
    .await;
    let mut visitor = world.visitor();
    let from = |number: u64| format!("2001:db8:1:2::{number:x}");
    for number in 1..=3 {
        visitor.put_header("x-forwarded-for", &from(number));
        let guess = json!({ "login": format!("nobody{number}"), "password": "wrong-0000" });
        visitor.post("/staff/v1/session", &guess).await.refused(401, "bad_credentials");
        visitor.get(&format!("/shared/{number:064}")).await.refused(404, "share_not_found");
    }
    visitor.put_header("x-forwarded-for", &from(4));
    let guess = json!({ "login": "nobody4", "password": "wrong-0000" });
    visitor.post("/staff/v1/session", &guess).await.refused(429, "login_too_often");
    visitor.get(&format!("/shared/{:064}", 4)).await.refused(429, "share_too_often");
    // The network beside it is somebody else's.
    visitor.put_header("x-forwarded-for", "2001:db8:1:3::1");
    visitor.post("/staff/v1/session", &guess).await.refused(401, "bad_credentials");
    visitor.get(&format!("/shared/{:064}", 5)).await.refused(404, "share_not_found");
}

#[tokio::test]
async fn guessing_one_password_over_many_accounts_from_one_address_ends_at_questions() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    with_password(&world, PHONE, "Summer2026").await;
    let mut program = world.visitor();
    let mut compared = 0;
    for number in 2..60 {
        // Ever new devices: only the address stays the same.
        program.put_header("x-device", &format!("program0123456789{number}"));
        let reply = by_password(&mut program, &format!("139000000{number:02}"), "Summer2026", false).await;
        match reply.error_code().as_str() {
            "bad_credentials" => compared += 1,
            code => assert_eq!(code, "captcha_needed"),
        }
    }
    assert_eq!(compared, world.app.config.login.captcha_after_wrong_per_address);
    by_password(&mut program, PHONE, "Summer2026", false).await.refused(422, "captcha_needed");
    // A person answers the question and is in.
    by_password(&mut program, PHONE, "Summer2026", true).await.expect(200);
}

#[tokio::test]
async fn a_new_device_is_told_and_a_known_one_is_not() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let kinds = async |caller: &mut Caller| {
        world.settle().await;
        let list = caller.get("/api/v1/messages").await.expect(200);
        list["items"].as_array().unwrap().iter().filter(|message| message["kind"] == "new_device").count()
    };
    let mut first = world.visitor();
    first.put_header("x-device", "first0123456789abcdef");
    world.sign_in_by_sms(&mut first, PHONE).await;
    assert_eq!(kinds(&mut first).await, 0, "the first login ever is no news");
    world.clock.advance_ms(3_600_000);
    let mut other = world.visitor();
    other.put_header("x-device", "other0123456789abcdef");
    world.sign_in_by_sms(&mut other, PHONE).await;
    assert_eq!(kinds(&mut first).await, 1);
    world.clock.advance_ms(3_600_000);
    other.forget_cookies();
    world.sign_in_by_sms(&mut other, PHONE).await;
    assert_eq!(kinds(&mut first).await, 1, "the same device again");
    let devices = other.get("/api/v1/sessions").await.expect(200);
    assert_eq!(devices["items"].as_array().unwrap().len(), 3);
    assert_eq!(devices["items"][0]["address"], "127.0.0.*");
    other.json(Method::DELETE, "/api/v1/sessions", &json!({})).await.expect(204);
    assert_eq!(first.get("/api/v1/session").await.expect(200)["signed_in"], false);
    assert_eq!(other.get("/api/v1/session").await.expect(200)["signed_in"], true);
}

#[tokio::test]
async fn a_snapshot_user_of_wechat_is_neither_bound_nor_known() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    world.wechat.faults().set(|faults| faults.oauth_snapshot_user = true);
    let (mut browser, _) = world.open_in_wechat(PHONE, "/h5/").await;
    let session = browser.get("/api/v1/session").await.expect(200);
    assert_eq!((&session["signed_in"], &session["wechat"]["openid_known"]), (&json!(false), &json!(false)));
    world.sign_in_by_sms(&mut browser, PHONE).await;
    assert_eq!(browser.get("/api/v1/session").await.expect(200)["wechat"]["bound"], false);
    assert_eq!(world.number("SELECT COUNT(*) FROM wechat_users WHERE account_id IS NOT NULL").await, 0);
}
