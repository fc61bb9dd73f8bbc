//! The stage of every test: a simulator with a hand-set clock, and an application that notes down
//! what it is sent.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use simulator::{AppAddresses, Delivery, Identities, Options, Simulator};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use wechat::crypto::message::MessageCrypto;
use wechat::crypto::suite::Suite;
use wechat::pay::{NewOrder, Notice, NoticeError, PayClient, PayConfig, PublicKeyConfig};

/// 2026-07-31 20:13:20 Beijing.
pub const START: i64 = 1_785_500_000;

/// One request to the application.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

#[derive(Default)]
struct Desk {
    arrived: Arc<Notify>,
    received: Vec<Received>,
    answers: VecDeque<(u16, String)>,
}

/// Simulator, application and clock.
pub struct Stage {
    pub simulator: Simulator,
    pub identities: Identities,
    pub app_url: String,
    pub http: reqwest::Client,
    clock: Arc<AtomicI64>,
    desk: Arc<Mutex<Desk>>,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let app = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let app_url = format!("http://{}", app.local_addr().expect("bound"));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(app, router).await });
        let clock = Arc::new(AtomicI64::new(START));
        let mut options = Options::new(Identities::fixed(), Delivery::Manual);
        let ticking = Arc::clone(&clock);
        options.clock = Arc::new(move || ticking.load(Ordering::SeqCst));
        options.app = AppAddresses {
            mp_push_url: format!("{app_url}/wechat/mp"),
            mini_push_url: String::new(),
            web_base_url: app_url.clone(),
        };
        change(&mut options);
        let identities = options.identities.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let browser = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let simulator = Simulator::start(listener, Some(browser), options).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a plain client");
        Self { simulator, identities, app_url, http, clock, desk }
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Moves the clock.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The next answers of the application; after them 200 without a body.
    pub fn answer_next(&self, status: u16, body: impl Into<String>) {
        self.desk.lock().expect("no test panics here").answers.push_back((status, body.into()));
    }

    /// What the application has received, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.desk.lock().expect("no test panics here").received.clone()
    }

    /// Waits until the application has received a request to this path.
    pub async fn wait_for(&self, path: &str) -> Received {
        let arrived = Arc::clone(&self.desk.lock().expect("no test panics here").arrived);
        loop {
            let next = arrived.notified();
            if let Some(found) = self.received().into_iter().find(|received| received.path == path) {
                return found;
            }
            next.await;
        }
    }

    /// openid of the first person under the service account.
    pub fn openid(&self) -> String {
        self.simulator.people()[0].mp_openid.clone()
    }

    /// A client of the merchant in public-key mode.
    pub fn client(&self) -> PayClient {
        self.client_with(|_| {})
    }

    pub fn client_with(&self, change: impl FnOnce(&mut PayConfig)) -> PayClient {
        let mut config = PayConfig {
            suite: if self.identities.is_shangmi() { Suite::ShangMi } else { Suite::International },
            base_url: self.simulator.base_url(),
            mch_id: self.identities.mch_id.clone(),
            merchant_serial: self.identities.merchant_serial.clone(),
            merchant_private_key_pem: self.identities.merchant_private_key_pem.clone().into(),
            api_v3_key: self.identities.api_v3_key.clone().into(),
            api_v3_key_old: None,
            public_key: Some(PublicKeyConfig {
                id: self.identities.public_key_id.clone(),
                pem: self.identities.public_key_pem.clone(),
            }),
            platform_certificates_pem: vec![self.identities.platform_certificates[0].certificate_pem.clone()],
            download_certificates: true,
            timeout_ms: 5000,
        };
        change(&mut config);
        let clock = Arc::clone(&self.clock);
        PayClient::new(config, Arc::new(move || clock.load(Ordering::SeqCst))).expect("a sound configuration")
    }

    /// An order over 12.65 yuan.
    pub fn order(&self, out_trade_no: &str) -> NewOrder {
        NewOrder {
            app_id: self.identities.mp.app_id.clone(),
            description: "电梯定期检验费".into(),
            out_trade_no: out_trade_no.into(),
            time_expire: None,
            attach: Some("报告 1 份".into()),
            notify_url: format!("{}/wechat/pay/notify/payment", self.app_url),
            amount_fen: 1265,
            support_fapiao: false,
        }
    }

    /// Opens everything the application received under `/wechat/pay/notify/`.
    pub async fn opened_notices(&self, client: &PayClient) -> Vec<Result<Notice, NoticeError>> {
        let mut opened = Vec::new();
        for received in self.received() {
            if received.path.starts_with("/wechat/pay/notify/") {
                opened.push(client.open_notice(&received.headers, &received.body).await);
            }
        }
        opened
    }

    /// The decrypted XML of every push so far.
    pub fn opened_pushes(&self) -> Vec<String> {
        let app = &self.identities.mp;
        let crypto = MessageCrypto::new(&app.token, &[&app.encoding_aes_key], &app.app_id).expect("fixed keys");
        self.received()
            .into_iter()
            .filter(|received| received.path == "/wechat/mp" && !received.body.is_empty())
            .map(|received| {
                let of =
                    |name: &str| received.query.iter().find(|(key, _)| key == name).expect("in every push").1.clone();
                let body = String::from_utf8(received.body).expect("XML");
                let sealed = body
                    .split_once("<Encrypt><![CDATA[")
                    .and_then(|(_, rest)| rest.split_once("]]>"))
                    .expect("secure mode")
                    .0;
                crypto.open(&of("msg_signature"), &of("timestamp"), &of("nonce"), sealed).expect("signed for us")
            })
            .collect()
    }

    /// An encrypted passive reply with this text.
    pub fn text_reply(&self, openid: &str, text: &str) -> String {
        let app = &self.identities.mp;
        let crypto = MessageCrypto::new(&app.token, &[&app.encoding_aes_key], &app.app_id).expect("fixed keys");
        let plain = format!(
            "<xml><ToUserName>{openid}</ToUserName><FromUserName>{}</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content><![CDATA[{text}]]></Content></xml>",
            app.original_id
        );
        let sealed = crypto.encrypt(&plain);
        format!(
            "<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{}</MsgSignature><TimeStamp>1</TimeStamp><Nonce>n</Nonce></xml>",
            crypto.signature("1", "n", &sealed)
        )
    }

    /// GET of an api call.
    pub async fn get(&self, path_and_query: &str) -> Value {
        let url = format!("{}{path_and_query}", self.simulator.base_url());
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }

    /// POST of an api call.
    pub async fn post(&self, path_and_query: &str, body: &Value) -> Value {
        let url = format!("{}{path_and_query}", self.simulator.base_url());
        self.http.post(url).json(body).send().await.expect("an answer").json().await.expect("JSON")
    }

    /// A stable access token of the service account.
    pub async fn mp_token(&self) -> String {
        self.token_of(&self.identities.mp.app_id, &self.identities.mp.app_secret).await
    }

    /// A stable access token of the mini-program.
    pub async fn mini_token(&self) -> String {
        self.token_of(&self.identities.mini.app_id, &self.identities.mini.app_secret).await
    }

    async fn token_of(&self, app_id: &str, secret: &str) -> String {
        let body = serde_json::json!({"grant_type": "client_credential", "appid": app_id, "secret": secret});
        let answer = self.post("/cgi-bin/stable_token", &body).await;
        answer["access_token"].as_str().expect("a token").to_owned()
    }
}

async fn receive(State(desk): State<Arc<Mutex<Desk>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let received = Received {
        path: uri.path().to_owned(),
        query: url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
        body: body.to_vec(),
    };
    let echo = received.query.iter().find(|(key, _)| key == "echostr").map(|(_, value)| value.clone());
    let mut desk = desk.lock().expect("no test panics here");
    desk.received.push(received);
    desk.arrived.notify_one();
    let (status, text) = desk.answers.pop_front().unwrap_or((200, echo.unwrap_or_default()));
    (StatusCode::from_u16(status).expect("a status"), text).into_response()
}
