//! While token and key of an account change, node by node, the old pair and the new one are believed, and no third.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use foundation::config::Secret;
use wechat::crypto::message::MessageCrypto;
use wechat::mp::xml;

use super::{World, envelope};

const NEXT_TOKEN: &str = "thenexttoken";
const NEXT_KEY: &str = "oLv4FxPJnqpo7Mx8uNPvIyFYRybjlNGw2vrfCCZX7qQ";
const FOREIGN_KEY: &str = "CEfVzWiPurMlaM6lOf8dP7veRNhml7l7aHLmisrHR1N";

#[tokio::test]
async fn while_token_and_key_of_the_account_change_either_is_believed_and_answered_and_a_third_is_not() {
    let world = World::with(|config| {
        let mp = &mut config.wechat.mp;
        mp.token_old = std::mem::replace(&mut mp.token, Secret::new(NEXT_TOKEN));
        mp.encoding_aes_key_old = std::mem::replace(&mut mp.encoding_aes_key, Secret::new(NEXT_KEY));
    })
    .await;
    let identity = world.wechat.identities().mp.clone();
    let (token, key) = (identity.token.as_str(), identity.encoding_aes_key.as_str());
    let said = |number: usize| format!("<MsgType>text</MsgType><Content>我要缴费</Content><MsgId>{number}</MsgId>");
    let pairs = [(token, key), (token, NEXT_KEY), (NEXT_TOKEN, key), (NEXT_TOKEN, NEXT_KEY)];
    for (number, (token, key)) in pairs.into_iter().enumerate() {
        let (query, body) = world.sealed_with(token, key, &said(number));
        let (status, answer) = world.post(&query, body).await;
        assert_eq!(status, StatusCode::OK, "{number}: {answer}");
        // WeChat opens the answer with what it asked with, and may know nothing else yet.
        let sealed = xml::parse(&answer).expect("XML");
        let part = |name: &str| sealed.child_text(name).expect("a part").to_owned();
        let crypto = MessageCrypto::new(token, &[key], &identity.app_id).unwrap();
        let opened = crypto.open(&part("MsgSignature"), &part("TimeStamp"), &part("Nonce"), &part("Encrypt"));
        assert!(opened.is_ok_and(|opened| opened.contains("home%2Fhome")), "{number}");
    }
    for (token, key) in [("athirdtoken", key), ("", key), (token, FOREIGN_KEY), (NEXT_TOKEN, FOREIGN_KEY)] {
        let (query, body) = world.sealed_with(token, key, &said(9));
        assert_eq!(world.post(&query, body).await.0, StatusCode::FORBIDDEN, "{token} {key}");
    }
    for (token, expected) in [(token, 200), (NEXT_TOKEN, 200), ("athirdtoken", 403), ("", 403)] {
        assert_eq!(world.verified("/wechat/mp", token).await.as_u16(), expected, "{token}");
    }
    assert_eq!(world.received().await, 4);

    let after = World::with(|config| {
        config.wechat.mp.token = Secret::new(NEXT_TOKEN);
        config.wechat.mp.encoding_aes_key = Secret::new(NEXT_KEY);
    })
    .await;
    for (token, key, expected) in
        [(token, key, 403), (token, NEXT_KEY, 403), (NEXT_TOKEN, key, 403), (NEXT_TOKEN, NEXT_KEY, 200)]
    {
        let (query, body) = after.sealed_with(token, key, &said(1));
        assert_eq!(after.post(&query, body).await.0.as_u16(), expected, "{token} {key}");
    }
    assert_eq!(after.verified("/wechat/mp", token).await, StatusCode::FORBIDDEN);
    assert_eq!(after.received().await, 1);
}

#[tokio::test]
async fn while_token_and_key_of_the_mini_program_change_either_is_believed_and_a_third_is_not() {
    let during = World::with(|config| {
        let mini = &mut config.wechat.mini;
        mini.token_old = std::mem::replace(&mut mini.token, Secret::new(NEXT_TOKEN));
        mini.encoding_aes_key_old = std::mem::replace(&mut mini.encoding_aes_key, Secret::new(NEXT_KEY));
    })
    .await;
    let after = World::with(|config| {
        config.wechat.mini.token = Secret::new(NEXT_TOKEN);
        config.wechat.mini.encoding_aes_key = Secret::new(NEXT_KEY);
    })
    .await;
    let identity = during.wechat.identities().mini.clone();
    let (token, key) = (identity.token.as_str(), identity.encoding_aes_key.as_str());
    let tell = async |world: &World, token: &str, key: &str, number: usize| {
        let crypto = MessageCrypto::new(token, &[key], &identity.app_id).unwrap();
        let list = format!(
            "<List><TemplateId>t{number}</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>"
        );
        let event = format!(
            "<xml><ToUserName>mini</ToUserName><FromUserName>o{number}</FromUserName><CreateTime>1785722400</CreateTime>\
             <MsgType>event</MsgType><Event>subscribe_msg_change_event</Event>\
             <SubscribeMsgChangeEvent>{list}</SubscribeMsgChangeEvent></xml>"
        );
        let (query, body) = envelope(&crypto, token, &event);
        let request = Request::post(format!("/wechat/mini?{query}")).body(Body::from(body)).unwrap();
        world.send(request).await.0.as_u16()
    };
    let both = [(token, key), (token, NEXT_KEY), (NEXT_TOKEN, key), (NEXT_TOKEN, NEXT_KEY)];
    for (number, (token, key)) in both.into_iter().enumerate() {
        assert_eq!(tell(&during, token, key, number).await, 200, "{number}");
        let expected = if number == 3 { 200 } else { 403 };
        assert_eq!(tell(&after, token, key, number).await, expected, "{number}, after the change");
    }
    for (token, key) in [("athirdtoken", key), ("", key), (token, FOREIGN_KEY), (NEXT_TOKEN, FOREIGN_KEY)] {
        assert_eq!(tell(&during, token, key, 9).await, 403, "{token} {key}");
    }
    for (token, in_between, afterwards) in
        [(token, 200, 403), (NEXT_TOKEN, 200, 200), ("athirdtoken", 403, 403), ("", 403, 403)]
    {
        assert_eq!(during.verified("/wechat/mini", token).await.as_u16(), in_between, "{token}");
        assert_eq!(after.verified("/wechat/mini", token).await.as_u16(), afterwards, "{token}");
    }
    assert_eq!((during.received().await, after.received().await), (4, 1));
}
