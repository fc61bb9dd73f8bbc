//! Service account and mini-program.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use wechat::api::ApiError;
use wechat::clock::{UnixClock, fixed_clock};
use wechat::mini::{EnvironmentVersion, MiniClient, MiniCode, MiniConfig};
use wechat::mp::{MessageMode, MpClient, MpConfig, OauthScope, TemplateMessage};
use wechat::token::MemoryTokenStore;

use super::peer::{NOW, Peer, Told};

fn service_account(peer: &Peer, clock: UnixClock) -> MpClient {
    let config = MpConfig {
        base_url: peer.base_url.clone(),
        open_base_url: "https://open.example".to_owned(),
        app_id: "wx9557d516e5233170".to_owned(),
        app_secret: "top-secret".to_owned().into(),
        token: "token".to_owned().into(),
        token_old: None,
        encoding_aes_keys: vec![],
        message_mode: MessageMode::Plain,
        timeout_ms: 5_000,
    };
    MpClient::new(&config, Arc::new(MemoryTokenStore::new(Arc::clone(&clock))), clock).expect("a client")
}

fn mini_program(peer: &Peer) -> MiniClient {
    let config = MiniConfig {
        base_url: peer.base_url.clone(),
        app_id: "wxe0806e35fc727672".to_owned(),
        app_secret: "top-secret".to_owned().into(),
        timeout_ms: 5_000,
    };
    let store = Arc::new(MemoryTokenStore::new(fixed_clock(NOW)));
    MiniClient::new(&config, store, fixed_clock(NOW)).expect("a client")
}

