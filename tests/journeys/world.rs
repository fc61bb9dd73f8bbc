//! The world of one test: the application, WeChat, a clock, and people with phones.

use std::net::SocketAddr;
use std::sync::Arc;

use foundation::clock::{ManualClock, SharedClock};
use foundation::config::Config;
use foundation::database::Database;
use foundation::scratch::{REDIS_VARIABLE, ScratchDatabase};
use reqwest::{Client, Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use simulator::{AppAddresses, Delivery, Identities, Options, Simulator};
use tejian::accounts::{self, AccountId, NewSession, UnitId};
use tejian::app::{App, SharedApp, unix_clock};
use tejian::commands::demo::point_at_simulator;
use tokio::net::TcpListener;

/// 2026-08-03 10:00 in Chongqing, a Monday.
pub const A_MONDAY_MS: i64 = 1_785_722_400_000;

/// Application, WeChat and clock of one test.
pub struct World {
    pub app: SharedApp,
    pub clock: Arc<ManualClock>,
    pub wechat: Simulator,
    pub base_url: String,
    pub http: Client,
    _database: ScratchDatabase,
}

/// A signed-in phone.
#[derive(Clone)]
pub struct Phone {
    pub account: AccountId,
    pub unit: UnitId,
    pub openid: String,
    pub token: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    /// The body of a success; anything else fails the test with what was said.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.body
    }

    /// The error code of a refusal with this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        let error = &self.body["error"];
        assert!(error["message"].as_str().is_some_and(|text| !text.is_ascii()), "a Chinese sentence: {}", self.body);
        assert!(error["trace_id"].as_str().is_some_and(|id| id.len() > 3), "a trace id: {}", self.body);
        error["code"].as_str().expect("a code").to_owned()
    }
}

impl World {
    /// Starts everything, with nobody and nothing in it.
    pub async fn start() -> World {
        Self::start_with(|_| ()).await
    }

    /// As [`World::start`] with settings changed first.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> World {
        let database = ScratchDatabase::create().await.expect("a database of its own");
        Self::start_whole(Identities::fixed(), database, |_| (), change).await
    }

    /// As [`World::start_with`], where WeChat and we have these keys and numbers.
    pub async fn start_as(identities: Identities, change: impl FnOnce(&mut Config)) -> World {
        let database = ScratchDatabase::create().await.expect("a database of its own");
        Self::start_whole(identities, database, |_| (), change).await
    }

    /// As [`World::start_with`] over this database, which may be of before; `prepare` gets the connected database first.
    pub async fn start_over(
        database: ScratchDatabase,
        prepare: impl FnOnce(&mut Database),
        change: impl FnOnce(&mut Config),
    ) -> World {
        Self::start_whole(Identities::fixed(), database, prepare, change).await
    }

    async fn start_whole(
        identities: Identities,
        database: ScratchDatabase,
        prepare: impl FnOnce(&mut Database),
        change: impl FnOnce(&mut Config),
    ) -> World {
        let clock = ManualClock::at(A_MONDAY_MS);
        let shared: SharedClock = clock.clone();
        let mut options = Options::new(identities, Delivery::Manual);
        options.clock = unix_clock(&shared);
        let wechat = Simulator::start(loopback().await, None, options).await;
        let listener = loopback().await;
        let base_url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let mut config = configuration(&wechat, &base_url, database.url());
        change(&mut config);
        let url = config.database.url.expose();
        let mut connected = Database::connect(url, config.database.max_connections).await.expect("a database");
        prepare(&mut connected);
        let app = App::open_over(config, shared, connected).await.expect("the application opens");
        wechat.set_app(AppAddresses {
            mp_push_url: format!("{base_url}/wechat/mp"),
            mini_push_url: String::new(),
            web_base_url: base_url.clone(),
        });
        let router = tejian::web::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client of tests builds");
        World { app, clock, wechat, base_url, http, _database: database }
    }

    /// Another node of the same application: the same database, cache and files.
    pub async fn second_node(&self) -> SharedApp {
        let shared: SharedClock = self.clock.clone();
        App::open(self.app.config.clone(), shared).await.expect("the second node opens")
    }

    /// Runs jobs and lets WeChat deliver until both are quiet.
    pub async fn settle(&self) {
        for _ in 0..20 {
            let ran = self.app.workers().run_due().await.expect("jobs run");
            let delivered = self.wechat.deliver_due().await;
            if ran == 0 && is_nothing(&delivered) {
                return;
            }
        }
    }

    /// Lets time pass and everything due happen.
    pub async fn pass_minutes(&self, minutes: i64) {
        self.clock.advance_ms(minutes * 60_000);
        self.settle().await;
    }

    /// A phone signed in as this account for this unit, inside WeChat.
    pub async fn phone(&self, account: &AccountId, unit: &UnitId, openid: &str) -> Phone {
        let transaction = self.app.database.begin_write().await.expect("a transaction");
        let session = NewSession {
            account_id: account.clone(),
            unit_id: Some(unit.clone()),
            client: accounts::Client::H5InWechat,
            device: "test".to_owned(),
            device_key: None,
            address: None,
            wechat: Some((self.app.config.wechat.mp.app_id.clone(), openid.to_owned())),
        };
        let started = accounts::start_session(&self.app, &*transaction, session).await.expect("a session");
        transaction.commit().await.expect("a commit");
        Phone { account: account.clone(), unit: unit.clone(), openid: openid.to_owned(), token: started.token }
    }

    /// One request of a phone.
    pub async fn ask(&self, phone: &Phone, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&phone.token)
            .header("x-client", "h5-wechat");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, body }
    }

    pub async fn get(&self, phone: &Phone, path: &str) -> Answer {
        self.ask(phone, Method::GET, path, None).await
    }

    pub async fn post(&self, phone: &Phone, path: &str, body: Value) -> Answer {
        self.ask(phone, Method::POST, path, Some(body)).await
    }

    /// A number from the database, for what no door shows.
    pub async fn number(&self, query: &str) -> i64 {
        let reader = self.app.database.reader();
        let statement = Statement::from_string(reader.get_database_backend(), query);
        let row = reader.query_one_raw(statement).await.expect("a query").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    /// Changes the database behind the application's back, as a crash or the core system would.
    pub async fn tamper(&self, statement: &str) {
        let transaction = self.app.database.begin_write().await.expect("a transaction");
        transaction.execute_unprepared(statement).await.expect("a statement");
        transaction.commit().await.expect("a commit");
    }
}

