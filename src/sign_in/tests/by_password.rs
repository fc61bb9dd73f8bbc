use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;

use crate::sign_in::work;
use crate::staff;

use super::{Browser, House, MINUTE_MS, PASSWORD, PHONE};

#[tokio::test]
async fn the_right_password_signs_in_and_keeps_the_token_from_scripts() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    let answer = browser.by_password(PHONE, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["signed_in"], true);
    assert_eq!(answer.body["account"]["phone_masked"], "139****0001");
    assert!(answer.body.get("token").is_none(), "browsers get a cookie, no token");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(browser.get("/api/v1/session").await.body["account"]["display_name"], "张三");
}

#[tokio::test]
async fn a_login_pasted_with_blanks_and_full_width_digits_is_understood() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let answer = Browser::new(&house).by_password(" １３９００００００01\u{3000}", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn wrong_account_and_wrong_password_look_the_same_try_by_try() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    house.person("13900000003", None).await;
    let mut browser = Browser::new(&house);
    for _ in 0..7 {
        let mut seen = Vec::new();
        for login in [PHONE, "13900000002", "13900000003", "没有这个账号"] {
            let mut answer = browser.by_password(login, "wrong-0000").await;
            answer.body["error"]["trace_id"] = json!("-");
            seen.push((answer.status, answer.body.to_string()));
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    }
}

#[tokio::test]
async fn five_wrong_passwords_lock_and_time_unlocks() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    for _ in 0..5 {
        assert_eq!(browser.by_password(PHONE, "wrong-0000").await.code(), "bad_credentials");
    }
    let locked = browser.by_password(PHONE, PASSWORD).await;
    assert_eq!((locked.status, locked.code()), (StatusCode::LOCKED, "account_locked"));
    let unlock_at = locked.body["error"]["details"]["unlock_at"].as_i64().unwrap();
    assert_eq!(unlock_at, house.app.now_ms() + 30 * MINUTE_MS);
    house.clock.advance_ms(30 * MINUTE_MS - 1);
    assert_eq!(browser.by_password(PHONE, PASSWORD).await.code(), "account_locked");
    house.clock.advance_ms(1);
    assert_eq!(browser.by_password(PHONE, PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_right_password_forgets_earlier_wrong_ones() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    for _ in 0..3 {
        for _ in 0..4 {
            browser.by_password(PHONE, "wrong-0000").await;
        }
        assert_eq!(browser.by_password(PHONE, PASSWORD).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn parallel_guesses_do_not_outrun_the_limit() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    for login in [PHONE, "13900000002"] {
        let guesses = (0..20).map(|number| {
            let house = &house;
            async move { Browser::new(house).by_password(login, &format!("guess-{number}")).await.status }
        });
        let statuses = join_all(guesses).await;
        let compared = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
        assert_eq!(compared, 5, "{login}: {statuses:?}");
    }
    assert_eq!(Browser::new(&house).by_password(PHONE, PASSWORD).await.code(), "account_locked");
}

#[tokio::test]
async fn an_sms_code_unlocks_at_once() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    for _ in 0..6 {
        browser.by_password(PHONE, "wrong-0000").await;
    }
    browser.ask_for_code(PHONE).await;
    assert_eq!(browser.by_sms(PHONE, &house.phones.code(PHONE)).await.status, StatusCode::OK);
    assert_eq!(browser.by_password(PHONE, PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_address_cannot_guess_without_end() {
    let mut config = crate::testing::config();
    config.login.password_tries_per_address_per_hour = 3;
    let house = House::with(config).await;
    let mut browser = Browser::new(&house);
    for number in 0..3 {
        assert_eq!(browser.by_password(&format!("1390000000{number}"), "x").await.code(), "bad_credentials");
    }
    let refused = browser.by_password("13900000009", "x").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "login_too_often"));
    house.clock.advance_ms(60 * MINUTE_MS);
    assert_eq!(browser.by_password("13900000009", "x").await.code(), "bad_credentials");
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_signs_other_devices_out() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let (mut here, mut elsewhere) = (Browser::new(&house), Browser::new(&house));
    here.by_password(PHONE, PASSWORD).await;
    elsewhere.by_password(PHONE, PASSWORD).await;
    let path = "/api/v1/password";
    for (current, code) in [(json!(null), "proof_needed"), (json!("wrong-0000"), "current_password_wrong")] {
        let refused = here.post(path, json!({ "current_password": current, "new_password": "new-2026-word" })).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, code));
    }
    let weak = here.post(path, json!({ "current_password": PASSWORD, "new_password": "12345678" })).await;
    assert_eq!(weak.code(), "password_too_weak");
    let changed = here.post(path, json!({ "current_password": PASSWORD, "new_password": "new-2026-word" })).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
    assert_eq!(here.get("/api/v1/session").await.body["signed_in"], true);
    assert_eq!(elsewhere.get("/api/v1/session").await.body["signed_in"], false);
    assert_eq!(elsewhere.by_password(PHONE, PASSWORD).await.code(), "bad_credentials");
    assert_eq!(elsewhere.by_password(PHONE, "new-2026-word").await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_forgot_the_password_sets_a_new_one_after_a_code_for_half_an_hour() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    browser.ask_for_code(PHONE).await;
    browser.by_sms(PHONE, &house.phones.code(PHONE)).await;
    let set = json!({ "new_password": "new-2026-word" });
    assert_eq!(browser.post("/api/v1/password", set.clone()).await.status, StatusCode::NO_CONTENT);
    house.clock.advance_ms(30 * MINUTE_MS);
    assert_eq!(browser.post("/api/v1/password", set).await.code(), "proof_needed");
}

#[tokio::test]
async fn known_and_unknown_people_cost_the_same_work_until_both_are_locked() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    house.person("13900000003", None).await;
    let officer = staff::NewOfficer {
        login: "zhang".to_owned(),
        display_name: "张三".to_owned(),
        roles: vec![staff::Role::Auditor],
    };
    staff::add(&house.app, officer).await.unwrap();
    let mut browser = Browser::new(&house);
    let endless = "a1".repeat(100_000);
    let mut locked = 0;
    for password in ["wrong-0000", &endless, "wrong-0000", "", "wrong-0000", "wrong-0000", "wrong-0000"] {
        for (path, logins) in [
            ("/api/v1/session/password", &[PHONE, "13900000003", "13900000002", "没有这个账号"][..]),
            ("/staff/v1/session", &["zhang", "nobody"]),
        ] {
            let mut seen = Vec::new();
            for login in logins {
                work::since_last_look();
                let answer = browser.post(path, json!({ "login": login, "password": password })).await;
                locked += usize::from(answer.status == StatusCode::LOCKED);
                seen.push((answer.status, work::since_last_look()));
            }
            assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{path}: {seen:?}");
            let (status, work) = &seen[0];
            let is_compared = *status == StatusCode::UNAUTHORIZED;
            assert_eq!(work.len(), usize::from(is_compared), "{path}: {seen:?}");
        }
    }
    assert!(locked >= 6, "in the end all of them are locked, there or not: {locked}");
}
