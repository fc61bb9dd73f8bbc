//! What the mini-program's server pushes, as XML and as JSON.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use wechat::crypto::message::{MessageCrypto, url_signature};

use super::World;

/// Templates and how many messages of each a person allows.
async fn subscription_grants(world: &World, openid: &str) -> Vec<(String, i64)> {
    let reader = world.app.database.reader();
    let query = format!(
        "SELECT template_id, remaining FROM subscription_grants WHERE openid = '{openid}' ORDER BY template_id"
    );
    let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), query)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "template_id").unwrap(), row.try_get("", "remaining").unwrap())).collect()
}

/// A push of the mini-program as JSON: query and body.
fn sealed_json(world: &World, plain: &str) -> (String, String) {
    let identity = &world.wechat.identities().mini;
    let crypto = MessageCrypto::new(&identity.token, &[&identity.encoding_aes_key], &identity.app_id).unwrap();
    let ciphertext = crypto.encrypt(plain);
    let message_signature = crypto.signature("1785722400", "nonce", &ciphertext);
    let signature = url_signature(&identity.token, "1785722400", "nonce");
    let query = format!(
        "signature={signature}&timestamp=1785722400&nonce=nonce&encrypt_type=aes&msg_signature={message_signature}"
    );
    (query, serde_json::json!({ "ToUserName": identity.original_id, "Encrypt": ciphertext }).to_string())
}

#[tokio::test]
async fn the_mini_programs_pushes_are_taken_as_xml_and_as_json() {
    let world = World::new().await;
    let openid = world.wechat.people()[0].mini_openid.clone();
    world.wechat.grant_subscription(&openid, "xml", 1);
    world.wechat.deliver_due().await;
    assert_eq!(subscription_grants(&world, &openid).await, [("xml".to_owned(), 1)]);
    world.wechat.faults().set(|faults| {
        faults.mini_push_json = true;
        faults.push_duplicates = 1;
    });
    world.wechat.grant_subscription(&openid, "json", 1);
    world.wechat.deliver_due().await;
    let once = [("json".to_owned(), 1), ("xml".to_owned(), 1)];
    assert_eq!(subscription_grants(&world, &openid).await, once, "though it came twice");
    assert_eq!(world.received().await, 2);
}

#[tokio::test]
async fn a_push_of_the_mini_program_as_json_is_answered_success_and_refused_when_forged_plain_or_broken() {
    let world = World::new().await;
    let openid = world.wechat.people()[0].mini_openid.clone();
    let push = |list: &str| {
        format!(
            r#"{{"ToUserName":"gh_1","FromUserName":"{openid}","CreateTime":1785722400,"MsgType":"event","Event":"subscribe_msg_change_event","List":{list}}}"#
        )
    };
    let post = |query: String, body: Vec<u8>| {
        world.send(Request::post(format!("/wechat/mini?{query}")).body(Body::from(body)).unwrap())
    };
    let plain = push("[]");
    let (query, body) = sealed_json(&world, &plain);
    let forged = query.replace("msg_signature=", "msg_signature=0");
    let unsealed = query.split("&encrypt_type").next().unwrap().to_owned();
    let (no_push_query, no_push) = sealed_json(&world, r#"{"ToUserName":"gh_1"}"#);
    for (query, body) in [
        (forged, body.clone().into_bytes()),
        (unsealed, plain.clone().into_bytes()),
        (String::new(), body.clone().into_bytes()),
        (query.clone(), b"{}".to_vec()),
        (query.clone(), b"{\"Encrypt\":".to_vec()),
        (query.clone(), plain.clone().into_bytes()),
        (no_push_query, no_push.into_bytes()),
    ] {
        let (status, answer) = post(query, body).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST].contains(&status), "{status} {answer}");
    }
    assert_eq!(world.received().await, 0);
    let item = r#"{"TemplateId":"t","SubscribeStatusString":"reject"}"#;
    for list in [item.to_owned(), format!("[{item},{item}]")] {
        let (query, body) = sealed_json(&world, &push(&list));
        assert_eq!(post(query, body.into_bytes()).await, (StatusCode::OK, "success".to_owned()));
    }
    assert_eq!(world.received().await, 2);
}
