//! The service account: tokens, web authorization, menu, messages, pushes.

use serde_json::{Value, json};
use simulator::MessageKind;

use crate::stage::Stage;

fn errcode(answer: &Value) -> i64 {
    answer["errcode"].as_i64().unwrap_or_default()
}

fn template(openid: &str) -> Value {
    json!({"touser": openid, "template_id": "T1", "url": "http://127.0.0.1/pay",
        "data": {"thing1": {"value": "电梯定期检验费"}, "amount2": {"value": "¥1,265.00"}}})
}

#[tokio::test]
async fn the_stable_token_stays_and_is_renewed_five_minutes_before_its_end() {
    let stage = Stage::new().await;
    let first = stage.mp_token().await;
    stage.pass(6900);
    assert_eq!(stage.mp_token().await, first);
    stage.pass(1);
    let second = stage.mp_token().await;
    assert_ne!(second, first);
    for token in [&first, &second] {
        let answer = stage.get(&format!("/cgi-bin/user/get?access_token={token}")).await;
        assert!(answer["total"].is_number(), "old and new overlap");
    }
    stage.pass(300);
    let answer = stage.get(&format!("/cgi-bin/user/get?access_token={first}")).await;
    assert_eq!(errcode(&answer), 42001);
}

#[tokio::test]
async fn a_forced_refresh_kills_the_old_token_but_not_within_thirty_seconds() {
    let stage = Stage::new().await;
    let first = stage.mp_token().await;
    let app = &stage.identities.mp;
    let body = json!({"grant_type": "client_credential", "appid": app.app_id, "secret": app.app_secret,
        "force_refresh": true});
    let second = stage.post("/cgi-bin/stable_token", &body).await["access_token"].clone();
    let answer = stage.get(&format!("/cgi-bin/user/get?access_token={first}")).await;
    assert_eq!(errcode(&answer), 40001);
    assert!(answer["errmsg"].as_str().is_some_and(|text| text.contains("rid: ")));
    assert_eq!(stage.post("/cgi-bin/stable_token", &body).await["access_token"], second);
}

#[tokio::test]
async fn the_plain_token_is_new_with_every_call_and_leaves_the_stable_one_alone() {
    let stage = Stage::new().await;
    let stable = stage.mp_token().await;
    let app = &stage.identities.mp;
    let path = format!("/cgi-bin/token?grant_type=client_credential&appid={}&secret={}", app.app_id, app.app_secret);
    let first = stage.get(&path).await["access_token"].clone();
    let second = stage.get(&path).await["access_token"].clone();
    assert_ne!(first, second);
    assert_eq!(stage.mp_token().await, stable);
    let wrong = stage.get(&path.replace(&app.app_secret, "0")).await;
    assert_eq!(errcode(&wrong), 40125);
}

#[tokio::test]
async fn a_template_message_needs_a_follower_and_fields_within_their_limits() {
    let stage = Stage::new().await;
    let token = stage.mp_token().await;
    let path = format!("/cgi-bin/message/template/send?access_token={token}");
    let openid = stage.openid();
    assert_eq!(errcode(&stage.post(&path, &template(&openid)).await), 43004);
    stage.simulator.follow(&openid).await;
    let sent = stage.post(&path, &template(&openid)).await;
    assert_eq!(errcode(&sent), 0);
    assert!(sent["msgid"].as_u64().is_some_and(|id| id > 1 << 53), "ids pass 2^53");
    let messages = stage.simulator.pushed_messages(&openid);
    let message = messages.iter().find(|message| message.kind == MessageKind::Template).expect("arrived");
    assert_eq!(message.url.as_deref(), Some("http://127.0.0.1/pay"));
    assert_eq!(message.data["amount2"]["value"], "¥1,265.00");
    let mut long = template(&openid);
    long["data"]["thing1"]["value"] = json!("一二三四五六七八九十一二三四五六七八九十一");
    let refused = stage.post(&path, &long).await;
    assert_eq!(errcode(&refused), 47003);
    assert!(refused["errmsg"].as_str().is_some_and(|text| text.contains("data.thing1.value invalid")));
    assert_eq!(errcode(&stage.post(&path, &template("oNobody")).await), 40003);
    stage.simulator.deliver_due().await;
    assert!(stage.opened_pushes().iter().any(|xml| xml.contains("TEMPLATESENDJOBFINISH")));
}

