use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::{Browser, House, PASSWORD, PHONE};
use crate::accounts::Role;

#[tokio::test]
async fn a_visitor_is_told_where_he_is() {
    let house = House::new().await;
    let answer = Browser::new(&house).get("/api/v1/session").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["signed_in"], false);
    assert_eq!(answer.body["wechat"], json!({ "openid_known": false, "bound": false }));
    assert_eq!(answer.body["app"]["second_confirmation"], json!(["native", "transfer", "remitted"]));
    assert_eq!(answer.body["app"]["demo"], false);
}

#[tokio::test]
async fn every_sign_in_gets_a_new_token_and_ends_the_session_before_it() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    browser.cookies.insert("tejian_session".to_owned(), "planted".repeat(9));
    browser.by_password(PHONE, PASSWORD).await;
    let first = browser.cookies["tejian_session"].clone();
    assert_ne!(first, "planted".repeat(9));
    browser.by_password(PHONE, PASSWORD).await;
    assert_ne!(browser.cookies["tejian_session"], first);
    let mut old = Browser::new(&house);
    old.cookies.insert("tejian_session".to_owned(), first);
    assert_eq!(old.get("/api/v1/session").await.body["signed_in"], false);
}

#[tokio::test]
async fn another_sites_page_can_do_nothing_with_our_cookie() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    browser.by_password(PHONE, PASSWORD).await;
    for (method, path, body) in [
        (Method::DELETE, "/api/v1/session", None),
        (Method::PUT, "/api/v1/preferences", Some(json!({ "elder_mode": true }))),
        (Method::POST, "/api/v1/password", Some(json!({ "new_password": "new-2026-word" }))),
        (Method::POST, "/api/v1/session/password", Some(json!({ "login": PHONE, "password": PASSWORD }))),
    ] {
        for client in ["h5-wechat", "mini-program"] {
            let mut request = browser.request(method.clone(), path, body.clone());
            request.headers_mut().remove("x-requested-with");
            request.headers_mut().insert("x-client", client.parse().unwrap());
            let refused = house.send(request).await;
            assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "cross_site_request"), "{path}");
        }
    }
    assert_eq!(browser.get("/api/v1/session").await.body["preferences"]["elder_mode"], false);
}

#[tokio::test]
async fn another_sites_page_cannot_sign_a_visitor_in() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let login = json!({ "login": PHONE, "password": PASSWORD });
    let mut request = Browser::new(&house).request(Method::POST, "/api/v1/session/password", Some(login));
    request.headers_mut().remove("x-requested-with");
    assert_eq!(house.send(request).await.code(), "cross_site_request");
}

#[tokio::test]
async fn the_mini_program_gets_its_token_in_the_answer_and_no_cookie() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let login = json!({ "login": PHONE, "password": PASSWORD });
    let request = |method: Method, path: &str, body: Value| {
        Request::builder()
            .method(method)
            .uri(path)
            .header("x-client", "mini-program")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    let entered = house.send(request(Method::POST, "/api/v1/session/password", login)).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.body);
    assert!(entered.cookie("tejian_session").is_none());
    let token = entered.body["token"].as_str().expect("a token").to_owned();
    let mut next = request(Method::PUT, "/api/v1/preferences", json!({ "elder_mode": true }));
    next.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    let answer = house.send(next).await;
    assert_eq!(answer.body["preferences"]["elder_mode"], true, "{}", answer.body);
    assert!(answer.body.get("token").is_none(), "the token is told once");
}

#[tokio::test]
async fn one_phone_with_five_units_chooses_and_only_among_its_own() {
    let house = House::new().await;
    let account = house.person(PHONE, Some(PASSWORD)).await;
    let mut units = Vec::new();
    for number in 1..=5 {
        units.push(house.unit(&format!("单位{number}"), Some((&account, Role::Applicant))).await);
    }
    let foreign = house.unit("别人的单位", None).await;
    let mut browser = Browser::new(&house);
    let entered = browser.by_password(PHONE, PASSWORD).await;
    assert_eq!(entered.body["units"].as_array().unwrap().len(), 5);
    assert_eq!(entered.body["unit"]["id"], units[0].as_str());
    let chosen = browser.put("/api/v1/session/unit", json!({ "unit_id": units[3] })).await;
    assert_eq!(chosen.body["unit"]["name"], "单位4", "{}", chosen.body);
    let refused = browser.put("/api/v1/session/unit", json!({ "unit_id": foreign })).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::NOT_FOUND, "unit_not_found"));
    assert_eq!(browser.get("/api/v1/session").await.body["unit"]["name"], "单位4");
    let tomorrow = Browser::new(&house).by_password(PHONE, PASSWORD).await;
    assert_eq!(tomorrow.body["unit"]["name"], "单位4", "the last one used");
}

#[tokio::test]
async fn devices_are_listed_and_signed_out_one_by_one_but_only_ones_own() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    house.person("13900000002", Some(PASSWORD)).await;
    let (mut here, mut there, mut stranger) = (Browser::new(&house), Browser::new(&house), Browser::new(&house));
    here.by_password(PHONE, PASSWORD).await;
    there.by_password(PHONE, PASSWORD).await;
    stranger.by_password("13900000002", PASSWORD).await;
    let listed = here.get("/api/v1/sessions").await;
    let items = listed.body["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 2, "{}", listed.body);
    let other = items.iter().find(|item| item["current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sessions/{other}");
    assert_eq!(stranger.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(there.get("/api/v1/session").await.body["signed_in"], true);
    assert_eq!(here.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(there.get("/api/v1/session").await.body["signed_in"], false);
    assert_eq!(here.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(here.delete("/api/v1/sessions/garbage").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server_too() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    browser.by_password(PHONE, PASSWORD).await;
    let copy = browser.cookies.clone();
    let out = browser.delete("/api/v1/session").await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(out.cookie("tejian_session").as_deref(), Some(""));
    let mut thief = Browser::new(&house);
    thief.cookies = copy;
    assert_eq!(thief.get("/api/v1/session").await.body["signed_in"], false);
    assert_eq!(thief.get("/api/v1/sessions").await.code(), "not_signed_in");
}

#[tokio::test]
async fn a_session_ends_after_its_days() {
    let house = House::new().await;
    house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&house);
    browser.by_password(PHONE, PASSWORD).await;
    house.clock.advance_ms(90 * 86_400_000 - 1);
    assert_eq!(browser.get("/api/v1/session").await.body["signed_in"], true);
    house.clock.advance_ms(1);
    assert_eq!(browser.get("/api/v1/session").await.body["signed_in"], false);
}