fn token(name: &str) -> Told {
    Told::plain(200, &format!(r#"{{"access_token":"{name}","expires_in":7200}}"#))
}

fn refusal(errcode: i64) -> Told {
    Told::plain(200, &format!(r#"{{"errcode":{errcode},"errmsg":"told so rid: 1"}}"#))
}

fn message() -> TemplateMessage {
    TemplateMessage {
        to_user: "o1".to_owned(),
        template_id: "t1".to_owned(),
        url: Some("https://pay.example.gov.cn/h5/".to_owned()),
        mini_program: None,
        client_message_id: None,
        data: BTreeMap::from([("thing1".to_owned(), "电梯定期检验".to_owned())]),
    }
}

#[tokio::test]
async fn a_stale_token_is_replaced_and_the_call_repeated_once() {
    let peer = Peer::telling([
        token("T1"),
        refusal(42001),
        token("T2"),
        Told::plain(200, r#"{"errcode":0,"errmsg":"ok","msgid":9007199254740993}"#),
        refusal(40001),
        token("T3"),
        refusal(40001),
    ])
    .await;
    let client = service_account(&peer, fixed_clock(NOW));
    assert_eq!(client.template_send(&message()).await, Ok(9_007_199_254_740_993));
    let asked = peer.asked();
    let body: Value = serde_json::from_slice(&asked[3].body).expect("JSON");
    assert_eq!(body["data"]["thing1"]["value"], "电梯定期检验");
    assert!(String::from_utf8_lossy(&asked[3].body).contains("电梯"), "real UTF-8, no escapes");
    assert!(asked[3].target.ends_with("access_token=T2"));
    // The second refusal is final: no third attempt.
    assert!(client.template_send(&message()).await.expect_err("refused again").token_is_stale());
    assert_eq!(peer.asked().len(), 7);
}

#[tokio::test]
async fn many_callers_share_one_token_and_a_late_complaint_does_not_replace_a_newer_one() {
    let peer = Peer::telling([token("T1"), token("T2")]).await;
    let client = service_account(&peer, fixed_clock(NOW));
    let tokens = client.tokens();
    let (first, second, third) = tokio::join!(tokens.access_token(), tokens.access_token(), tokens.access_token());
    assert_eq!((first.as_deref(), second.as_deref(), third.as_deref()), (Ok("T1"), Ok("T1"), Ok("T1")));
    assert_eq!(tokens.replace("T1").await.as_deref(), Ok("T2"));
    assert_eq!(tokens.replace("T1").await.as_deref(), Ok("T2"), "somebody else replaced it already");
    assert_eq!(peer.targets(), ["/cgi-bin/stable_token", "/cgi-bin/stable_token"]);
    let body: Value = serde_json::from_slice(&peer.asked()[0].body).expect("JSON");
    assert_eq!(body.get("force_refresh"), None);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end() {
    let peer = Peer::telling([token("T1"), token("T2")]).await;
    let now = Arc::new(AtomicI64::new(NOW));
    let hand = Arc::clone(&now);
    let client = service_account(&peer, Arc::new(move || hand.load(Ordering::SeqCst)));
    assert_eq!(client.tokens().access_token().await.as_deref(), Ok("T1"));
    now.store(NOW + 6_899, Ordering::SeqCst);
    assert_eq!(client.tokens().access_token().await.as_deref(), Ok("T1"));
    now.store(NOW + 6_900, Ordering::SeqCst);
    assert_eq!(client.tokens().access_token().await.as_deref(), Ok("T2"));
}

#[tokio::test]
async fn a_wrong_setup_is_an_alarm_and_is_not_hammered() {
    let peer = Peer::telling([refusal(40164), token("T1")]).await;
    let now = Arc::new(AtomicI64::new(NOW));
    let hand = Arc::clone(&now);
    let client = service_account(&peer, Arc::new(move || hand.load(Ordering::SeqCst)));
    for _ in 0..5 {
        let error = client.template_send(&message()).await.expect_err("not allowed");
        assert!(matches!(error, ApiError::Configuration { errcode: 40164, .. }));
    }
    assert_eq!(peer.asked().len(), 1);
    now.store(NOW + 60, Ordering::SeqCst);
    assert_eq!(client.tokens().access_token().await.as_deref(), Ok("T1"));
}

#[tokio::test]
async fn errors_never_show_tokens_or_secrets() {
    let peer = Peer::telling([token("TOKEN-TEXT"), Told::plain(500, "")]).await;
    let client = service_account(&peer, fixed_clock(NOW));
    let mut texts = vec![client.template_send(&message()).await.expect_err("500").to_string()];
    let nobody = Peer::nobody().await;
    texts
        .push(service_account(&nobody, fixed_clock(NOW)).oauth_exchange("CODE").await.expect_err("nobody").to_string());
    texts.push(format!("{client:?}"));
    for text in texts {
        assert!(!text.contains("TOKEN-TEXT") && !text.contains("top-secret") && !text.contains("http"), "{text}");
    }
}

#[tokio::test]
async fn the_oauth_address_has_the_order_weixin_wants() {
    let peer = Peer::telling([Told::plain(
        200,
        r#"{"access_token":"x","openid":"o1","scope":"snsapi_base","is_snapshotuser":1}"#,
    )])
    .await;
    let client = service_account(&peer, fixed_clock(NOW));
    let address = client.oauth_authorize_url("https://a.example/in?x=1&y=电", "s1", OauthScope::Base);
    assert_eq!(
        address.as_deref(),
        Ok("https://open.example/connect/oauth2/authorize?appid=wx9557d516e5233170\
            &redirect_uri=https%3A%2F%2Fa.example%2Fin%3Fx%3D1%26y%3D%E7%94%B5&response_type=code\
            &scope=snsapi_base&state=s1&connect_redirect=1#wechat_redirect")
    );
    assert!(client.oauth_authorize_url("https://a.example/", "a&b=c", OauthScope::Base).is_err());
    assert!(client.oauth_exchange("C1").await.expect("exchanged").is_snapshot_user);
}

#[tokio::test]
async fn the_js_sdk_ticket_is_fetched_once() {
    let peer = Peer::telling([
        token("T1"),
        Told::plain(200, r#"{"errcode":0,"errmsg":"ok","ticket":"TICKET","expires_in":7200}"#),
    ])
    .await;
    let client = service_account(&peer, fixed_clock(NOW));
    let signed = client.jssdk_signature("https://a.example/h5/#/pay").await.expect("signed");
    let expected = wechat::mp::jssdk::sign("TICKET", &signed.nonce_str, &NOW.to_string(), "https://a.example/h5/");
    assert_eq!(signed.signature, expected);
    assert!(client.jssdk_signature("https://a.example/h5/").await.is_ok());
    assert_eq!(peer.asked().len(), 2);
}

#[tokio::test]
async fn a_code_is_a_picture_and_an_error_is_not_saved_as_one() {
    let code = MiniCode {
        scene: "o=1".to_owned(),
        page: Some("pages/order/index".to_owned()),
        check_path: false,
        env_version: EnvironmentVersion::Release,
        width: 430,
    };
    let picture = Told { body: b"\x89PNG\r\n".to_vec(), ..Told::plain(200, "") }.header("Content-Type", "image/png");
    let peer = Peer::telling([token("T1"), picture, refusal(41030)]).await;
    let client = mini_program(&peer);
    assert_eq!(client.wxacode_unlimited(&code).await.as_deref(), Ok(&b"\x89PNG\r\n"[..]));
    assert!(client.wxacode_unlimited(&code).await.expect_err("page").message_unfit());
    for scene in ["", "电梯", "a%b", &"x".repeat(33)] {
        let code = MiniCode { scene: scene.to_owned(), ..code.clone() };
        assert!(matches!(client.wxacode_unlimited(&code).await, Err(ApiError::Invalid(_))), "{scene}");
    }
}

#[tokio::test]
async fn login_and_phone_number_are_read_in_all_their_spellings() {
    let phone = |country: &str| {
        Told::plain(
            200,
            &format!(
                r#"{{"errcode":0,"phone_info":{{"phoneNumber":"13810029173","purePhoneNumber":"13810029173","countryCode":{country},"watermark":{{}}}}}}"#
            ),
        )
    };
    let peer = Peer::telling([
        Told::plain(200, r#"{"openid":"o2","session_key":"a2V5"}"#).header("Content-Type", "text/plain"),
        refusal(40163),
        token("T1"),
        phone("86"),
        phone("\"86\""),
    ])
    .await;
    let client = mini_program(&peer);
    assert_eq!(client.code2session("C1").await.expect("logged in").openid, "o2");
    assert!(client.code2session("C1").await.expect_err("used").code_invalid_or_used());
    for _ in 0..2 {
        assert_eq!(client.get_user_phone_number("P1").await.expect("a phone").country_code, "86");
    }
}
