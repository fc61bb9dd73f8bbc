//! The mini-program: login, phone number, messages, codes.

use serde_json::{Value, json};
use simulator::AppAddresses;
use wechat::crypto::digest::hmac_sha256_hex;
use wechat::crypto::message::MessageCrypto;

use crate::stage::Stage;

async fn session(stage: &Stage, code: &str) -> Value {
    let app = &stage.identities.mini;
    let path = format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={code}&grant_type=authorization_code",
        app.app_id, app.app_secret
    );
    stage.get(&path).await
}

#[tokio::test]
async fn a_login_code_gives_openid_and_session_once() {
    let stage = Stage::new().await;
    let person = stage.simulator.people().remove(0);
    let code = stage.simulator.login_code(&person.mp_openid);
    let answer = session(&stage, &code).await;
    assert_eq!(answer["openid"], json!(person.mini_openid));
    assert_eq!(answer["unionid"], json!(person.unionid));
    assert!(answer.get("errcode").is_none());
    assert_eq!(session(&stage, &code).await["errcode"], 40163);
    assert_eq!(session(&stage, "nothing").await["errcode"], 40029);
}

#[tokio::test]
async fn a_second_login_kills_the_session_key_of_the_first() {
    let stage = Stage::new().await;
    let person = stage.simulator.people().remove(0);
    let first = session(&stage, &stage.simulator.login_code(&person.mini_openid)).await;
    let check = async |answer: &Value| {
        let key = answer["session_key"].as_str().expect("a key").to_owned();
        let path = format!(
            "/wxa/checksession?access_token={}&openid={}&signature={}&sig_method=hmac_sha256",
            stage.mini_token().await,
            person.mini_openid,
            hmac_sha256_hex(key.as_bytes(), b"")
        );
        stage.get(&path).await["errcode"].clone()
    };
    assert_eq!(check(&first).await, 0);
    let _unused_code = stage.simulator.login_code(&person.mini_openid);
    assert_eq!(check(&first).await, 87009);
}

#[tokio::test]
async fn a_phone_code_gives_the_number_once_and_only_for_its_owner() {
    let stage = Stage::new().await;
    let people = stage.simulator.people();
    let path = format!("/wxa/business/getuserphonenumber?access_token={}", stage.mini_token().await);
    let code = stage.simulator.phone_code(&people[0].mini_openid);
    let foreign = stage.post(&path, &json!({"code": code, "openid": people[1].mini_openid})).await;
    assert_eq!(foreign["errcode"], 40029);
    let answer = stage.post(&path, &json!({"code": code})).await;
    assert_eq!(answer["phone_info"]["purePhoneNumber"], "13900000001");
    assert_eq!(stage.post(&path, &json!({"code": code})).await["errcode"], 40163);
    let login = stage.simulator.login_code(&people[0].mini_openid);
    assert_eq!(stage.post(&path, &json!({"code": login})).await["errcode"], 40029);
    let wrong_app = format!("/wxa/business/getuserphonenumber?access_token={}", stage.mp_token().await);
    assert_eq!(stage.post(&wrong_app, &json!({"code": "x"})).await["errcode"], 40013);
}

#[tokio::test]
async fn a_subscription_message_needs_consent_and_a_page_without_a_leading_slash() {
    let stage = Stage::new().await;
    let openid = stage.simulator.people()[0].mini_openid.clone();
    let path = format!("/cgi-bin/message/subscribe/send?access_token={}", stage.mini_token().await);
    let mut message = json!({"touser": openid, "template_id": "S1", "page": "pages/order?id=1",
        "data": {"phrase1": {"value": "待缴费"}}});
    assert_eq!(stage.post(&path, &message).await["errcode"], 43101);
    stage.simulator.grant_subscription(&openid, "S1", 1);
    assert_eq!(stage.post(&path, &message).await["errcode"], 0);
    message["page"] = json!("/pages/order");
    assert_eq!(stage.post(&path, &message).await["errcode"], 41030);
    message["page"] = json!("pages/order");
    message["data"]["phrase1"]["value"] = json!("六个汉字太长");
    assert_eq!(stage.post(&path, &message).await["errcode"], 47003);
    assert_eq!(stage.simulator.pushed_messages(&openid).len(), 1);
}

