//! Is the process able to serve, part by part.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// A part that takes longer than this to answer is not ready.
const PATIENCE: Duration = Duration::from_secs(3);
/// Parts that are told of and not counted. Without the cache everything goes on, only slower; without the files people go on
/// paying, and papers come when the store is there again; without writes people still find what they have and are told why
/// nothing else goes on. A node that is taken out for one of them would take all that with it, and all nodes share them.
const DISPENSABLE: [&str; 3] = ["cache", "files", "writes"];
/// The cache can be done without: whoever asks is not kept waiting for it.
const PATIENCE_WITH_CACHE: Duration = Duration::from_millis(500);

/// Whether the process can serve, part by part.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// All parts that it cannot do without are ready.
    pub ready: bool,
    /// `ok`, or what is wrong, by part: database, writes, migrations, cache, files.
    pub parts: BTreeMap<&'static str, String>,
}

/// Asks every part; also used by `tejian doctor`.
pub async fn readiness(app: &App) -> Readiness {
    let (database, migrations, cache, files) = tokio::join!(
        verdict(async { app.database.ping().await.map_err(anyhow::Error::from) }),
        verdict(async {
            match app.database.pending_migrations().await? {
                0 => Ok(()),
                pending => anyhow::bail!("有 {pending} 项数据库升级尚未执行，请运行 tejian migrate"),
            }
        }),
        verdict_within(PATIENCE_WITH_CACHE, app.cache.ping()),
        verdict(async { app.files.exists("readiness/probe").await.map(|_| ()) }),
    );
    // Remembered from the beat of this node: a database that is read well may take no write.
    let writes = verdict(async { app.last_writes.verdict() }).await;
    let parts = BTreeMap::from([
        ("database", database),
        ("writes", writes),
        ("migrations", migrations),
        ("cache", cache),
        ("files", files),
    ]);
    let ready = parts.iter().all(|(part, verdict)| DISPENSABLE.contains(part) || verdict == "ok");
    Readiness { ready, parts }
}

async fn verdict(answer: impl Future<Output = anyhow::Result<()>>) -> String {
    verdict_within(PATIENCE, answer).await
}

async fn verdict_within(patience: Duration, answer: impl Future<Output = anyhow::Result<()>>) -> String {
    match tokio::time::timeout(patience, answer).await {
        Ok(Ok(())) => "ok".to_owned(),
        Ok(Err(error)) => {
            // Addresses and passwords of back ends may stand in the cause: to the log only.
            tracing::error!(error = %format!("{error:#}"), "a part is not ready");
            error.to_string().lines().next().unwrap_or_default().chars().take(120).collect()
        }
        Err(_) => "没有及时回答".to_owned(),
    }
}