#[tokio::test]
async fn the_same_client_message_id_arrives_once_within_ten_minutes() {
    let stage = Stage::new().await;
    let path = format!("/cgi-bin/message/template/send?access_token={}", stage.mp_token().await);
    let openid = stage.openid();
    stage.simulator.follow(&openid).await;
    let mut message = template(&openid);
    message["client_msg_id"] = json!("m1");
    let first = stage.post(&path, &message).await["msgid"].clone();
    assert_eq!(stage.post(&path, &message).await["msgid"], first);
    assert_eq!(stage.simulator.pushed_messages(&openid).len(), 1);
    stage.pass(601);
    assert_ne!(stage.post(&path, &message).await["msgid"], first);
}

#[tokio::test]
async fn unknown_templates_are_refused_once_templates_are_defined() {
    let stage = Stage::with(|options| {
        options.templates = vec![simulator::TemplateDefinition {
            template_id: "T2".into(),
            title: "待缴费提醒".into(),
            fields: vec![("项目".into(), "thing1".into())],
        }];
    })
    .await;
    let path = format!("/cgi-bin/message/template/send?access_token={}", stage.mp_token().await);
    let openid = stage.openid();
    stage.simulator.follow(&openid).await;
    assert_eq!(errcode(&stage.post(&path, &template(&openid)).await), 40037);
}

#[tokio::test]
async fn each_consent_allows_one_subscription_notice() {
    let stage = Stage::new().await;
    let path = format!("/cgi-bin/message/subscribe/bizsend?access_token={}", stage.mp_token().await);
    let openid = stage.openid();
    assert_eq!(errcode(&stage.post(&path, &template(&openid)).await), 43101);
    stage.simulator.grant_subscription(&openid, "T1", 1);
    assert_eq!(errcode(&stage.post(&path, &template(&openid)).await), 0);
    assert_eq!(errcode(&stage.post(&path, &template(&openid)).await), 43101);
    stage.simulator.refuse_subscription(&openid, "T1");
    assert_eq!(stage.simulator.deliver_due().await.pushes, 3);
    let pushes = stage.opened_pushes();
    assert!(pushes[0].contains("<SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>"));
    assert!(pushes[1].contains("<Event><![CDATA[subscribe_msg_sent_event]]></Event>"));
    assert!(pushes[2].contains("<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>"));
}

#[tokio::test]
async fn some_phones_come_back_twice_from_web_authorization() {
    let stage = Stage::new().await;
    stage.simulator.faults().set(|faults| faults.oauth_twice = true);
    let target = format!(
        "{}/connect/oauth2/authorize?appid={}&redirect_uri=http%3A%2F%2F127.0.0.1%2F&response_type=code&scope=snsapi_base&state=s",
        stage.simulator.base_url(),
        stage.identities.mp.app_id
    );
    let page = stage.http.get(&target).send().await.expect("an answer").text().await.expect("a page");
    assert_eq!(page.matches("code=").count(), 2);
    let once = stage.http.get(format!("{target}&connect_redirect=1")).send().await.expect("an answer");
    assert_eq!(once.status(), 302);
}

#[tokio::test]
async fn a_snapshot_visitor_has_a_virtual_openid() {
    let stage = Stage::new().await;
    stage.simulator.faults().set(|faults| faults.oauth_snapshot_user = true);
    let code = stage.simulator.oauth_code(&stage.openid());
    let app = &stage.identities.mp;
    let path = format!(
        "/sns/oauth2/access_token?appid={}&secret={}&code={code}&grant_type=authorization_code",
        app.app_id, app.app_secret
    );
    let answer = stage.get(&path).await;
    assert_eq!(answer["is_snapshotuser"], 1);
    assert_ne!(answer["openid"], json!(stage.openid()));
}

