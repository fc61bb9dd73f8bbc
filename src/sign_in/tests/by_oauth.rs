use axum::http::{StatusCode, header};
use futures_util::join;
use serde_json::json;
use simulator::{Person, Simulator};
use url::Url;

use super::{Answer, Browser, House, MINUTE_MS, PASSWORD, PHONE};
use crate::accounts::Role;
use crate::testing;

const CONFIRM: &str = "/h5/#/pages/confirm/confirm?all=1";

struct Wechat {
    simulator: Simulator,
    house: House,
}

impl Wechat {
    async fn new() -> Self {
        let simulator = testing::simulator().await;
        let house = House::with(testing::config_with(&simulator)).await;
        Self { simulator, house }
    }

    /// The first demo person holds the phone 13900000001.
    fn person(&self) -> Person {
        self.simulator.people()[0].clone()
    }
}

fn location(answer: &Answer) -> &str {
    answer.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
}

/// The state of a round trip just begun.
async fn begin(browser: &mut Browser<'_>, return_to: &str) -> String {
    let wanted: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    let answer = browser.get(&format!("/wechat/oauth/start?return_to={wanted}")).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.body);
    let url = Url::parse(location(&answer)).expect("WeChat's address");
    assert_eq!(url.path(), "/connect/oauth2/authorize");
    assert!(location(&answer).ends_with("&connect_redirect=1#wechat_redirect"));
    url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned()
}

fn callback(code: &str, state: &str) -> String {
    format!("/wechat/oauth/callback?code={code}&state={state}")
}

async fn round_trip(wechat: &Wechat, browser: &mut Browser<'_>, person: &Person) -> Answer {
    let state = begin(browser, CONFIRM).await;
    browser.get(&callback(&wechat.simulator.oauth_code(&person.mp_openid), &state)).await
}

#[tokio::test]
async fn the_first_login_binds_and_from_then_on_no_login_page() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&wechat.house);
    let landed = round_trip(&wechat, &mut browser, &wechat.person()).await;
    assert_eq!((landed.status, location(&landed)), (StatusCode::FOUND, CONFIRM));
    let visitor = browser.get("/api/v1/session").await.body;
    assert_eq!(visitor["signed_in"], false);
    assert_eq!(visitor["wechat"], json!({ "openid_known": true, "bound": false }));
    let entered = browser.by_password(PHONE, PASSWORD).await;
    assert_eq!(entered.body["wechat"], json!({ "openid_known": true, "bound": true }));
    assert_eq!(entered.cookie("tejian_ticket").as_deref(), Some(""), "the ticket is used up");

    let mut tomorrow = Browser::new(&wechat.house);
    let landed = round_trip(&wechat, &mut tomorrow, &wechat.person()).await;
    assert_eq!(location(&landed), CONFIRM);
    let session = tomorrow.get("/api/v1/session").await.body;
    assert_eq!(session["account"]["phone_masked"], "139****0001");
    assert_eq!(session["wechat"], json!({ "openid_known": true, "bound": true }));
}

#[tokio::test]
async fn a_code_opened_again_by_the_same_browser_lands_the_same_way() {
    let wechat = Wechat::new().await;
    let mut browser = Browser::new(&wechat.house);
    let state = begin(&mut browser, CONFIRM).await;
    let path = callback(&wechat.simulator.oauth_code(&wechat.person().mp_openid), &state);
    // WeChat's client opens the callback twice at once, with the cookies it had before.
    let requests = || wechat.house.send(browser.request(axum::http::Method::GET, &path, None));
    let (first, second) = join!(requests(), requests());
    for answer in [&first, &second] {
        assert_eq!((answer.status, location(answer)), (StatusCode::FOUND, CONFIRM), "{}", answer.body);
        assert!(answer.cookie("tejian_ticket").is_some_and(|ticket| ticket.len() == 64));
    }
}

#[tokio::test]
async fn a_stolen_callback_address_is_worth_nothing_in_another_browser() {
    let wechat = Wechat::new().await;
    let mut victim = Browser::new(&wechat.house);
    let state = begin(&mut victim, CONFIRM).await;
    let path = callback(&wechat.simulator.oauth_code(&wechat.person().mp_openid), &state);
    victim.get(&path).await;
    let mut thief = Browser::new(&wechat.house);
    begin(&mut thief, CONFIRM).await;
    let refused = thief.get(&path).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.body.as_str().unwrap().contains("登录链接已失效"));
    assert!(!thief.cookies.contains_key("tejian_ticket") && !thief.cookies.contains_key("tejian_session"));
}

