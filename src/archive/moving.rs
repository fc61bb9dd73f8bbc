//! Out of the tables, into files: file first, then everything else in one transaction.

use std::io::Write;
use std::sync::Arc;

use anyhow::ensure;
use async_trait::async_trait;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use foundation::calendar::{beijing_date, parse_date, print_date, start_of_beijing_day_ms};
use foundation::clock::DAY_MS;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, Handlers, LONG_WORK, NewJob, Outcome, enqueue};
use foundation::secret_hash::sha256_hex;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use time::{Date, Duration};

use super::sources::{SOURCES, Source};
use super::store::{self, Archive, ArchiveState};
use crate::app::{App, SharedApp};

/// Moves what is old, once a day.
const JOB_MOVE: &str = "archive.move";
/// Three in the morning.
const RUN_AFTER_MIDNIGHT_MS: i64 = 3 * 3_600_000;
/// Days of a month, as far as the age of a row goes.
const MONTH_MS: i64 = 30 * DAY_MS;
/// Rows of one file: a transaction that deletes so many is over in a moment.
const ROWS_PER_FILE: u64 = 1_000;
/// Files of one run: with a slow file store it still ends long before its lease does.
const FILES_PER_RUN: usize = 5;
/// Keys in one statement.
const AT_ONCE: usize = 500;

#[derive(Serialize, Deserialize)]
struct MoveJob {
    day: String,
}

/// Registers this room's job.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_MOVE, Arc::new(Move(app.clone())));
}

/// Puts tonight on the list; called at every start and from time to time, by every node, and harmless to repeat: a night that
/// was given up keeps none of the following from coming.
///
/// # Errors
/// When the database does not answer.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    if app.config.archive.after_months == 0 {
        return Ok(());
    }
    let transaction = app.database.begin_write().await?;
    enqueue(&*transaction, job(beijing_date(app.now_ms()) + Duration::days(1))).await?;
    Ok(transaction.commit().await?)
}

fn job(day: Date) -> NewJob {
    let text = print_date(day);
    let run_at = start_of_beijing_day_ms(day) + RUN_AFTER_MIDNIGHT_MS;
    NewJob::new(JOB_MOVE, &MoveJob { day: text.clone() }, run_at).once(format!("archive:{text}")).untraced()
}

struct Move(SharedApp);

#[async_trait]
impl Handler for Move {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let payload: MoveJob = serde_json::from_str(payload)?;
        if move_some(&self.0).await?.files == FILES_PER_RUN {
            return Ok(Outcome::AgainAt(self.0.now_ms()));
        }
        let transaction = self.0.database.begin_write().await?;
        enqueue(&*transaction, job(parse_date(&payload.day)? + Duration::days(1))).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }
}

/// Moves everything that is older than `archive.after_months`; returns how many rows it was.
///
/// # Errors
/// When database or file store do not answer; what was moved so far is moved.
pub async fn move_all(app: &App) -> anyhow::Result<u64> {
    let mut rows = 0;
    loop {
        let moved = move_some(app).await?;
        rows += moved.rows;
        if moved.files < FILES_PER_RUN {
            return Ok(rows);
        }
    }
}

#[derive(Default)]
struct Moved {
    files: usize,
    rows: u64,
}

async fn move_some(app: &App) -> anyhow::Result<Moved> {
    let mut moved = Moved::default();
    for source in &SOURCES {
        while moved.files < FILES_PER_RUN
            && let Some(draft) = prepare(app, source).await?
        {
            moved.rows += draft.finish(app).await?;
            moved.files += 1;
        }
    }
    Ok(moved)
}

/// Rows that are in a file, and still in their table.
#[derive(Debug)]
pub struct Draft {
    source: &'static Source,
    lines: Vec<Json>,
    archive: Archive,
}

/// Writes the oldest rows of a source into a file and reads it back; nothing when there is not enough for a file, unless
/// what there is has waited for a month.
///
/// # Errors
/// When database or file store do not answer, or the file does not come back as it was written.
pub async fn prepare(app: &App, source: &'static Source) -> anyhow::Result<Option<Draft>> {
    let now = app.now_ms();
    let months = app.config.archive.after_months;
    if months == 0 || store::is_wanted(app.database.reader(), source.code, now).await? {
        return Ok(None);
    }
    let before = now - months * MONTH_MS;
    let rows = app.database.reader().query_all(&source.oldest(before, ROWS_PER_FILE)).await?;
    let lines = rows.iter().map(|row| source.line(row)).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(None) };
    let (first_at, last_at) = (source.at_of(first), source.at_of(last));
    if (lines.len() as u64) < ROWS_PER_FILE && first_at > before - MONTH_MS {
        return Ok(None);
    }
    let content = compressed(&lines)?;
    // A file never changes under its key, whoever else writes it at the same time or writes its rows as they are later.
    let file_key = format!("archives/{}/{}.jsonl.gz", source.code, &sha256_hex(&content)[..32]);
    let stored = app.files.put(&file_key, content).await?;
    let read_back = app.files.get(&file_key).await?;
    ensure!(sha256_hex(&read_back) == stored.sha256, "{file_key} 读回的内容与写入的不同");
    let archive = Archive {
        id: new_id_text("arc"),
        source: source.code.to_owned(),
        state: ArchiveState::Kept,
        first_at,
        last_at,
        rows: lines.len() as i64,
        file_key,
        sha256: stored.sha256,
        bytes: stored.bytes,
        created_at: now,
    };
    Ok(Some(Draft { source, lines, archive }))
}

impl Draft {
    /// Takes the rows out of their table and makes the file known, both or neither; returns how many rows it was: none when
    /// somebody wants them in the table after all.
    ///
    /// # Errors
    /// When the database does not answer, or a row is not what was written any more: the next try writes it anew.
    pub async fn finish(self, app: &App) -> anyhow::Result<u64> {
        let source = self.source;
        let transaction = app.database.begin_write().await?;
        store::end_time_back(&*transaction, source.code, app.now_ms()).await?;
        if store::is_wanted(&*transaction, source.code, app.now_ms()).await? {
            // Brought back since the file was written.
            return Ok(0);
        }
        let mut deleted = Vec::with_capacity(self.lines.len());
        for chunk in self.lines.chunks(AT_ONCE) {
            let keys = chunk.iter().map(|line| source.key_of(line).to_owned());
            let delete = Query::delete()
                .from_table(Alias::new(source.table))
                .and_where(Expr::col(Alias::new(source.key)).is_in(keys))
                .returning(Query::returning().columns(source.names()))
                .to_owned();
            for row in &transaction.query_all(&delete).await? {
                deleted.push(source.line(row)?);
            }
        }
        deleted.sort_by(|one, other| order_of(source, one).cmp(&order_of(source, other)));
        let mut written = self.lines;
        written.sort_by(|one, other| order_of(source, one).cmp(&order_of(source, other)));
        ensure!(deleted == written, "{} 的内容在归档时有变化，没有移走，下次再归档", source.code);
        store::make_known(&*transaction, &self.archive).await?;
        transaction.commit().await?;
        metrics::counter!("tejian_archived_rows_total", "source" => source.code).increment(written.len() as u64);
        Ok(written.len() as u64)
    }
}

fn order_of<'a>(source: &Source, line: &'a Json) -> (i64, &'a str) {
    (source.at_of(line), source.key_of(line))
}

fn compressed(lines: &[Json]) -> anyhow::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for line in lines {
        serde_json::to_writer(&mut encoder, line)?;
        encoder.write_all(b"\n")?;
    }
    Ok(encoder.finish()?.into())
}
