//! Is the process able to serve, part by part.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
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
/// Whoever asks within this time is told what was found out last. No limit keeps the question out, so a flood of it must not
/// reach what all nodes share.
const KEPT_MS: i64 = 1_000;
const READY: &str = "ok";
const SILENT: &str = "没有及时回答";

/// Whether the process can serve, part by part.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// All parts that it cannot do without are ready.
    pub ready: bool,
    /// `ok`, or what is wrong, by part: database, writes, migrations, cache, files.
    pub parts: BTreeMap<&'static str, String>,
}

/// What the parts answered last.
#[derive(Debug, Default)]
pub struct LastReadiness {
    /// Held by whoever asks the parts; everybody else waits for what he is told.
    answers: Mutex<Option<Answers>>,
}

#[derive(Debug, Clone, Copy)]
struct Answers {
    /// When all had answered, epoch milliseconds.
    at_ms: i64,
    parts: [(&'static str, &'static str); 4],
}

/// What is known of every part; asked at most once a second, by one for all who want to know.
pub async fn readiness(app: &App) -> Readiness {
    let answers = answers(app).await;
    // Remembered from the beat of this node, which costs nothing: a database that is read well may take no write.
    let writes = app.last_writes.verdict().map_or_else(|told| told.to_string(), |()| READY.to_owned());
    let mut parts = BTreeMap::from(answers.parts.map(|(part, told)| (part, told.to_owned())));
    parts.insert("writes", writes);
    let ready = parts.iter().all(|(part, told)| DISPENSABLE.contains(part) || told == READY);
    Readiness { ready, parts }
}

async fn answers(app: &App) -> Answers {
    let mut last = app.last_readiness.answers.lock().await;
    if let Some(kept) = *last
        && (0..KEPT_MS).contains(&(app.now_ms() - kept.at_ms))
    {
        return kept;
    }
    let parts = ask(app).await;
    // The time of the end: parts that were waited for in vain are not asked again by each of those who waited meanwhile.
    let answers = Answers { at_ms: app.now_ms(), parts };
    *last = Some(answers);
    answers
}

async fn ask(app: &App) -> [(&'static str, &'static str); 4] {
    let (database, migrations, cache, files) = tokio::join!(
        verdict("database", PATIENCE, async { app.database.ping().await.map_err(anyhow::Error::from) }),
        verdict("migrations", PATIENCE, async {
            let pending = app.database.pending_migrations().await?;
            anyhow::ensure!(pending == 0, "{pending} migrations are pending");
            Ok(())
        }),
        verdict("cache", PATIENCE_WITH_CACHE, app.cache.ping()),
        verdict("files", PATIENCE, async { app.files.exists("readiness/probe").await.map(|_| ()) }),
    );
    [database, migrations, cache, files]
}

/// Anybody may read the verdict, so it says which part and never why: addresses and names of back ends may stand in the
/// cause, which goes to the log only.
async fn verdict(
    part: &'static str,
    patience: Duration,
    answer: impl Future<Output = anyhow::Result<()>>,
) -> (&'static str, &'static str) {
    let told = match tokio::time::timeout(patience, answer).await {
        Ok(Ok(())) => READY,
        Ok(Err(error)) => {
            tracing::error!(part, error = %format!("{error:#}"), "a part is not ready");
            match part {
                "database" => "数据库没有正常回答",
                "migrations" => "数据库升级没有全部执行，或无法确认，请运行 tejian migrate",
                "cache" => "缓存没有正常回答",
                _ => "文件库没有正常回答",
            }
        }
        Err(_) => {
            tracing::error!(part, "a part does not answer in time");
            SILENT
        }
    };
    (part, told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_verdict_on_a_part_names_no_address() {
        for part in ["database", "migrations", "cache", "files"] {
            let (_, told) = verdict(part, PATIENCE, async {
                Err(anyhow::anyhow!("connection refused").context("postgres://tejian:secret@10.0.0.7:5432/tejian"))
            })
            .await;
            assert!(told != READY && told != SILENT, "{part}: {told}");
            for hidden in ["10.0.0.7", "secret", "5432", "refused"] {
                assert!(!told.contains(hidden), "{part}: {told}");
            }
        }
    }
}
