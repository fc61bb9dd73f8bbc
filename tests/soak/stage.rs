//! The installation under fire: nodes, their database, WeChat, and a clock that can run ahead when the load is over.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use foundation::clock::{Clock, SharedClock, SystemClock};
use foundation::config::Config;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use simulator::{AppAddresses, Delivery, Identities, Options, Person, Simulator};
use tejian::accounts::{self, NewSession, UnitId};
use tejian::app::{App, SharedApp, unix_clock};
use tejian::commands::demo::{point_at_simulator, write_settings};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::ground::{self, Ground};
use crate::places::balancer::Balancer;
use crate::places::link::Link;
use crate::places::node_clock::NodeClock;
use crate::places::nodes::Nodes;
use crate::tally::Tally;
use crate::work::core_system::CoreSystem;
use crate::work::errands::Errands;
use crate::work::http::Door;

const SECRET: &str = "the core system of a soak signs with this";
/// How long somebody who looks into the database waits for it to come back.
const PATIENCE: Duration = Duration::from_secs(150);
const PAUSE: Duration = Duration::from_millis(200);

/// The machine's clock, and what was added to it.
#[derive(Default)]
pub struct AheadClock(AtomicI64);

impl Clock for AheadClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::SeqCst)
    }
}

impl AheadClock {
    /// Time passes.
    pub fn pass_ms(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

/// Everything there is.
pub struct Stage {
    /// The nodes.
    pub nodes: Nodes,
    /// Before the nodes.
    pub balancer: Balancer,
    /// The clock of the last node, where it can jump.
    pub node_clock: Option<NodeClock>,
    /// WeChat and the fiscal system.
    pub wechat: Simulator,
    /// The line of the nodes to it.
    pub wechat_link: Link,
    /// The same application in this process: to look, and to let time pass at the end. Its workers rest until then.
    pub app: SharedApp,
    /// Its clock, and WeChat's.
    pub clock: Arc<AheadClock>,
    /// When the load began, epoch milliseconds.
    pub began_at: i64,
    /// What was counted.
    pub tally: Tally,
    /// The institute's own system.
    pub core_system: CoreSystem,
    /// What customers leave for the institute to do.
    pub errands: Errands,
    /// What the nodes stand on; the last to go.
    pub ground: Ground,
    door: Door,
    tokens: Mutex<Vec<String>>,
}

impl Stage {
    /// Builds everything for so many customers and starts the nodes.
    pub async fn open(customers: u64) -> anyhow::Result<Self> {
        let directory = directory()?;
        let ground = Ground::prepare(&directory).await?;
        let addresses = Nodes::addresses(ground.nodes())?;
        let balancer = Balancer::start(addresses.clone()).await?;

        let clock = Arc::new(AheadClock::default());
        let shared: SharedClock = clock.clone();
        let mut options = Options::new(Identities::fixed(), Delivery::Automatic);
        options.clock = unix_clock(&shared);
        options.people = (0..customers).map(person).collect();
        options.app = AppAddresses {
            mp_push_url: format!("{}/wechat/mp", balancer.url()),
            mini_push_url: String::new(),
            web_base_url: balancer.url(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let wechat_link = Link::to(listener.local_addr()?).await?;
        options.base_url = Some(format!("http://{}", wechat_link.address));
        let wechat = Simulator::start(listener, None, options).await;

        let settings = settings(&ground, &balancer.url());
        let mut config = Config::load_from(None, settings.clone())?;
        point_at_simulator(&mut config, wechat.identities(), &wechat.base_url())?;
        write_settings(&config, &directory.join("tejian.toml"))?;
        let app = App::open(config, shared).await?;
        let node_clock = NodeClock::find(&directory)?;
        let nodes = Nodes::new(&addresses, &directory, &settings, node_clock.as_ref());
        for number in 0..nodes.len() {
            nodes.start(number).await?;
        }
        let door = Door::new(balancer.url());
        let core_system = CoreSystem::new(door.clone(), SECRET);
        let began_at = clock.now_ms();
        Ok(Self {
            nodes,
            balancer,
            node_clock,
            wechat,
            wechat_link,
            app,
            clock,
            began_at,
            tally: Tally::default(),
            core_system,
            errands: Errands::default(),
            ground,
            door,
            tokens: Mutex::default(),
        })
    }

    /// What it stands on, for people.
    pub fn name(&self) -> String {
        format!("{} node(s) on {}", self.nodes.len(), self.ground.name())
    }

    /// The way in for everybody.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// How many requests were answered so far; "come back later" is no answer.
    pub fn served(&self) -> u64 {
        self.door.served.load(Ordering::Relaxed)
    }

    /// The number in the only cell of a query.
    pub async fn number(&self, query: &str) -> anyhow::Result<i64> {
        let row = self.row(query).await?.ok_or_else(|| anyhow::anyhow!("no row: {query}"))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// A session of the person with this phone number for this unit, inside WeChat; its token.
    pub async fn sign_in(&self, unit: u64, phone: &str, openid: &str) -> anyhow::Result<String> {
        let query = format!("SELECT id FROM units WHERE external_id = 'U{unit}'");
        let unit_id = self.text(&query).await?.context("the unit was posted")?;
        let transaction = self.app.database.begin_write().await?;
        let person = accounts::ensure_person(&*transaction, phone, "测试", self.app.now_ms()).await?;
        // Whom messages reach: bound, and a follower.
        let app_id = self.app.config.wechat.mp.app_id.as_str();
        let now = self.app.now_ms();
        accounts::bind_openid(&*transaction, app_id, openid, None, &person.id, now).await?;
        accounts::set_following(&*transaction, app_id, openid, true, now).await?;
        let session = NewSession {
            account_id: person.id,
            unit_id: Some(UnitId::from_stored(unit_id)),
            client: accounts::Client::H5InWechat,
            device: "soak".to_owned(),
            device_key: None,
            address: None,
            wechat: Some((app_id.to_owned(), openid.to_owned())),
        };
        let started = accounts::start_session(&self.app, &*transaction, session).await;
        let started = started.map_err(|problem| anyhow::anyhow!("no session: {problem}"))?;
        transaction.commit().await?;
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).push(started.token.clone());
        Ok(started.token)
    }

    /// The token of somebody who is signed in.
    pub fn any_token(&self) -> Option<String> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }

    /// Code and amount of an order's transfer, as soon as there is a code.
    pub async fn payment_code(&self, order: &str) -> anyhow::Result<Option<(String, i64)>> {
        let query =
            format!("SELECT payment_code FROM payment_notices WHERE order_id = '{order}' AND payment_code IS NOT NULL");
        let Some(code) = self.text(&query).await? else { return Ok(None) };
        let amount_fen = self.number(&format!("SELECT amount_fen FROM orders WHERE id = '{order}'")).await?;
        Ok(Some((code, amount_fen)))
    }

    /// The text in the only cell of a query, if there is a row.
    pub async fn text(&self, query: &str) -> anyhow::Result<Option<String>> {
        Ok(self.row(query).await?.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    /// The texts in the only column of a query.
    pub async fn texts(&self, query: &str) -> anyhow::Result<Vec<String>> {
        let reader = self.app.database.reader();
        let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), query)).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }

    /// Asks again while the database is away.
    async fn row(&self, query: &str) -> anyhow::Result<Option<QueryResult>> {
        let reader = self.app.database.reader();
        let until = Instant::now() + PATIENCE;
        loop {
            let statement = Statement::from_string(reader.get_database_backend(), query);
            match reader.query_one_raw(statement).await {
                Ok(row) => return Ok(row),
                Err(error) if Instant::now() > until => return Err(error.into()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// This process takes over from the stopped nodes.
    pub async fn take_over(&self) -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        self.balancer.lead_to(vec![listener.local_addr()?]);
        let router = tejian::web::router(self.app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(())
    }
}

/// The customer of this number, who follows the service account.
pub fn person(number: u64) -> Person {
    let known = Person::new(&format!("测试{number}"), &format!("139{:08}", number + 1), &format!("soak{number}-"));
    Person { follows: true, ..known }
}

/// `soak-…/` in cargo's temporary directory of this target, one for each ground: logs stay there to be read.
fn directory() -> anyhow::Result<PathBuf> {
    let name = if ground::wants_cluster() { "soak-cluster" } else { "soak-small" };
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// What nodes and this process are told alike; the rest stands in `tejian.toml`.
fn settings(ground: &Ground, base_url: &str) -> Vec<(String, String)> {
    let settings = [
        ("TEJIAN__SERVICE__ENVIRONMENT", "demo"),
        ("TEJIAN__SERVICE__PUBLIC_BASE_URL", base_url),
        ("TEJIAN__INTEGRATION__CLIENT_ID", "core"),
        ("TEJIAN__INTEGRATION__SECRET", SECRET),
        // So few that a crowd of a test's size does not find a place.
        ("TEJIAN__HTTP__IN_FLIGHT_MAX", "64"),
        ("TEJIAN__LINKS__SECRET", "the links of a soak are signed with this"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    settings.into_iter().chain(ground.settings()).collect()
}