#[tokio::test]
async fn a_forged_or_old_state_signs_nobody_in() {
    let wechat = Wechat::new().await;
    let mut browser = Browser::new(&wechat.house);
    let state = begin(&mut browser, CONFIRM).await;
    let code = wechat.simulator.oauth_code(&wechat.person().mp_openid);
    for forged in ["", "x", &"0".repeat(64)] {
        assert_eq!(browser.get(&callback(&code, forged)).await.status, StatusCode::BAD_REQUEST, "{forged}");
    }
    wechat.house.clock.advance_ms(10 * MINUTE_MS);
    assert_eq!(browser.get(&callback(&code, &state)).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_spent_code_begins_once_more_and_then_says_so() {
    let wechat = Wechat::new().await;
    let mut browser = Browser::new(&wechat.house);
    let state = begin(&mut browser, CONFIRM).await;
    let again = browser.get(&callback("spent", &state)).await;
    assert_eq!(again.status, StatusCode::FOUND);
    let url = Url::parse(location(&again)).expect("WeChat again");
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let stopped = browser.get(&callback("spent-too", &state)).await;
    assert_eq!(stopped.status, StatusCode::BAD_REQUEST);
    let page = stopped.body.as_str().unwrap();
    assert!(page.contains("没有扣款") && page.contains("return_to=%2Fh5%2F%23%2Fpages%2Fconfirm"), "{page}");
}

#[tokio::test]
async fn when_wechat_is_silent_there_is_a_page_with_a_way_on() {
    let wechat = Wechat::new().await;
    let mut browser = Browser::new(&wechat.house);
    let state = begin(&mut browser, CONFIRM).await;
    wechat.simulator.faults().errcode("/sns/oauth2/access_token", -1, 1);
    let stopped = browser.get(&callback("0code", &state)).await;
    assert_eq!(stopped.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(stopped.body.as_str().unwrap().contains("用手机号登录"));
}

#[tokio::test]
async fn a_person_who_refuses_comes_back_as_a_visitor() {
    let wechat = Wechat::new().await;
    let mut browser = Browser::new(&wechat.house);
    let state = begin(&mut browser, CONFIRM).await;
    let landed = browser.get(&format!("/wechat/oauth/callback?state={state}")).await;
    assert_eq!((landed.status, location(&landed)), (StatusCode::FOUND, CONFIRM));
    assert_eq!(browser.get("/api/v1/session").await.body["wechat"]["openid_known"], false);
}

#[tokio::test]
async fn a_snapshot_visitor_is_neither_bound_nor_known() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    wechat.simulator.faults().set(|faults| faults.oauth_snapshot_user = true);
    let mut browser = Browser::new(&wechat.house);
    let landed = round_trip(&wechat, &mut browser, &wechat.person()).await;
    assert_eq!((landed.status, location(&landed)), (StatusCode::FOUND, CONFIRM));
    let entered = browser.by_password(PHONE, PASSWORD).await;
    assert_eq!(entered.body["wechat"], json!({ "openid_known": false, "bound": false }));
}

#[tokio::test]
async fn a_round_trip_never_ends_on_another_site() {
    let wechat = Wechat::new().await;
    let mut browser = Browser::new(&wechat.house);
    for evil in ["https://evil.example/h5/", "//evil.example", "/h5/../../evil", "/\\evil.example"] {
        let state = begin(&mut browser, evil).await;
        let landed = browser.get(&callback(&wechat.simulator.oauth_code(&wechat.person().mp_openid), &state)).await;
        assert_eq!(location(&landed), "/h5/", "{evil}");
    }
}

#[tokio::test]
async fn without_a_service_account_the_page_opens_for_visitors() {
    let mut config = testing::config();
    config.wechat.mp.app_id.clear();
    let house = House::with(config).await;
    let answer = Browser::new(&house).get("/wechat/oauth/start?return_to=/h5/").await;
    assert_eq!((answer.status, location(&answer)), (StatusCode::FOUND, "/h5/"));
}

#[tokio::test]
async fn a_session_that_met_wechat_late_goes_on_and_knows_the_openid() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&wechat.house);
    browser.by_password(PHONE, PASSWORD).await;
    let before = browser.cookies["tejian_session"].clone();
    round_trip(&wechat, &mut browser, &wechat.person()).await;
    let session = browser.get("/api/v1/session").await.body;
    assert_eq!(session["wechat"], json!({ "openid_known": true, "bound": true }));
    assert_ne!(browser.cookies["tejian_session"], before);
}

#[tokio::test]
async fn when_another_wechat_person_holds_the_phone_the_session_is_not_theirs() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&wechat.house);
    round_trip(&wechat, &mut browser, &wechat.person()).await;
    browser.by_password(PHONE, PASSWORD).await;
    let old = browser.cookies.clone();
    let other = wechat.simulator.people()[1].clone();
    round_trip(&wechat, &mut browser, &other).await;
    assert_eq!(browser.get("/api/v1/session").await.body["signed_in"], false);
    let mut copy = Browser::new(&wechat.house);
    copy.cookies = old;
    assert_eq!(copy.get("/api/v1/session").await.body["signed_in"], false, "the old session has ended");
}

#[tokio::test]
async fn a_later_login_of_another_account_rebinds() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    wechat.house.person("13900000002", Some(PASSWORD)).await;
    let mut browser = Browser::new(&wechat.house);
    round_trip(&wechat, &mut browser, &wechat.person()).await;
    browser.by_password(PHONE, PASSWORD).await;
    browser.by_password("13900000002", PASSWORD).await;
    let mut tomorrow = Browser::new(&wechat.house);
    round_trip(&wechat, &mut tomorrow, &wechat.person()).await;
    assert_eq!(tomorrow.get("/api/v1/session").await.body["account"]["phone_masked"], "139****0002");
}

