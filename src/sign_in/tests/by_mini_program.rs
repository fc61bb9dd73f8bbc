use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use simulator::Simulator;

use super::{Answer, Browser, House, MINUTE_MS, PASSWORD, PHONE};
use crate::testing;

async fn open() -> (Simulator, House) {
    let simulator = testing::simulator().await;
    let house = House::with(testing::config_with(&simulator)).await;
    (simulator, house)
}

async fn post(house: &House, path: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("x-client", "mini-program")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    house.send(request.unwrap()).await
}

async fn login(house: &House, code: &str) -> Answer {
    post(house, "/api/v1/session/mini-program", json!({ "code": code })).await
}

#[tokio::test]
async fn an_unknown_person_gives_the_phone_once_and_is_known_from_then_on() {
    let (simulator, house) = open().await;
    let account = house.person(PHONE, None).await;
    let openid = simulator.people()[0].mini_openid.clone();
    let unknown = login(&house, &simulator.login_code(&openid)).await;
    assert_eq!(unknown.body["signed_in"], false, "{}", unknown.body);
    assert_eq!(unknown.body["wechat"]["openid_known"], true);
    let ticket = unknown.body["bind_ticket"].as_str().expect("a ticket");
    let body = json!({ "code": simulator.phone_code(&openid), "bind_ticket": ticket });
    let entered = post(&house, "/api/v1/session/phone", body).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.body);
    assert_eq!(entered.body["account"]["id"], account.id.as_str());
    assert!(entered.body["token"].is_string());
    assert_eq!(entered.body["wechat"]["bound"], true);
    let known = login(&house, &simulator.login_code(&openid)).await;
    assert_eq!((&known.body["signed_in"], &known.body["wechat"]["bound"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn who_is_bound_in_the_service_account_is_known_in_the_mini_program_by_unionid() {
    let (simulator, house) = open().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let person = simulator.people()[0].clone();
    let mut browser = Browser::new(&house);
    let started = browser.get("/wechat/oauth/start?return_to=/h5/").await;
    let url = url::Url::parse(started.headers[header::LOCATION].to_str().unwrap()).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let code = simulator.oauth_code(&person.mp_openid);
    browser.get(&format!("/wechat/oauth/callback?code={code}&state={state}")).await;
    browser.by_password(PHONE, PASSWORD).await;
    let known = login(&house, &simulator.login_code(&person.mini_openid)).await;
    assert_eq!(known.body["signed_in"], true, "{}", known.body);
    assert_eq!(known.body["wechat"]["bound"], true);
}

#[tokio::test]
async fn a_login_code_is_good_once() {
    let (simulator, house) = open().await;
    let code = simulator.login_code(&simulator.people()[0].mini_openid);
    assert_eq!(login(&house, &code).await.status, StatusCode::OK);
    for spent in [code.as_str(), "", "invented"] {
        let refused = login(&house, spent).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "bad_wechat_code"), "{spent}");
    }
}

#[tokio::test]
async fn a_ticket_is_good_once_and_for_ten_minutes() {
    let (simulator, house) = open().await;
    let openid = simulator.people()[0].mini_openid.clone();
    let ticket = |answer: &Answer| answer.body["bind_ticket"].as_str().expect("a ticket").to_owned();
    let first = ticket(&login(&house, &simulator.login_code(&openid)).await);
    let phone = |ticket: &str| json!({ "code": simulator.phone_code(&openid), "bind_ticket": ticket });
    house.clock.advance_ms(10 * MINUTE_MS);
    for over in [first.as_str(), "invented", ""] {
        let refused = post(&house, "/api/v1/session/phone", phone(over)).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "bind_ticket_expired"), "{over}");
    }
    let second = ticket(&login(&house, &simulator.login_code(&openid)).await);
    assert_eq!(post(&house, "/api/v1/session/phone", phone(&second)).await.status, StatusCode::OK);
    assert_eq!(post(&house, "/api/v1/session/phone", phone(&second)).await.code(), "bind_ticket_expired");
}

#[tokio::test]
async fn a_password_login_with_the_ticket_binds_too() {
    let (simulator, house) = open().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let openid = simulator.people()[0].mini_openid.clone();
    let ticket = login(&house, &simulator.login_code(&openid)).await.body["bind_ticket"].clone();
    let body = json!({ "login": PHONE, "password": PASSWORD, "bind_ticket": ticket });
    let entered = post(&house, "/api/v1/session/password", body).await;
    assert_eq!(entered.body["wechat"]["bound"], true, "{}", entered.body);
    assert_eq!(login(&house, &simulator.login_code(&openid)).await.body["signed_in"], true);
}

#[tokio::test]
async fn when_wechat_is_busy_or_absent_other_ways_are_named() {
    let (simulator, house) = open().await;
    simulator.faults().errcode("/sns/jscode2session", -1, 1);
    let busy = login(&house, &simulator.login_code(&simulator.people()[0].mini_openid)).await;
    assert_eq!((busy.status, busy.code()), (StatusCode::SERVICE_UNAVAILABLE, "wechat_unavailable"));
    let mut config = testing::config();
    config.wechat.mini.app_id.clear();
    let without = House::with(config).await;
    let absent = login(&without, "0code").await;
    assert_eq!((absent.status, absent.code()), (StatusCode::SERVICE_UNAVAILABLE, "channel_unavailable"));
}