#[tokio::test]
async fn pushes_of_the_mini_program_come_as_json_where_its_console_says_so() {
    let stage = Stage::new().await;
    stage.simulator.set_app(AppAddresses {
        mp_push_url: String::new(),
        mini_push_url: format!("{}/wechat/mini", stage.app_url),
        web_base_url: stage.app_url.clone(),
    });
    stage.simulator.faults().set(|faults| faults.mini_push_json = true);
    let openid = stage.simulator.people()[0].mini_openid.clone();
    stage.simulator.grant_subscription(&openid, "S1", 1);
    stage.simulator.deliver_due().await;
    let push = stage.received().into_iter().find(|received| received.path == "/wechat/mini").expect("a push");
    let envelope: Value = serde_json::from_slice(&push.body).expect("JSON");
    let app = &stage.identities.mini;
    assert_eq!(envelope["ToUserName"], app.original_id);
    let of = |name: &str| push.query.iter().find(|(key, _)| key == name).expect("in every push").1.clone();
    let crypto = MessageCrypto::new(&app.token, &[&app.encoding_aes_key], &app.app_id).expect("fixed keys");
    let sealed = envelope["Encrypt"].as_str().expect("secure mode");
    let opened = crypto.open(&of("msg_signature"), &of("timestamp"), &of("nonce"), sealed).expect("signed for us");
    let told: Value = serde_json::from_str(&opened).expect("JSON inside as well");
    assert_eq!((&told["FromUserName"], &told["Event"]), (&json!(openid), &json!("subscribe_msg_popup_event")));
    assert_eq!(told["List"][0]["TemplateId"], "S1");
    assert_eq!(told["List"][0]["SubscribeStatusString"], "accept");
}

#[tokio::test]
async fn a_mini_program_code_is_a_picture_or_json() {
    let stage = Stage::new().await;
    let url = format!("{}/wxa/getwxacodeunlimit?access_token={}", stage.simulator.base_url(), stage.mini_token().await);
    let ask = async |scene: &str| {
        let body = json!({"scene": scene, "page": "pages/order"});
        stage.http.post(&url).json(&body).send().await.expect("an answer")
    };
    let picture = ask("d=42").await;
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(picture.bytes().await.expect("bytes").starts_with(b"\x89PNG"));
    for scene in ["", "含中文", "a%20b", "123456789012345678901234567890123"] {
        let refused: Value = ask(scene).await.json().await.expect("JSON");
        assert_eq!(refused["errcode"], 40169, "{scene}");
    }
}

#[tokio::test]
async fn a_link_belongs_to_whoever_opens_it_first() {
    let stage = Stage::new().await;
    let people = stage.simulator.people();
    let path = format!("/wxa/generate_urllink?access_token={}", stage.mini_token().await);
    let body = json!({"path": "/pages/order", "query": "id=1", "expire_type": 1, "expire_interval": 1});
    let link = stage.post(&path, &body).await["url_link"].as_str().expect("a link").to_owned();
    let page = Some("pages/order?id=1".to_owned());
    assert_eq!(stage.simulator.open_url_link(&people[0].mini_openid, &link), page);
    assert_eq!(stage.simulator.open_url_link(&people[0].mp_openid, &link), page);
    assert_eq!(stage.simulator.open_url_link(&people[1].mini_openid, &link), None);
    stage.pass(86_401);
    assert_eq!(stage.simulator.open_url_link(&people[0].mini_openid, &link), None);
}

#[tokio::test]
async fn a_hundred_logins_within_a_minute_are_enough() {
    let stage = Stage::new().await;
    let openid = stage.simulator.people()[0].mini_openid.clone();
    for _ in 0..100 {
        let answer = session(&stage, &stage.simulator.login_code(&openid)).await;
        assert!(answer.get("errcode").is_none());
    }
    assert_eq!(session(&stage, &stage.simulator.login_code(&openid)).await["errcode"], 45011);
    stage.pass(60);
    assert!(session(&stage, &stage.simulator.login_code(&openid)).await.get("errcode").is_none());
}

#[tokio::test]
async fn a_link_lives_at_most_thirty_days() {
    let stage = Stage::new().await;
    let path = format!("/wxa/generate_urllink?access_token={}", stage.mini_token().await);
    let good = json!({"path": "/pages/order", "query": "id=1", "expire_type": 1, "expire_interval": 30});
    assert!(stage.post(&path, &good).await["url_link"].is_string());
    let long = json!({"path": "/pages/order", "expire_type": 1, "expire_interval": 31});
    assert_eq!(stage.post(&path, &long).await["errcode"], 85401);
}