#[tokio::test]
async fn signing_out_stays_out_until_the_next_login_which_binds_again() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut browser = Browser::new(&wechat.house);
    round_trip(&wechat, &mut browser, &wechat.person()).await;
    browser.by_password(PHONE, PASSWORD).await;
    browser.delete("/api/v1/session").await;
    let mut later = Browser::new(&wechat.house);
    round_trip(&wechat, &mut later, &wechat.person()).await;
    assert_eq!(later.get("/api/v1/session").await.body["signed_in"], false);
    let again = browser.by_password(PHONE, PASSWORD).await;
    assert_eq!(again.body["wechat"], json!({ "openid_known": true, "bound": true }));
}

#[tokio::test]
async fn signing_out_is_not_undone_by_the_mini_program_of_the_same_person() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut pages = Browser::new(&wechat.house);
    round_trip(&wechat, &mut pages, &wechat.person()).await;
    pages.by_password(PHONE, PASSWORD).await;
    let mut program = Browser::new(&wechat.house);
    let code = wechat.simulator.login_code(&wechat.person().mini_openid);
    let entered = program.post("/api/v1/session/mini-program", json!({ "code": code })).await;
    assert_eq!(entered.body["signed_in"], true, "{}", entered.body);
    assert_eq!(pages.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    for browser in [&mut pages, &mut Browser::new(&wechat.house)] {
        round_trip(&wechat, browser, &wechat.person()).await;
        assert_eq!(browser.get("/api/v1/session").await.body["signed_in"], false);
    }
    assert_eq!(program.get("/api/v1/session").await.body["signed_in"], true, "what he has open elsewhere stays open");
}

/// The id of the one session in the list that is not the one that asks.
async fn other_session(browser: &mut Browser<'_>) -> String {
    let listed = browser.get("/api/v1/sessions").await.body;
    let others: Vec<_> = listed["items"].as_array().unwrap().iter().filter(|item| item["current"] == false).collect();
    assert_eq!(others.len(), 1, "{listed}");
    others[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_phone_that_was_signed_out_from_afar_does_not_come_back_by_its_wechat() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut lost = Browser::new(&wechat.house);
    round_trip(&wechat, &mut lost, &wechat.person()).await;
    lost.by_password(PHONE, PASSWORD).await;
    let mut owner = Browser::new(&wechat.house);
    owner.by_password(PHONE, PASSWORD).await;
    let path = format!("/api/v1/sessions/{}", other_session(&mut owner).await);
    assert_eq!(owner.delete(&path).await.status, StatusCode::NO_CONTENT);
    round_trip(&wechat, &mut lost, &wechat.person()).await;
    assert_eq!(lost.get("/api/v1/session").await.body["signed_in"], false);
    assert_eq!(owner.get("/api/v1/session").await.body["signed_in"], true);
}

#[tokio::test]
async fn who_signs_an_old_browser_out_goes_on_with_the_wechat_in_his_hand() {
    let wechat = Wechat::new().await;
    wechat.house.person(PHONE, Some(PASSWORD)).await;
    let mut old = Browser::new(&wechat.house);
    round_trip(&wechat, &mut old, &wechat.person()).await;
    old.by_password(PHONE, PASSWORD).await;
    let mut present = Browser::new(&wechat.house);
    round_trip(&wechat, &mut present, &wechat.person()).await;
    let path = format!("/api/v1/sessions/{}", other_session(&mut present).await);
    assert_eq!(present.delete(&path).await.status, StatusCode::NO_CONTENT);
    let mut tomorrow = Browser::new(&wechat.house);
    round_trip(&wechat, &mut tomorrow, &wechat.person()).await;
    assert_eq!(tomorrow.get("/api/v1/session").await.body["signed_in"], true);
}

#[tokio::test]
async fn a_link_that_names_a_unit_opens_acting_for_it_if_the_account_may() {
    let wechat = Wechat::new().await;
    let account = wechat.house.person(PHONE, Some(PASSWORD)).await;
    let units = [
        wechat.house.unit("单位1", Some((&account, Role::Applicant))).await,
        wechat.house.unit("单位2", Some((&account, Role::Applicant))).await,
        wechat.house.unit("别人的单位", None).await,
    ];
    let mut browser = Browser::new(&wechat.house);
    round_trip(&wechat, &mut browser, &wechat.person()).await;
    browser.by_password(PHONE, PASSWORD).await;
    let mut fresh = Browser::new(&wechat.house);
    for (unit, name) in [(&units[1], "单位2"), (&units[0], "单位1"), (&units[2], "单位1")] {
        for browser in [&mut browser, &mut fresh] {
            let state = begin(browser, &format!("/h5/#/pages/confirm/confirm?all=1&unit={unit}")).await;
            browser.get(&callback(&wechat.simulator.oauth_code(&wechat.person().mp_openid), &state)).await;
            assert_eq!(browser.get("/api/v1/session").await.body["unit"]["name"], name);
        }
    }
}
