//! What the nodes stand on: a database, files, perhaps a cache. A small institute has one node with SQLite and a directory on
//! one disk; a large one has two nodes with PostgreSQL and its standby, Redis and an S3 store.

use std::path::{Path, PathBuf};

use foundation::ids::new_id_text;

use crate::places::disk::Disk;
use crate::places::postgres::Postgres;
use crate::places::redis::Redis;
use crate::places::store::Store;

const DISK_MIB: u32 = 1_024;
/// Asks for the large one.
const CLUSTER_VARIABLE: &str = "TEJIAN_SOAK_CLUSTER";

/// One or the other.
pub enum Ground {
    /// SQLite and a directory.
    Small(Small),
    /// PostgreSQL, Redis, S3.
    Cluster(Box<Cluster>),
}

/// Everything on one disk, which may be full.
pub struct Small {
    /// Where it could be mounted.
    pub disk: Option<Disk>,
    directory: PathBuf,
}

/// Servers of its own, started and ended by the soak.
pub struct Cluster {
    /// Primary and standby.
    pub postgres: Postgres,
    /// The cache.
    pub redis: Redis,
    /// The files.
    pub store: Store,
}

/// Whether the large one is wanted.
pub fn wants_cluster() -> bool {
    std::env::var_os(CLUSTER_VARIABLE).is_some_and(|wanted| !wanted.is_empty() && wanted != "0")
}

impl Ground {
    /// Prepares what is wanted; logs go into `directory`.
    pub async fn prepare(directory: &Path) -> anyhow::Result<Self> {
        // Passable for the user who runs PostgreSQL.
        let elsewhere = std::env::temp_dir().join(new_id_text("tejian-soak-"));
        if !wants_cluster() {
            let disk = Disk::mount(&elsewhere, DISK_MIB).await?;
            return Ok(Self::Small(Small { disk, directory: elsewhere }));
        }
        let postgres = Postgres::start(&elsewhere).await?;
        let (redis, store) = (Redis::start().await?, Store::start(directory).await?);
        Ok(Self::Cluster(Box::new(Cluster { postgres, redis, store })))
    }

    /// How many nodes it carries.
    pub fn nodes(&self) -> usize {
        match self {
            Self::Small(_) => 1,
            Self::Cluster(_) => 2,
        }
    }

    /// What it is, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Small(_) => "SQLite and a directory of files",
            Self::Cluster(_) => "PostgreSQL with a standby, Redis and an S3 store",
        }
    }

    /// Where the nodes find it.
    pub fn settings(&self) -> Vec<(String, String)> {
        let settings: Vec<(&str, String)> = match self {
            Self::Small(small) => {
                let directory = small.directory.display();
                vec![
                    ("TEJIAN__DATABASE__URL", format!("sqlite://{directory}/tejian.db?mode=rwc")),
                    ("TEJIAN__FILES__DIRECTORY", format!("{directory}/files")),
                ]
            }
            Self::Cluster(cluster) => {
                let places =
                    [("TEJIAN__DATABASE__URL", cluster.postgres.url()), ("TEJIAN__REDIS__URL", cluster.redis.url())];
                places.into_iter().chain(cluster.store.settings()).collect()
            }
        };
        settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        self.disk = None;
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            eprintln!("soak: {} was left behind: {error}", self.directory.display());
        }
    }
}
