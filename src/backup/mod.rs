//! A copy of everything, and everything from a copy: the database as it was at one moment, and every file it may refer to.
//!
//! The database is copied first and the files after it: a file that the copied database names was there before the copy, so
//! it is in the copy as well, unless it was removed by design in between (an upload that nobody used, a picture of an old
//! conversation). Copies made into the same directory share their files. Most files never change under their key; one that
//! does is kept once for each of its contents, so that no copy spoils another. What is packed for a person on demand and
//! removed within a day is left out. For databases of a size where a copy every night is too seldom or too slow,
//! docs/operations.md shows how PostgreSQL archives its log; the files are then kept by the store's own replication.
//!
//! Whoever makes copies says in the database when the last whole one was made ([`note_made`]): an alarm is set on its age,
//! and a copy that fails needs no voice. Old copies go when he asks for it ([`keep_newest`]); before that all of the new one
//! is on the disk. Each copy reads a share of what is kept already, and [`verify`] all of it: what rots is found while it can
//! still be fetched again.
//!
//! What happened after a copy was made is unknown to whoever goes back to it, but not to others: the numbers of that day are
//! not given twice ([`skip_lost_numbers`]).
//!
//! A copy holds everything that is known of people: nobody but the account that makes it may read what it writes.

mod database;
mod files;
mod last;
mod manifest;
mod private;
mod pruning;
mod verification;

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use foundation::calendar::beijing_time;
use foundation::config::Config;
use foundation::database::Database;
use foundation::files::FileStore;

pub use files::Damaged;
pub use last::last_made_at;
pub use manifest::Manifest;
use manifest::{Found, KeptFile};
pub use pruning::Pruned;
pub use verification::Verified;

use crate::paper_numbers;

/// Files of all copies in a directory.
const FILES: &str = "files";
/// Held by whoever changes what is in a directory.
const LOCK: &str = "backup.lock";
/// A copy is made every night: after so long without one somebody has to look, also when one night failed and the next will
/// do. The alarm says the same (`deploy/prometheus/alerts.yml`).
pub const LATE_AFTER_MS: i64 = 36 * 3_600_000;

/// A copy that was made.
#[derive(Debug)]
pub struct Made {
    /// Where it is.
    pub place: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
    /// Files of earlier copies that were found damaged: somebody has to look at the disk.
    pub damaged: Vec<Damaged>,
}

/// Makes a copy in a new directory below `directory`, and returns once all of it is on the disk. A copy that broke off has
/// no manifest, and is refused when somebody wants to go back to it.
///
/// # Errors
/// When the database or a file cannot be read, or the directory cannot be written.
pub async fn back_up(config: &Config, directory: &Path, now_ms: i64) -> anyhow::Result<Made> {
    private::make_directory(directory)?;
    let _turn = take_turn(directory)?;
    let place = directory.join(name_of(now_ms));
    ensure!(!place.exists(), "{} 已经存在", place.display());
    private::make_directory(&place)?;
    let url = config.database.url.expose();
    let database = Database::connect(url, 1).await?;
    let kept = database::copy_out(&database, url, &place).await?;
    let store = FileStore::open(&config.files)?;
    let day = u64::try_from(beijing_time(now_ms).to_julian_day()).unwrap_or_default();
    let earlier = known_files(directory, now_ms);
    let files::Copied { files, damaged } = files::copy_out(&store, &directory.join(FILES), &earlier, day).await?;
    let manifest = Manifest { made_at: now_ms, version: env!("CARGO_PKG_VERSION").to_owned(), database: kept, files };
    // Before the manifest: whatever it names is there.
    private::sync_directory(directory)?;
    manifest.write(&place)?;
    Ok(Made { place, manifest, damaged })
}

/// Notes in the database that a whole copy was made, for every node to see.
///
/// # Errors
/// When the database does not take it; the copy is whole all the same.
pub async fn note_made(config: &Config, manifest: &Manifest) -> anyhow::Result<()> {
    let database = Database::connect(config.database.url.expose(), 1).await?;
    let transaction = database.begin_write().await?;
    last::note(&*transaction, manifest.made_at).await?;
    Ok(transaction.commit().await?)
}

/// Removes all but the newest `keep` whole copies below `directory`, and the files that none of the rest names. `made` stays
/// in any case: it is the one that was just made, whatever the clocks of the others said. Copies of a clock that was ahead of
/// it are not counted, and stay until it has come so far.
///
/// # Errors
/// When something cannot be removed, or the manifest of a copy that stays cannot be read: then no file is removed.
pub fn keep_newest(directory: &Path, made: &Path, keep: usize) -> anyhow::Result<Pruned> {
    let _turn = take_turn(directory)?;
    pruning::prune(directory, made, keep)
}

/// Reads every copy below `directory`, databases and files, and says what is damaged.
///
/// # Errors
/// When the directory cannot be read, or another copy is being made in it.
pub fn verify(directory: &Path) -> anyhow::Result<Verified> {
    let _turn = take_turn(directory)?;
    verification::verify(directory)
}

/// Two that write into one directory would take each other's drafts, and files that are not named yet, away.
fn take_turn(directory: &Path) -> anyhow::Result<File> {
    let lock = private::make_file(&directory.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("另一次备份正在写 {}，等它做完再做", directory.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("无法锁定 {}", directory.display())),
    }
}

/// The files of the newest whole copy in a directory; one manifest is in memory at a time. A copy of a clock that was ahead
/// would be the newest for long, and knows nothing of what came since.
fn known_files(directory: &Path, now_ms: i64) -> HashMap<String, KeptFile> {
    let places = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut copies: Vec<(i64, PathBuf)> = places
        .filter_map(|place| match manifest::find(&place) {
            Found::Whole { made_at } if made_at <= now_ms => Some((made_at, place)),
            _ => None,
        })
        .collect();
    copies.sort();
    let newest = copies.iter().rev().find_map(|(_, place)| Manifest::read(place).ok());
    newest.into_iter().flat_map(|manifest| manifest.files).map(|file| (file.key.clone(), file)).collect()
}

/// Sorted by name is sorted by time.
fn name_of(now_ms: i64) -> String {
    let at = beijing_time(now_ms);
    format!(
        "tejian-{:04}{:02}{:02}-{:02}{:02}{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Brings an empty installation to the state of a copy.
///
/// # Errors
/// When the copy is not whole, when the database holds anything already, or when something cannot be written; then the
/// database is as it was, and files that were brought back so far do no harm.
pub async fn restore(config: &Config, place: &Path) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(place)?;
    let directory = place.parent().context("备份目录不对")?;
    files::check(&directory.join(FILES), &manifest.files)?;
    let url = config.database.url.expose();
    database::demand_empty(url).await?;
    // Files first: nobody misses them until the database names them.
    let store = FileStore::open(&config.files)?;
    files::copy_in(&directory.join(FILES), &manifest.files, &store).await?;
    database::copy_in(place, &manifest.database, url).await?;
    Ok(manifest)
}

/// Lets the restored database go on behind the numbers that were given after its copy was made. `now_ms`: epoch milliseconds.
///
/// # Errors
/// When the database does not take it; no node may serve it then.
pub async fn skip_lost_numbers(config: &Config, now_ms: i64) -> anyhow::Result<()> {
    let database = Database::connect(config.database.url.expose(), 1).await?;
    let transaction = database.begin_write().await?;
    paper_numbers::skip_numbers(&*transaction, now_ms).await?;
    Ok(transaction.commit().await?)
}