fn is_nothing(delivered: &simulator::Delivered) -> bool {
    delivered.notices == 0
        && delivered.pushes == 0
        && delivered.refunds_settled.is_empty()
        && delivered.invoices_settled.is_empty()
        && delivered.receipts_settled.is_empty()
}

async fn loopback() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn configuration(wechat: &Simulator, base_url: &str, database_url: &str) -> Config {
    let directory = std::env::temp_dir().join(foundation::ids::new_id_text("tejian-journey"));
    std::fs::create_dir_all(&directory).expect("a temporary directory");
    let settings = [
        ("TEJIAN__SERVICE__ENVIRONMENT", "test".to_owned()),
        ("TEJIAN__SERVICE__PUBLIC_BASE_URL", base_url.to_owned()),
        // Tests are made from the document.
        ("TEJIAN__HTTP__API_DOCUMENTS", "true".to_owned()),
        ("TEJIAN__DATABASE__URL", database_url.to_owned()),
        ("TEJIAN__REDIS__URL", std::env::var(REDIS_VARIABLE).unwrap_or_default()),
        ("TEJIAN__REDIS__PREFIX", foundation::ids::new_id_text("test:")),
        ("TEJIAN__FILES__DIRECTORY", directory.join("files").display().to_string()),
        ("TEJIAN__LINKS__SECRET", "the links of a test are signed with this".to_owned()),
        ("TEJIAN__INTEGRATION__CLIENT_ID", "core".to_owned()),
        ("TEJIAN__INTEGRATION__SECRET", "the core system of a test signs with this".to_owned()),
        ("TEJIAN__LOGIN__ARGON2_MEMORY_KIB", "64".to_owned()),
        ("TEJIAN__LOGIN__ARGON2_PASSES", "1".to_owned()),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value));
    let mut config = Config::load_from(None, settings).expect("the settings of tests are complete");
    point_at_simulator(&mut config, wechat.identities(), &wechat.base_url()).expect("tests are not production");
    // The public key alone, as newly opened merchants have it.
    config.wechat.pay.download_certificates = false;
    config
}
