//! A node makes itself known, again and again, until it is told to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foundation::ids::new_id_text;
use foundation::sealed::FieldKeys;
use sea_orm::DbErr;

use super::model::{self, Node};
use super::store;
use crate::app::SharedApp;

/// Between two beats.
const BEAT_EVERY: Duration = Duration::from_secs(20);
/// After one that failed.
const BEAT_AGAIN_AFTER: Duration = Duration::from_secs(3);
/// Three beats: whoever was not heard of for so long keeps nobody from beginning.
const AWAKE_MS: i64 = 60_000;
/// A database that has not taken a write after so long does not take it.
const PATIENCE: Duration = Duration::from_secs(5);

/// This process among the others.
pub struct Presence {
    app: SharedApp,
    node: Node,
    is_known: AtomicBool,
}

impl Presence {
    /// A node that listens at `address`; nobody knows of it yet.
    ///
    /// # Errors
    /// When the keys of the configuration cannot be used.
    pub fn new(app: &SharedApp, address: impl Into<String>, works_on_jobs: bool) -> anyhow::Result<Self> {
        let node = Node {
            id: new_id_text("nod"),
            host: host_name(),
            address: address.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // Of the configuration: what the process learned before is not there after its restart.
            key_marks: FieldKeys::of_config(&app.config)?.marks(),
            works_on_jobs,
            started_at: app.now_ms(),
            silent_ms: 0,
            clock_ahead_ms: None,
        };
        Ok(Self { app: app.clone(), node, is_known: AtomicBool::new(false) })
    }

    /// Makes itself known, unless it had better not begin beside the nodes that live: then it tells why, in sentences for the
    /// operator ([`super::at_odds`]), and leaves nothing behind. Nodes that begin at the same moment do so one after the other,
    /// and the second sees the first. A row of this machine and address is what is left of the process before. Nobody is kept
    /// from beginning because the others cannot be looked up.
    pub async fn begin(&self) -> Vec<String> {
        match tokio::time::timeout(PATIENCE, self.begin_unless_at_odds()).await {
            Ok(Ok(at_odds)) => at_odds,
            failed => {
                tracing::warn!(?failed, "which nodes live could not be looked up; their keys were not compared");
                Vec::new()
            }
        }
    }

    async fn begin_unless_at_odds(&self) -> Result<Vec<String>, DbErr> {
        let transaction = self.app.database.begin_write().await?;
        store::begin_alone(&*transaction).await?;
        store::remove_former(&*transaction, &self.node).await?;
        let others = store::living(&*transaction).await?;
        let awake: Vec<Node> = others.into_iter().filter(|node| node.silent_ms <= AWAKE_MS).collect();
        let at_odds = model::at_odds(&self.node, &awake);
        // Otherwise even the process before stays as it was.
        if at_odds.is_empty() {
            store::note(&*transaction, &self.node, self.app.now_ms()).await?;
            transaction.commit().await?;
            self.is_known.store(true, Ordering::Release);
        }
        Ok(at_odds)
    }

    /// The application that this process serves.
    pub fn app(&self) -> &SharedApp {
        &self.app
    }

    /// Whether it told the others that it works on jobs.
    pub fn works_on_jobs(&self) -> bool {
        self.node.works_on_jobs
    }

    /// Makes itself known until `stop` resolves.
    pub async fn keep(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let pause = match self.beat().await {
                Ok(()) => BEAT_EVERY,
                Err(error) => {
                    tracing::warn!(error = %format!("{error:#}"), "this node could not write that it lives");
                    BEAT_AGAIN_AFTER
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Writes once that it lives, remembers whether that arrived, and clears what is left of nodes that are gone.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn beat(&self) -> anyhow::Result<()> {
        let written = match tokio::time::timeout(PATIENCE, self.write()).await {
            Ok(written) => written.map_err(anyhow::Error::from),
            Err(_) => Err(anyhow::anyhow!("the database takes no write for {PATIENCE:?}")),
        };
        self.app.last_writes.note(written.is_ok());
        let was_known = written?;
        if self.is_known.swap(true, Ordering::AcqRel) && !was_known {
            tracing::warn!("this node was taken for gone: it slept for minutes, or the database's clock leapt");
        }
        match tokio::time::timeout(PATIENCE, self.clear_gone()).await {
            Ok(Ok(())) => {}
            // The next beat, or another node, does it.
            failed => tracing::debug!(?failed, "nodes that are gone could not be cleared"),
        }
        Ok(())
    }

    /// Takes its row away. It was the last that this process did; if it fails, others clear the row.
    pub async fn leave(&self) {
        match tokio::time::timeout(PATIENCE, self.remove()).await {
            Ok(Ok(())) => {}
            failed => tracing::warn!(?failed, "this node could not take its leave"),
        }
    }

    async fn write(&self) -> Result<bool, DbErr> {
        let transaction = self.app.database.begin_write().await?;
        if !self.is_known.load(Ordering::Acquire) {
            // Once: where two machines go by one name, the one that was there before is back with its next beat.
            store::remove_former(&*transaction, &self.node).await?;
        }
        let was_known = store::note(&*transaction, &self.node, self.app.now_ms()).await?;
        transaction.commit().await?;
        Ok(was_known)
    }

    /// In a transaction of its own: two nodes that take each other for gone hold one row at a time.
    async fn clear_gone(&self) -> Result<(), DbErr> {
        if !store::is_somebody_gone(self.app.database.reader()).await? {
            return Ok(());
        }
        let transaction = self.app.database.begin_write().await?;
        store::clear_gone(&*transaction).await?;
        transaction.commit().await
    }

    async fn remove(&self) -> Result<(), DbErr> {
        let transaction = self.app.database.begin_write().await?;
        store::remove(&*transaction, &self.node.id).await?;
        transaction.commit().await
    }
}

/// Name of the machine or container; nothing where it does not tell.
fn host_name() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    told.unwrap_or_default().trim().chars().take(64).collect()
}
