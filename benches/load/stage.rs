//! The application under measurement: a real listener on loopback over a database on a real disk.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foundation::clock::{Clock, ManualClock, SharedClock, SystemClock};
use foundation::config::{Config, Secret};
use foundation::scratch::{POSTGRES_VARIABLE, ScratchDatabase};
use sea_orm::{ConnectionTrait, Statement};
use simulator::Identities;
use tejian::app::{App, SharedApp};
use tejian::commands::demo::{point_at_simulator, write_settings};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::processor::Processor;
use crate::stand_in;

/// The name of the log and settings of nodes that are processes of their own.
const SETTINGS: &str = "node.toml";

/// One application on one database.
pub struct Stage {
    /// For the report.
    pub name: &'static str,
    /// Where the database is.
    pub database_url: String,
    /// Where the application listens.
    pub address: SocketAddr,
    /// The application.
    pub app: SharedApp,
    /// Counts the processor time of application and database.
    pub processor: Processor,
    /// Settings with which other processes serve the same database.
    pub settings_file: PathBuf,
    server: Runtime,
    _database: Option<ScratchDatabase>,
}

impl Stage {
    /// On a SQLite file in `directory`; what lay there before is removed.
    pub fn sqlite(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("load.db");
        for ending in ["", "-wal", "-shm"] {
            let name = format!("{}{ending}", path.display());
            if Path::new(&name).exists() {
                std::fs::remove_file(&name)?;
            }
        }
        Self::open("SQLite", directory, format!("sqlite://{}?mode=rwc", path.display()), None)
    }

    /// On a database of its own of the PostgreSQL that was started for this; nothing if none was.
    pub fn postgres(directory: &Path) -> anyhow::Result<Option<Self>> {
        if std::env::var_os(POSTGRES_VARIABLE).is_none() {
            return Ok(None);
        }
        let database = runtime()?.block_on(ScratchDatabase::create())?;
        let url = database.url().to_owned();
        Self::open("PostgreSQL", directory, url, Some(database)).map(Some)
    }

    fn open(
        name: &'static str,
        directory: &Path,
        database_url: String,
        database: Option<ScratchDatabase>,
    ) -> anyhow::Result<Self> {
        let server = runtime()?;
        let wechat = server.block_on(stand_in::listen())?;
        let config = configuration(directory, &database_url, wechat)?;
        let settings_file = directory.join(SETTINGS);
        write_settings(&config, &settings_file)?;
        // Standing still: notices that were signed beforehand stay within WeChat's five minutes.
        let clock: SharedClock = ManualClock::at(SystemClock.now_ms());
        let (app, address) = server.block_on(async {
            let app = App::open(config, clock).await?;
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            let router = tejian::web::router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move { axum::serve(tejian::web::sending_at_once(listener), router).await });
            anyhow::Ok((app, address))
        })?;
        let mut stage = Self {
            name,
            database_url,
            address,
            app,
            processor: Processor::of_this_process(),
            settings_file,
            server,
            _database: database,
        };
        if !stage.is_sqlite() {
            let backend = stage.number("SELECT pg_backend_pid()")?;
            stage.processor = Processor::with_postgres(backend)?;
        }
        Ok(stage)
    }

    /// Whether the database is a SQLite file.
    pub fn is_sqlite(&self) -> bool {
        self.app.database.is_sqlite()
    }

    /// Runs a future beside the server.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.server.block_on(future)
    }

    /// Runs statements in one transaction.
    pub fn write(&self, statements: &[String]) -> anyhow::Result<()> {
        self.wait(async {
            let transaction = self.app.database.begin_write().await?;
            for statement in statements {
                transaction.execute_unprepared(statement).await?;
            }
            Ok(transaction.commit().await?)
        })
    }

    /// Brings the statistics of the query planner up to date.
    pub fn analyze(&self) -> anyhow::Result<()> {
        let statement = if self.is_sqlite() { "ANALYZE" } else { "VACUUM ANALYZE" };
        self.wait(async { Ok(self.app.database.reader().execute_unprepared(statement).await.map(drop)?) })
    }

    /// The number in the only cell of a query.
    pub fn number(&self, query: &str) -> anyhow::Result<i64> {
        self.wait(async {
            let reader = self.app.database.reader();
            let statement = Statement::from_string(reader.get_database_backend(), query);
            let row = reader.query_one_raw(statement).await?.ok_or_else(|| anyhow::anyhow!("no row: {query}"))?;
            Ok(match row.try_get_by_index::<i64>(0) {
                Ok(number) => number,
                Err(_) => i64::from(row.try_get_by_index::<i32>(0)?),
            })
        })
    }
}

fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn configuration(directory: &Path, database_url: &str, wechat: SocketAddr) -> anyhow::Result<Config> {
    let settings = [
        ("TEJIAN__SERVICE__ENVIRONMENT", "test".to_owned()),
        ("TEJIAN__DATABASE__URL", database_url.to_owned()),
        ("TEJIAN__FILES__DIRECTORY", directory.join("files").display().to_string()),
    ];
    let mut config = Config::load_from(None, settings.map(|(key, value)| (key.to_owned(), value)))?;
    point_at_simulator(&mut config, &Identities::fixed(), &format!("http://{wechat}"))?;
    // As fast as they go: the pace that WeChat demands is none of ours.
    config.messages.template_per_minute = 1_000_000_000;
    config.messages.template_per_day = 1_000_000_000;
    config.fiscal.provider = "none".to_owned();
    config.links.secret = Secret::new("the links of a measurement are signed with this");
    Ok(config)
}
