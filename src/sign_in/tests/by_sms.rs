use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use futures_util::future::join_all;

use super::{Browser, House, MINUTE_MS, PHONE};
use crate::accounts::intake::ensure_unit_accounts;

#[tokio::test]
async fn a_code_signs_in_once() {
    let house = House::new().await;
    let account = house.person(PHONE, None).await;
    let mut browser = Browser::new(&house);
    let sent = browser.ask_for_code("+86 139-0000-0001").await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    assert_eq!((&sent.body["resend_after_s"], &sent.body["expires_in_s"]), (&60.into(), &300.into()));
    let code = house.phones.code(PHONE);
    let entered = browser.by_sms(PHONE, &code).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.body);
    assert_eq!(entered.body["account"]["id"], account.id.as_str());
    let again = Browser::new(&house).by_sms(PHONE, &code).await;
    assert_eq!((again.status, again.code()), (StatusCode::UNAUTHORIZED, "bad_code"));
}

#[tokio::test]
async fn of_two_who_use_a_code_at_once_one_gets_in() {
    let house = House::new().await;
    Browser::new(&house).ask_for_code(PHONE).await;
    let code = house.phones.code(PHONE);
    let tries = (0..4).map(|_| async { Browser::new(&house).by_sms(PHONE, &code).await.status });
    let statuses = join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_five_wrong_tries() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.ask_for_code(PHONE).await;
    let code = house.phones.code(PHONE);
    house.clock.advance_ms(5 * MINUTE_MS);
    assert_eq!(browser.by_sms(PHONE, &code).await.code(), "bad_code");
    browser.ask_for_code(PHONE).await;
    let code = house.phones.code(PHONE);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(browser.by_sms(PHONE, wrong).await.code(), "bad_code");
    }
    assert_eq!(browser.by_sms(PHONE, &code).await.code(), "bad_code");
}

#[tokio::test]
async fn a_newer_code_ends_the_older_and_a_foreign_code_opens_nothing() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.ask_for_code(PHONE).await;
    let first = house.phones.code(PHONE);
    house.clock.advance_ms(MINUTE_MS);
    browser.ask_for_code(PHONE).await;
    let second = house.phones.code(PHONE);
    if first != second {
        assert_eq!(browser.by_sms(PHONE, &first).await.code(), "bad_code");
    }
    assert_eq!(browser.by_sms("13900000002", &second).await.code(), "bad_code");
    assert_eq!(browser.by_sms(PHONE, &second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_phone_gets_a_code_too_and_becomes_a_person_without_units() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    assert_eq!(browser.ask_for_code("13700000000").await.status, StatusCode::ACCEPTED);
    let entered = browser.by_sms("13700000000", &house.phones.code("13700000000")).await;
    assert_eq!(entered.body["account"]["kind"], "person");
    assert_eq!(entered.body["units"], serde_json::json!([]));
    assert!(entered.body.get("unit").is_none());
}

#[tokio::test]
async fn codes_are_limited_per_phone() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.ask_for_code(PHONE).await;
    house.clock.advance_ms(18_000);
    let early = browser.ask_for_code(PHONE).await;
    assert_eq!((early.status, early.code()), (StatusCode::TOO_MANY_REQUESTS, "sms_too_often"));
    assert_eq!(early.body["error"]["details"]["retry_after_s"], 42);
    assert_eq!(early.headers["retry-after"], "42");
    for _ in 0..4 {
        house.clock.advance_ms(MINUTE_MS);
        assert_eq!(browser.ask_for_code(PHONE).await.status, StatusCode::ACCEPTED);
    }
    house.clock.advance_ms(MINUTE_MS);
    assert_eq!(browser.ask_for_code(PHONE).await.code(), "sms_too_often");
    house.clock.advance_ms(60 * MINUTE_MS);
    assert_eq!(browser.ask_for_code(PHONE).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn codes_are_limited_per_address_over_all_phones() {
    let mut config = crate::testing::config();
    config.login.sms_per_address_per_hour = 2;
    let house = House::with(config).await;
    let mut browser = Browser::new(&house);
    for phone in ["13900000001", "13900000002"] {
        assert_eq!(browser.ask_for_code(phone).await.status, StatusCode::ACCEPTED);
    }
    assert_eq!(browser.ask_for_code("13900000003").await.code(), "sms_too_often");
}

#[tokio::test]
async fn parallel_requests_send_one_message() {
    let house = House::new().await;
    let asks = (0..5).map(|_| async { Browser::new(&house).ask_for_code(PHONE).await.status });
    let statuses = join_all(asks).await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::ACCEPTED).count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn what_is_no_mobile_number_is_told_at_its_field() {
    let house = House::new().await;
    for phone in ["", "12345", "02367890123", "１３９", "139000000011", "abc"] {
        let refused = Browser::new(&house).ask_for_code(phone).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::UNPROCESSABLE_ENTITY, "bad_phone"), "{phone}");
        assert!(refused.body["error"]["fields"]["phone"].is_string());
    }
}

#[tokio::test]
async fn when_no_message_can_be_sent_one_may_try_again_at_once() {
    let house = House::new().await;
    house.phones.broken.store(true, Ordering::SeqCst);
    let mut browser = Browser::new(&house);
    let failed = browser.ask_for_code(PHONE).await;
    assert_eq!((failed.status, failed.code()), (StatusCode::SERVICE_UNAVAILABLE, "sms_unavailable"));
    house.phones.broken.store(false, Ordering::SeqCst);
    assert_eq!(browser.ask_for_code(PHONE).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_unit_account_that_looks_like_a_phone_is_not_opened_by_that_phone() {
    let house = House::new().await;
    let transaction = house.app.database.begin_write().await.unwrap();
    let names = BTreeMap::from([(PHONE.to_owned(), "某单位".to_owned())]);
    let units = ensure_unit_accounts(&*transaction, &names, house.app.now_ms()).await.unwrap();
    transaction.commit().await.unwrap();
    let mut browser = Browser::new(&house);
    browser.ask_for_code(PHONE).await;
    let entered = browser.by_sms(PHONE, &house.phones.code(PHONE)).await;
    assert_eq!(entered.body["account"]["kind"], "person");
    assert_ne!(entered.body["account"]["id"], units[PHONE].as_str());
}