#[tokio::test]
async fn events_arrive_encrypted_and_replies_stand_in_the_chat() {
    let stage = Stage::new().await;
    let openid = stage.openid();
    stage.answer_next(200, stage.text_reply(&openid, "欢迎关注"));
    assert_eq!(stage.simulator.follow(&openid).await.as_deref(), Some("欢迎关注"));
    stage.answer_next(200, "success");
    assert_eq!(stage.simulator.send_text(&openid, "缴费").await, None);
    let pushes = stage.opened_pushes();
    assert!(pushes[0].contains("<Event><![CDATA[subscribe]]></Event>"));
    assert!(pushes[1].contains("<Content><![CDATA[缴费]]></Content>"));
    assert!(pushes[1].contains(&format!("<FromUserName><![CDATA[{openid}]]></FromUserName>")));
    assert_eq!(stage.simulator.pushed_messages(&openid)[0].kind, MessageKind::PassiveReply);
}

#[tokio::test]
async fn an_application_that_hangs_up_is_tried_three_times() {
    let stage = Stage::with(|options| options.app.mp_push_url = "http://127.0.0.1:9/wechat/mp".into()).await;
    stage.simulator.follow(&stage.openid()).await;
    let chat = stage.get("/_sim/state").await["chat"].clone();
    assert_eq!(chat[0]["content"]["text"], "该公众号提供的服务出现故障，请稍后再试");
    let tries = stage.simulator.wire_log().iter().filter(|line| line.direction == "out").count();
    assert_eq!(tries, 3);
}

#[tokio::test]
async fn the_console_checks_the_server_url() {
    let stage = Stage::new().await;
    assert!(stage.simulator.verify_server_url().await);
    stage.answer_next(200, "\"quoted\"");
    assert!(!stage.simulator.verify_server_url().await);
}

#[tokio::test]
async fn a_menu_within_the_limits_is_kept_and_its_entries_push_events() {
    let stage = Stage::new().await;
    let token = stage.mp_token().await;
    let path = format!("/cgi-bin/menu/create?access_token={token}");
    let menu = json!({"button": [
        {"type": "view", "name": "缴费", "url": "http://127.0.0.1/pay"},
        {"name": "服务", "sub_button": [{"type": "click", "name": "联系我们", "key": "CONTACT"}]}]});
    assert_eq!(errcode(&stage.post(&path, &menu).await), 0);
    assert_eq!(stage.get(&format!("/cgi-bin/menu/get?access_token={token}")).await["menu"], menu);
    let openid = stage.openid();
    assert_eq!(stage.simulator.tap_menu(&openid, "缴费").await.as_deref(), Some("http://127.0.0.1/pay"));
    stage.simulator.tap_menu(&openid, "1.0").await;
    let pushes = stage.opened_pushes();
    assert!(pushes[0].contains("<Event><![CDATA[VIEW]]></Event>"));
    assert!(pushes[1].contains("<EventKey><![CDATA[CONTACT]]></EventKey>"));
    for (wrong, code) in [
        (json!({"button": []}), 40016),
        (json!({"button": [{"type": "view", "name": "一二三四五六", "url": "http://127.0.0.1"}]}), 40018),
        (json!({"button": [{"type": "view", "name": "缴费", "url": "ftp://127.0.0.1"}]}), 40020),
        (json!({"button": [{"type": "click", "name": "缴费"}]}), 40019),
        (json!({"button": [{"type": "tap", "name": "缴费"}]}), 40017),
    ] {
        assert_eq!(errcode(&stage.post(&path, &wrong).await), code, "{wrong}");
    }
}

#[tokio::test]
async fn customer_service_messages_need_an_open_window() {
    let stage = Stage::new().await;
    let path = format!("/cgi-bin/message/custom/send?access_token={}", stage.mp_token().await);
    let openid = stage.openid();
    let message = json!({"touser": openid, "msgtype": "text", "text": {"content": "您好"}});
    assert_eq!(errcode(&stage.post(&path, &message).await), 45015);
    stage.simulator.send_text(&openid, "在吗").await;
    for _ in 0..5 {
        assert_eq!(errcode(&stage.post(&path, &message).await), 0);
    }
    assert_eq!(errcode(&stage.post(&path, &message).await), 45047);
    stage.pass(48 * 3600 + 1);
    let path = format!("/cgi-bin/message/custom/send?access_token={}", stage.mp_token().await);
    assert_eq!(errcode(&stage.post(&path, &message).await), 45015);
}

