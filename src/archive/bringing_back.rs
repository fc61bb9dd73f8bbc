//! Out of a file: to be looked at, or into its table again.

use std::io::{BufRead, BufReader};

use anyhow::{Context, ensure};
use flate2::read::GzDecoder;
use foundation::secret_hash::sha256_hex;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, OnConflict, Query};
use serde_json::Value as Json;

use super::sources::Source;
use super::store::{self, Archive};
use crate::app::App;

/// How long rows that were brought back stay.
const BACK_FOR_MS: i64 = 30 * 86_400_000;
/// Rows of one statement.
const AT_ONCE: usize = 200;

/// The rows of an archive, one JSON each, after its file was found to be what was written.
///
/// # Errors
/// When there is no such archive, or its file is missing or was changed.
pub async fn read(app: &App, id: &str) -> anyhow::Result<(Archive, Vec<Json>)> {
    let archive = store::find(app.database.reader(), id).await?.with_context(|| format!("没有归档 {id}"))?;
    let content = app.files.get(&archive.file_key).await?;
    ensure!(sha256_hex(&content) == archive.sha256, "{} 与归档时不同，没有使用", archive.file_key);
    let mut lines = Vec::with_capacity(usize::try_from(archive.rows).unwrap_or_default());
    for line in BufReader::new(GzDecoder::new(content.as_ref())).lines() {
        lines.push(serde_json::from_str(&line?)?);
    }
    ensure!(lines.len() as i64 == archive.rows, "{} 行数不对，没有使用", archive.file_key);
    Ok((archive, lines))
}

/// Puts the rows of an archive into their table again, for a month from now; returns how many were not there. The file
/// stays.
///
/// # Errors
/// As [`read`], and when the database does not answer; then nothing is back.
pub async fn bring_back(app: &App, id: &str) -> anyhow::Result<u64> {
    let (archive, lines) = read(app, id).await?;
    let source = Source::of(&archive.source).with_context(|| format!("没有来源 {}", archive.source))?;
    let transaction = app.database.begin_write().await?;
    // First: nobody moves them meanwhile.
    store::note_back(&*transaction, id, app.now_ms() + BACK_FOR_MS).await?;
    let mut back = 0;
    for chunk in lines.chunks(AT_ONCE) {
        let mut insert = Query::insert();
        insert.into_table(Alias::new(source.table)).columns(source.names());
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        for line in chunk {
            insert.values(source.values(line)?)?;
        }
        back += transaction.execute(&insert).await?.rows_affected();
    }
    transaction.commit().await?;
    Ok(back)
}
