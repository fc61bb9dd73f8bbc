//! What people and WeChat say to the account, over its server address.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use foundation::config::Config;
use http_body_util::BodyExt;
use sea_orm::{EntityTrait, PaginatorTrait};
use simulator::{AppAddresses, Simulator};
use tower::ServiceExt;
use wechat::crypto::message::{MessageCrypto, url_signature};

use super::entity::inbound_messages;
use super::menu;
use crate::app::SharedApp;
use crate::testing;

mod changing_keys;
mod mini_program;

struct World {
    app: SharedApp,
    wechat: Simulator,
}

impl World {
    /// The application on a port of its own, as WeChat's server address.
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same with settings changed first.
    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let wechat = testing::simulator().await;
        let mut config = testing::config_with(&wechat);
        change(&mut config);
        let (app, _clock) = testing::app_with(config).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = crate::web::router(app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        wechat.set_app(AppAddresses {
            mp_push_url: format!("http://{address}/wechat/mp"),
            mini_push_url: format!("http://{address}/wechat/mini"),
            web_base_url: format!("http://{address}"),
        });
        Self { app, wechat }
    }

    fn openid(&self) -> String {
        self.wechat.people()[0].mp_openid.clone()
    }

    async fn follows(&self) -> bool {
        let account = crate::accounts::AccountId::new();
        let app_id = &self.app.config.wechat.mp.app_id;
        let transaction = self.app.database.begin_write().await.unwrap();
        let now = self.app.now_ms();
        crate::accounts::bind_openid(&*transaction, app_id, &self.openid(), None, &account, now).await.unwrap();
        transaction.commit().await.unwrap();
        let identities = crate::accounts::wechat_identities(self.app.database.reader(), &account).await.unwrap();
        identities[0].following
    }

    async fn received(&self) -> u64 {
        inbound_messages::Entity::find().count(self.app.database.reader()).await.unwrap()
    }

