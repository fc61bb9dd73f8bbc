//! Signing in, seen from outside: through the router, as a browser or a mini-program does it.

mod by_mini_program;
mod by_oauth;
mod by_password;
mod by_sms;
mod sessions;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use foundation::clock::ManualClock;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::accounts::{self, Account, Role, UnitId};
use crate::app::SharedApp;
use crate::sign_in::hash_password;
use crate::sms::{CodePurpose, NotSent, Notice, SmsSender};
use crate::testing;

pub const PHONE: &str = "13900000001";
pub const PASSWORD: &str = "tejian-2026";
pub const MINUTE_MS: i64 = 60_000;

/// The last code sent to each phone; can be told to fail.
#[derive(Default)]
pub struct Phones {
    codes: Mutex<BTreeMap<String, String>>,
    pub broken: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl SmsSender for Phones {
    async fn send_code(&self, phone: &str, code: &str, _: CodePurpose, _minutes: i64) -> anyhow::Result<()> {
        anyhow::ensure!(!self.broken.load(std::sync::atomic::Ordering::SeqCst), "no network");
        self.codes.lock().unwrap().insert(phone.to_owned(), code.to_owned());
        Ok(())
    }

    async fn send_notice(&self, _notice: &Notice) -> Result<Option<String>, NotSent> {
        Ok(None)
    }
}

impl Phones {
    pub fn code(&self, phone: &str) -> String {
        self.codes.lock().unwrap().get(phone).expect("a code was sent").clone()
    }
}

pub struct House {
    pub app: SharedApp,
    pub clock: Arc<ManualClock>,
    pub phones: Arc<Phones>,
    router: Router,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or("")
    }
    /// The value a `Set-Cookie` of this answer gives to `name`; empty when it is taken away.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let prefix = format!("{name}=");
        let texts = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mine = texts.filter_map(|text| text.strip_prefix(&prefix)).next_back()?;
        Some(mine.split(';').next().unwrap_or_default().to_owned())
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(testing::config()).await
    }

    pub async fn with(config: foundation::config::Config) -> Self {
        let (app, clock) = testing::app_with(config).await;
        let phones = Arc::new(Phones::default());
        let mut app = Arc::into_inner(app).expect("nobody else holds the new application");
        app.sms = phones.clone();
        let app = Arc::new(app);
        let router = crate::web::router(app.clone());
        Self { app, clock, phones, router }
    }

    pub async fn person(&self, phone: &str, password: Option<&str>) -> Account {
        let hash = match password {
            Some(password) => Some(hash_password(&self.app.config, password).await.unwrap()),
            None => None,
        };
        let transaction = self.app.database.begin_write().await.unwrap();
        let account = accounts::ensure_person(&*transaction, phone, "张三", self.app.now_ms()).await.unwrap();
        if let Some(hash) = hash {
            accounts::set_password_hash(&*transaction, &account.id, &hash, self.app.now_ms()).await.unwrap();
        }
        transaction.commit().await.unwrap();
        account
    }

    pub async fn unit(&self, name: &str, member: Option<(&Account, Role)>) -> UnitId {
        let transaction = self.app.database.begin_write().await.unwrap();
        let unit = testing::imported_unit(&*transaction, name, self.app.now_ms()).await;
        if let Some((account, role)) = member {
            testing::imported_member(&*transaction, &account.id, &unit, role, self.app.now_ms()).await;
        }
        transaction.commit().await.unwrap();
        unit
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router answers everything");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// A browser: keeps cookies and sends the header that our front end sends.
pub struct Browser<'a> {
    pub house: &'a House,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(house: &'a House) -> Self {
        Self { house, cookies: BTreeMap::new() }
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn request(&self, method: Method, path: &str, body: Option<Value>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::COOKIE, self.cookie_header());
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        request.header("x-requested-with", "tejian").header("x-client", "h5-wechat").body(body).unwrap()
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let answer = self.house.send(self.request(method, path, body)).await;
        for value in answer.headers.get_all(header::SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }
    pub async fn put(&mut self, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path, Some(body)).await
    }
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    pub async fn by_password(&mut self, login: &str, password: &str) -> Answer {
        self.post("/api/v1/session/password", json!({ "login": login, "password": password })).await
    }
    pub async fn ask_for_code(&mut self, phone: &str) -> Answer {
        self.post("/api/v1/sms-codes", json!({ "phone": phone })).await
    }
    pub async fn by_sms(&mut self, phone: &str, code: &str) -> Answer {
        self.post("/api/v1/session/sms", json!({ "phone": phone, "code": code })).await
    }
}
