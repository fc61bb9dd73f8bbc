//! The phone page, the WeChat browser, the control calls, the life of the state.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use simulator::Delivery;
use tokio::net::TcpListener;

use crate::stage::Stage;

/// An application whose page tells what headers it got.
async fn web_application(stage: &Stage) {
    async fn page(headers: HeaderMap) -> ([(&'static str, &'static str); 3], Html<String>) {
        let of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = format!(
            "<html><head><title>缴费</title></head><body>{}|{}|{}</body></html>",
            of("user-agent"),
            of("cookie"),
            of("host")
        );
        let answer = [
            ("set-cookie", "session=1; Path=/; HttpOnly"),
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'self'"),
        ];
        (answer, Html(body))
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let router =
        Router::new().route("/page", get(page)).route("/data", get(|| async { axum::Json(json!({"html": "<head>"})) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    stage.simulator.set_app(simulator::AppAddresses {
        web_base_url: format!("http://{address}"),
        ..simulator::AppAddresses::default()
    });
}

#[tokio::test]
async fn the_wechat_browser_passes_pages_on_with_its_bridge_and_its_user_agent() {
    let stage = Stage::new().await;
    web_application(&stage).await;
    let browser = stage.simulator.browser_url();
    let request = stage.http.get(format!("{browser}/page")).header("Cookie", "a=b").header("User-Agent", "Phone");
    let answer = request.send().await.expect("an answer");
    assert!(answer.headers().get("x-frame-options").is_none());
    assert!(answer.headers().get("content-security-policy").is_none());
    assert_eq!(answer.headers()["set-cookie"], "session=1; Path=/; HttpOnly");
    let text = answer.text().await.expect("a page");
    assert!(text.starts_with("<html><head><script>") && text.contains("WeixinJSBridge"));
    let host = browser.trim_start_matches("http://");
    assert!(text.contains(&format!("Phone MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN|a=b|{host}")));
    let data = stage.http.get(format!("{browser}/data")).send().await.expect("an answer");
    assert_eq!(data.json::<Value>().await.expect("untouched")["html"], "<head>");
}

#[tokio::test]
async fn an_application_that_is_down_gives_a_page_of_its_own() {
    let stage = Stage::new().await;
    stage.simulator.set_app(simulator::AppAddresses {
        web_base_url: "http://127.0.0.1:9".into(),
        ..simulator::AppAddresses::default()
    });
    let answer = stage.http.get(stage.simulator.browser_url()).send().await.expect("an answer");
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.expect("a page").contains("应用没有应答"));
}

#[tokio::test]
async fn another_holder_starts_without_cookies() {
    let stage = Stage::new().await;
    let url = format!("{}/__forget", stage.simulator.browser_url());
    let answer = stage.http.get(url).header("Cookie", "session=1; other=2").send().await.expect("an answer");
    let cleared: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cleared, ["session=; Path=/; Max-Age=0", "other=; Path=/; Max-Age=0"]);
    assert_eq!(answer.headers()["clear-site-data"], "\"cookies\", \"storage\"");
}

#[tokio::test]
async fn every_file_of_the_phone_page_is_served_and_names_no_outside_address() {
    let stage = Stage::new().await;
    let base = stage.simulator.base_url();
    let mut open = vec!["/".to_owned()];
    let mut seen = Vec::new();
    while let Some(path) = open.pop() {
        let answer = stage.http.get(format!("{base}{path}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.expect("text");
        let outside = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("https://") && !outside.contains("src=\"http"), "{path}");
        for part in text.split(['"', '\'']).filter(|part| part.starts_with("/phone/")) {
            if !seen.contains(&part.to_owned()) && !open.contains(&part.to_owned()) {
                open.push(part.to_owned());
            }
        }
        seen.push(path);
    }
    assert_eq!(seen.len(), 13);
}

#[tokio::test]
async fn control_calls_mirror_the_acts_and_refusals_speak_chinese() {
    let stage = Stage::new().await;
    let client = stage.client();
    let code_url = client.order_native(&stage.order("T2026073101")).await.expect("accepted");
    let act = json!({"openid": stage.openid(), "code_url": code_url});
    assert_eq!(stage.post("/_sim/native/scan", &act).await["amount_fen"], 1265);
    assert!(stage.post("/_sim/native/pay", &act).await["transaction_id"].is_string());
    let url = format!("{}/_sim/native/pay", stage.simulator.base_url());
    let refused = stage.http.post(url).json(&act).send().await.expect("an answer");
    assert_eq!(refused.status(), 409);
    let body: Value = refused.json().await.expect("JSON");
    assert_eq!(
        (body["reason"].as_str(), body["message"].as_str()),
        (Some("already_paid"), Some("该订单已支付，请勿重复支付"))
    );
    assert_eq!(stage.post("/_sim/deliver", &json!({})).await["notices_accepted"], 1);
    assert_eq!(stage.get("/_sim/orders").await[0]["state"], "Success");
    assert_eq!(stage.get("/_sim/state").await["codes"], json!([]));
}

#[tokio::test]
async fn unknown_switches_are_refused_by_name() {
    let stage = Stage::new().await;
    let merged = stage.post("/_sim/faults", &json!({"notice_duplicates": 2})).await;
    assert_eq!(merged["notice_duplicates"], 2);
    let url = format!("{}/_sim/faults", stage.simulator.base_url());
    let refused = stage.http.post(url).json(&json!({"notice_doubles": 2})).send().await.expect("an answer");
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.expect("text").contains("notice_doubles"));
    stage.simulator.faults().clear();
    assert_eq!(stage.get("/_sim/faults").await["notice_duplicates"], 0);
}

#[tokio::test]
async fn the_holder_of_phone_one_is_who_web_authorization_sees() {
    let stage = Stage::new().await;
    let second = stage.simulator.people()[1].mp_openid.clone();
    stage.post("/_sim/holder", &json!({"phone": 1, "openid": second})).await;
    let url = format!(
        "{}/connect/oauth2/authorize?appid={}&redirect_uri=http%3A%2F%2F127.0.0.1%2F&response_type=code&scope=snsapi_base&state=s",
        stage.simulator.base_url(),
        stage.identities.mp.app_id
    );
    let answer = stage.http.get(url).send().await.expect("an answer");
    let location = url::Url::parse(answer.headers()["location"].to_str().expect("text")).expect("a URL");
    let code = location.query_pairs().find(|(key, _)| key == "code").expect("a code").1.into_owned();
    let app = &stage.identities.mp;
    let path = format!(
        "/sns/oauth2/access_token?appid={}&secret={}&code={code}&grant_type=authorization_code",
        app.app_id, app.app_secret
    );
    assert_eq!(stage.get(&path).await["openid"], json!(second));
}

#[tokio::test]
async fn the_state_survives_a_restart() {
    let folder = std::env::temp_dir().join(format!("simulator-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("state.json");
    let before = Stage::with(|options| options.state_file = Some(file.clone())).await;
    let code_url = before.client().order_native(&before.order("T2026073101")).await.expect("accepted");
    before.simulator.follow(&before.openid()).await;
    before.simulator.deliver_due().await;
    let after = Stage::with(|options| options.state_file = Some(file.clone())).await;
    after.simulator.pay_native(&after.openid(), &code_url).await.expect("the code still lives");
    assert!(after.simulator.people()[0].follows);
    std::fs::remove_dir_all(&folder).expect("ours to remove");
}

#[tokio::test]
async fn automatic_delivery_needs_nobody() {
    let stage = Stage::with(|options| options.delivery = Delivery::Automatic).await;
    let code_url = stage.client().order_native(&stage.order("T2026073101")).await.expect("accepted");
    stage.simulator.pay_native(&stage.openid(), &code_url).await.expect("paid");
    stage.wait_for("/wechat/pay/notify/payment").await;
}

#[tokio::test]
async fn generated_identities_work_like_the_fixed_ones_and_are_kept() {
    let folder = std::env::temp_dir().join(format!("simulator-{}", uuid::Uuid::new_v4()));
    let made = simulator::Identities::load_or_generate(&folder).expect("made");
    let loaded = simulator::Identities::load_or_generate(&folder).expect("loaded");
    assert_eq!(made.merchant_serial, loaded.merchant_serial);
    let certificate =
        wechat::crypto::certificate::Certificate::from_pem(&made.merchant_certificate_pem).expect("X.509");
    assert_eq!(certificate.serial(), made.merchant_serial);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let mode = entry.and_then(|entry| entry.metadata()).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    std::fs::remove_dir_all(&folder).expect("ours to remove");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let options = simulator::Options::new(made, Delivery::Manual);
    simulator::Simulator::start(listener, None, options).await;
}
