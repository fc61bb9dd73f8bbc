//! For unit tests: an application of its own, with WeChat's addresses pointing nowhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use foundation::clock::{ManualClock, SharedClock};
use foundation::config::{Config, Secret};
use foundation::ids::new_id_text;
use foundation::scratch::{POSTGRES_VARIABLE, REDIS_VARIABLE, ScratchDatabase};
use sea_orm::ConnectionTrait;
use simulator::Identities;

use crate::accounts::intake::{UnitRecord, ensure_members, save_units};
use crate::accounts::{AccountId, Role, UnitId};
use crate::app::{App, SharedApp};
use crate::commands::demo::point_at_simulator;

/// 2026-08-03 10:00 in Chongqing, a Monday.
pub const A_MONDAY_MS: i64 = 1_785_722_400_000;

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";
const IN_MEMORY: &str = "sqlite::memory:";

/// The configuration of a test: a database of its own, files in a directory of its own, keys that belong to nobody.
pub fn config() -> Config {
    let directory = std::env::temp_dir().join(new_id_text("tejian-test"));
    let settings = [
        ("TEJIAN__SERVICE__ENVIRONMENT", "test"),
        ("TEJIAN__HTTP__API_DOCUMENTS", "true"),
        ("TEJIAN__DATABASE__URL", IN_MEMORY),
        ("TEJIAN__FILES__DIRECTORY", directory.to_str().expect("temporary paths are text")),
        ("TEJIAN__LOGIN__ARGON2_MEMORY_KIB", "64"),
        ("TEJIAN__LOGIN__ARGON2_PASSES", "1"),
    ];
    let mut config = Config::load_from(None, settings.map(|(key, value)| (key.to_owned(), value.to_owned())))
        .expect("the settings of tests are complete");
    point_at_simulator(&mut config, &Identities::fixed(), NOWHERE).expect("tests are not production");
    // A test that wants codes to be sent, or receipts to be made, says so.
    config.sms.provider = "log".to_owned();
    config.fiscal.provider = "none".to_owned();
    config.wechat.pay.download_certificates = false;
    // The questions for people after wrong passwords have tests of their own, over HTTP.
    config.login.captcha_after_wrong = 1_000_000;
    config.login.captcha_after_wrong_per_address = 1_000_000;
    if let Ok(url) = std::env::var(REDIS_VARIABLE) {
        config.redis.url = Secret::new(url);
        config.redis.prefix = new_id_text("test:");
    }
    config
}

/// An application and the clock it lives by.
pub async fn app() -> (SharedApp, Arc<ManualClock>) {
    app_with(config()).await
}

/// As [`app`], with a configuration that the test has changed.
pub async fn app_with(mut config: Config) -> (SharedApp, Arc<ManualClock>) {
    if config.database.url.expose() == IN_MEMORY && std::env::var_os(POSTGRES_VARIABLE).is_some() {
        config.database.url = Secret::new(database_for_this_process().await);
    }
    let clock = ManualClock::at(A_MONDAY_MS);
    let shared: SharedClock = clock.clone();
    (App::open(config, shared).await.expect("the application of a test opens"), clock)
}

/// Kept until the process ends: the application does not know that its database is a passing one.
async fn database_for_this_process() -> String {
    static KEPT: Mutex<Vec<ScratchDatabase>> = Mutex::new(Vec::new());
    let database = ScratchDatabase::create().await.expect("a database can be made");
    let url = database.url().to_owned();
    KEPT.lock().expect("nobody panics while holding it").push(database);
    url
}

/// A stand-in for WeChat's servers, with the demo people and fixed keys; its clock stands at [`A_MONDAY_MS`].
pub async fn simulator() -> simulator::Simulator {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let clock: SharedClock = ManualClock::at(A_MONDAY_MS);
    let options = simulator::Options { clock: crate::app::unix_clock(&clock), ..simulator::Options::for_tests() };
    simulator::Simulator::start(listener, None, options).await
}

/// The configuration of a test whose service account and mini-program live in `simulator`.
pub fn config_with(simulator: &simulator::Simulator) -> Config {
    let mut config = config();
    config.wechat.api_base = simulator.base_url();
    config.wechat.pay_base = simulator.base_url();
    config.wechat.open_base = simulator.base_url();
    config
}

/// A new unit, as the core system tells of it.
pub async fn imported_unit<C: ConnectionTrait>(connection: &C, name: &str, now_ms: i64) -> UnitId {
    let id = UnitId::new();
    let record = UnitRecord {
        external_id: name.to_owned(),
        name: name.to_owned(),
        uscc: None,
        district_code: None,
        address: None,
        phone: None,
    };
    save_units(connection, vec![(id.clone(), record)], now_ms).await.expect("a unit");
    id
}

/// Lets an account act for a unit, as the core system says.
pub async fn imported_member<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    unit: &UnitId,
    role: Role,
    now_ms: i64,
) {
    let members = BTreeMap::from([((account.clone(), unit.clone()), role)]);
    ensure_members(connection, members, now_ms).await.expect("a membership");
}