    async fn post(&self, query: &str, body: impl Into<Body>) -> (StatusCode, String) {
        self.send(Request::post(format!("/wechat/mp?{query}")).body(body.into()).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = crate::web::router(self.app.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A push as WeChat sends it: query and body.
    fn sealed(&self, inner: &str) -> (String, String) {
        let identity = &self.wechat.identities().mp;
        self.sealed_with(&identity.token, &identity.encoding_aes_key, inner)
    }

    /// The same with this token and this key.
    fn sealed_with(&self, token: &str, key: &str, inner: &str) -> (String, String) {
        let identity = &self.wechat.identities().mp;
        let crypto = MessageCrypto::new(token, &[key], &identity.app_id).unwrap();
        let plain = format!(
            "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>1785722400</CreateTime>{inner}</xml>",
            identity.original_id,
            self.openid()
        );
        envelope(&crypto, token, &plain)
    }

    /// Asks the address for its word, as the console does with this token.
    async fn verified(&self, address: &str, token: &str) -> StatusCode {
        let signature = url_signature(token, "1785722400", "nonce");
        let query = format!("signature={signature}&timestamp=1785722400&nonce=nonce&echostr=echo");
        self.send(Request::get(format!("{address}?{query}")).body(Body::empty()).unwrap()).await.0
    }
}

/// Query and body of a push.
fn envelope(crypto: &MessageCrypto, token: &str, plain: &str) -> (String, String) {
    let ciphertext = crypto.encrypt(plain);
    let signature = url_signature(token, "1785722400", "nonce");
    let message_signature = crypto.signature("1785722400", "nonce", &ciphertext);
    let query = format!(
        "signature={signature}&timestamp=1785722400&nonce=nonce&encrypt_type=aes&msg_signature={message_signature}"
    );
    (query, format!("<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"))
}

#[tokio::test]
async fn the_console_can_verify_the_address_and_nobody_else() {
    let world = World::new().await;
    assert!(world.wechat.verify_server_url().await);
    for query in ["", "signature=0&timestamp=1&nonce=2&echostr=3", "echostr=3"] {
        let request = Request::get(format!("/wechat/mp?{query}")).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.0, StatusCode::FORBIDDEN, "{query}");
    }
}

#[tokio::test]
async fn a_new_follower_is_welcomed_with_links_and_leaving_is_kept() {
    let world = World::new().await;
    assert!(!world.follows().await);
    let welcome = world.wechat.follow(&world.openid()).await.expect("a welcome");
    assert!(welcome.contains("欢迎关注") && welcome.contains("/wechat/oauth/start?return_to=%2Fh5%2F"), "{welcome}");
    assert!(world.follows().await);
    world.wechat.unfollow(&world.openid()).await;
    assert!(!world.follows().await);
}

#[tokio::test]
async fn words_and_menu_lead_to_pages_and_the_rest_to_the_phone() {
    let world = World::new().await;
    let answer = world.wechat.send_text(&world.openid(), "我要缴费").await.expect("an answer");
    assert!(answer.contains("home%2Fhome"), "{answer}");
    let lost = world.wechat.send_text(&world.openid(), "今天天气").await.expect("an answer");
    assert!(lost.contains("023-00000000") && lost.contains("已转给客服"), "{lost}");
    menu::push(&world.app).await.expect("WeChat takes the menu");
    let opened = world.wechat.tap_menu(&world.openid(), "缴费").await.expect("a page opens");
    assert!(opened.contains("/wechat/oauth/start?return_to="), "{opened}");
    let help = world.wechat.tap_menu(&world.openid(), "人工客服").await.expect("an answer");
    assert!(help.contains("023-00000000"), "{help}");
    assert!(world.follows().await, "who taps the menu follows");
}

#[tokio::test]
async fn the_menu_that_was_pushed_is_the_menu_that_is_pulled() {
    let world = World::new().await;
    assert_eq!(menu::pull(&world.app).await.unwrap(), None);
    let pushed = menu::push(&world.app).await.unwrap();
    assert_eq!(menu::pull(&world.app).await.unwrap(), Some(pushed));
}

#[tokio::test]
async fn what_wechat_repeats_is_worked_on_once() {
    let world = World::new().await;
    let (query, body) =
        world.sealed("<MsgType>text</MsgType><Content>缴费</Content><MsgId>4611686018427387905</MsgId>");
    let (status, answer) = world.post(&query, body.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(answer.contains("<Encrypt>"), "{answer}");
    assert_eq!(world.post(&query, body).await, (StatusCode::OK, "success".to_owned()));
    // A retry carries a new time, nonce and ciphertext.
    let (query, body) =
        world.sealed("<MsgType>text</MsgType><Content>缴费</Content><MsgId>4611686018427387905</MsgId>");
    assert_eq!(world.post(&query, body).await, (StatusCode::OK, "success".to_owned()));
    assert_eq!(world.received().await, 1);
}

#[tokio::test]
async fn of_two_equal_pushes_at_once_one_is_worked_on() {
    let world = World::new().await;
    let (query, body) = world.sealed("<MsgType>event</MsgType><Event>CLICK</Event><EventKey>HELP</EventKey>");
    let (first, second) = tokio::join!(world.post(&query, body.clone()), world.post(&query, body.clone()));
    let silent = [&first.1, &second.1].iter().filter(|answer| answer.as_str() == "success").count();
    assert_eq!((first.0, second.0, silent), (StatusCode::OK, StatusCode::OK, 1));
}

#[tokio::test]
async fn every_kind_of_push_is_answered_properly() {
    let world = World::new().await;
    let event = |name: &str, rest: &str| format!("<MsgType>event</MsgType><Event>{name}</Event>{rest}");
    for inner in [
        "<MsgType>image</MsgType><PicUrl>u</PicUrl><MediaId>m</MediaId><MsgId>1</MsgId>".to_owned(),
        "<MsgType>voice</MsgType><MediaId>m</MediaId><Recognition>缴费</Recognition><MsgId>2</MsgId>".to_owned(),
        "<MsgType>location</MsgType><Location_X>1</Location_X><MsgId>3</MsgId>".to_owned(),
        "<MsgType>never heard of</MsgType><MsgId>4</MsgId>".to_owned(),
        "<MsgType>text</MsgType><Content></Content><MsgId>5</MsgId>".to_owned(),
        format!("<MsgType>text</MsgType><Content><![CDATA[{}]]></Content><MsgId>6</MsgId>", "😀".repeat(5_000)),
        event("subscribe", "<EventKey>qrscene_unit-7</EventKey><Ticket>t</Ticket>"),
        event("SCAN", "<EventKey>unit-7</EventKey>"),
        event("VIEW", "<EventKey>http://a.example/</EventKey>"),
        event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><Status>failed:user block</Status>"),
        event("TEMPLATESENDJOBFINISH", "<Status>success</Status>"),
        event(
            "subscribe_msg_popup_event",
            "<SubscribeMsgPopupEvent><List><TemplateId>t</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List></SubscribeMsgPopupEvent>",
        ),
        event(
            "subscribe_msg_change_event",
            "<SubscribeMsgChangeEvent><List><TemplateId>t</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>",
        ),
        event(
            "subscribe_msg_sent_event",
            "<SubscribeMsgSentEvent><List><TemplateId>t</TemplateId><MsgID>9</MsgID><ErrorCode>0</ErrorCode></List></SubscribeMsgSentEvent>",
        ),
        event("never heard of", ""),
    ] {
        let (query, body) = world.sealed(&inner);
        let (status, answer) = world.post(&query, body).await;
        assert_eq!(status, StatusCode::OK, "{inner}: {answer}");
        assert!(answer == "success" || answer.contains("<Encrypt>"), "{inner}: {answer}");
    }
}

#[tokio::test]
async fn forged_and_broken_pushes_are_refused_and_change_nothing() {
    let world = World::new().await;
    let (query, body) = world.sealed("<MsgType>event</MsgType><Event>unsubscribe</Event>");
    let forged = query.replace("msg_signature=", "msg_signature=0");
    let plain = query.split("&encrypt_type").next().unwrap().to_owned();
    let hostile = format!("<!DOCTYPE xml [<!ENTITY a \"b\">]>{body}");
    for (query, body) in [
        (forged, body.clone().into_bytes()),
        (plain, b"<xml><FromUserName>o</FromUserName></xml>".to_vec()),
        (String::new(), body.clone().into_bytes()),
        (format!("{query}&nonce=2"), body.clone().into_bytes()),
        (query.clone(), Vec::new()),
        (query.clone(), b"\xff\xfe".to_vec()),
        (query.clone(), b"{\"json\":1}".to_vec()),
        (query.clone(), hostile.into_bytes()),
    ] {
        let (status, answer) = world.post(&query, body).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST].contains(&status), "{status} {answer}");
    }
    assert_eq!(world.received().await, 0);
}

#[tokio::test]
async fn only_our_own_pages_are_signed_for_the_js_sdk() {
    let world = World::new().await;
    let ask = |page: &str| {
        let page: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let request = Request::get(format!("/api/v1/wechat/js-config?url={page}")).body(Body::empty()).unwrap();
        world.send(request)
    };
    let base = &world.app.config.service.public_base_url;
    let (status, answer) = ask(&format!("{base}/h5/?a=1#/pages/home/home")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["signature"].as_str().unwrap().len(), 40);
    for page in ["https://evil.example/h5/", "javascript:alert(1)", "", &format!("{base}.evil.example/h5/")] {
        assert_eq!(ask(page).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    }
}

#[tokio::test]
async fn two_nodes_that_meet_an_expired_token_fifty_times_fetch_one_new_one() {
    let wechat = testing::simulator().await;
    let config = testing::config_with(&wechat);
    let cache: foundation::cache::SharedCache = std::sync::Arc::new(foundation::cache::ProcessCache::new());
    let clock: foundation::clock::SharedClock = foundation::clock::ManualClock::at(testing::A_MONDAY_MS);
    let unix = crate::app::unix_clock(&clock);
    let nodes = [0, 1].map(|_| super::WechatClients::new(&config, cache.clone(), unix.clone()).expect("a node"));
    let counted = |path: &str| wechat.counters().get(path).copied().unwrap_or_default();
    let fetched = || counted("/cgi-bin/stable_token");
    nodes[0].demand_mp().unwrap().follower_count().await.expect("the first token");
    assert_eq!(fetched(), 1);
    for round in 2..4 {
        wechat.invalidate_tokens();
        let calls = (0..50).map(|number| {
            let mp = nodes[number % 2].demand_mp().unwrap().clone();
            async move { mp.follower_count().await }
        });
        for answer in futures_util::future::join_all(calls).await {
            answer.expect("every call succeeds in the end");
        }
        assert_eq!(fetched(), round, "fifty calls on two nodes, one new token");
    }
    // Fifty that failed and fifty that succeeded, at most: nobody tries a third time.
    assert!(counted("/cgi-bin/user/get") <= 201, "{}", counted("/cgi-bin/user/get"));
}