#[tokio::test]
async fn web_authorization_redirects_with_a_code_for_one_use_of_five_minutes() {
    let stage = Stage::new().await;
    let app = stage.identities.mp.clone();
    let target = format!(
        "{}/connect/oauth2/authorize?appid={}&redirect_uri={}&response_type=code&scope=snsapi_base&state=s1",
        stage.simulator.base_url(),
        app.app_id,
        url::form_urlencoded::byte_serialize(format!("{}/back?x=1", stage.app_url).as_bytes()).collect::<String>(),
    );
    let answer = stage.http.get(&target).send().await.expect("an answer");
    assert_eq!(answer.status(), 302);
    let location = url::Url::parse(answer.headers()["location"].to_str().expect("text")).expect("a URL");
    let of = |name: &str| location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!((of("state").as_deref(), of("x").as_deref()), (Some("s1"), Some("1")));
    let exchange = |code: String| {
        let path = format!(
            "/sns/oauth2/access_token?appid={}&secret={}&code={code}&grant_type=authorization_code",
            app.app_id, app.app_secret
        );
        let stage = &stage;
        async move { stage.get(&path).await }
    };
    let code = of("code").expect("a code");
    let answer = exchange(code.clone()).await;
    assert_eq!(answer["openid"], json!(stage.openid()));
    assert!(answer["unionid"].is_string());
    assert_eq!(errcode(&exchange(code).await), 40163);
    let old = stage.simulator.oauth_code(&stage.openid());
    stage.pass(301);
    assert_eq!(errcode(&exchange(old).await), 40029);
    let foreign = target.replace("127.0.0.1%3A", "evil.example%3A");
    assert_eq!(stage.http.get(foreign).send().await.expect("an answer").status(), 200, "an error page");
}

#[tokio::test]
async fn a_scene_code_makes_followers_and_scans() {
    let stage = Stage::new().await;
    let path = format!("/cgi-bin/qrcode/create?access_token={}", stage.mp_token().await);
    let body = json!({"expire_seconds": 600, "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "device-42"}}});
    let answer = stage.post(&path, &body).await;
    let ticket = answer["ticket"].as_str().expect("a ticket");
    let openid = stage.openid();
    stage.simulator.scan_scene(&openid, ticket).await;
    stage.simulator.scan_scene(&openid, ticket).await;
    let pushes = stage.opened_pushes();
    assert!(pushes[0].contains("<EventKey><![CDATA[qrscene_device-42]]></EventKey>"));
    assert!(pushes[1].contains("<Event><![CDATA[SCAN]]></Event>"));
    assert!(pushes[1].contains("<EventKey><![CDATA[device-42]]></EventKey>"));
    let picture = stage
        .http
        .get(format!("{}/cgi-bin/showqrcode", stage.simulator.base_url()))
        .query(&[("ticket", ticket)])
        .send()
        .await
        .expect("an answer");
    assert!(picture.bytes().await.expect("a picture").starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn errcodes_come_on_command() {
    let stage = Stage::new().await;
    let app = &stage.identities.mp;
    stage.simulator.faults().errcode("/cgi-bin/stable_token", 40164, 1);
    let body = json!({"grant_type": "client_credential", "appid": app.app_id, "secret": app.app_secret});
    let answer = stage.post("/cgi-bin/stable_token", &body).await;
    assert_eq!(errcode(&answer), 40164);
    let token = stage.mp_token().await;
    stage.simulator.invalidate_tokens();
    assert_eq!(errcode(&stage.get(&format!("/cgi-bin/user/get?access_token={token}")).await), 40001);
}

#[tokio::test]
async fn nobody_is_told_of_a_failed_event_they_did_not_wait_for() {
    let stage = Stage::new().await;
    let path = format!("/cgi-bin/message/template/send?access_token={}", stage.mp_token().await);
    let openid = stage.openid();
    stage.simulator.follow(&openid).await;
    stage.post(&path, &template(&openid)).await;
    stage.answer_next(500, "");
    stage.simulator.deliver_due().await;
    let chat = stage.get("/_sim/state").await["chat"].clone();
    let kinds: Vec<_> = chat.as_array().expect("a list").iter().map(|entry| entry["content"]["kind"].clone()).collect();
    assert_eq!(kinds, ["card"]);
}
