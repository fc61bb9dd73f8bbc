//! ZIPs that can be resumed: packed once into the file store under a name made from what is in them, so that every request
//! for the same files, also on another node, reads the same bytes; forgotten after a day. Memory holds one piece.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use axum::http::StatusCode;
use foundation::files::FileStore;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::app::{App, SharedApp};

/// Removes a packed ZIP.
const JOB_FORGET: &str = "downloads.forget_archive";
/// A ZIP can be resumed for so long.
const KEPT_MS: i64 = 24 * 3_600_000;
/// How long a request waits for the packing; a large year goes on without it.
const PATIENCE: Duration = Duration::from_secs(20);

/// ZIPs in the making at one time; each holds a thread.
static PACKERS: Semaphore = Semaphore::const_new(4);
/// What this process is packing now.
static IN_THE_MAKING: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Payload of [`JOB_FORGET`].
#[derive(Debug, Serialize, Deserialize)]
struct ForgetArchive {
    key: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_FORGET, Arc::new(Forget(app.clone())));
}

struct Forget(SharedApp);

#[async_trait]
impl Handler for Forget {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ForgetArchive = serde_json::from_str(payload)?;
        self.0.files.delete(&job.key).await?;
        Ok(Outcome::Done)
    }
}

/// A file that goes into a ZIP.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    /// What it is called in the ZIP.
    pub(super) name: String,
    /// Where it lies in the store.
    pub(super) key: String,
    /// Another one when its content is another; empty for files that are never replaced.
    pub(super) version: String,
}

/// Whether a file of the store is such a ZIP. Beside them lie archives of old rows ([`crate::archive`]), in folders and under
/// another ending.
pub fn is_packed(key: &str) -> bool {
    key.starts_with("archives/") && key.ends_with(".zip")
}

/// Where the ZIP of these files lies, packed or not.
pub(super) fn key_of(files: &[Packed]) -> String {
    let listed: String = files.iter().map(|file| format!("{}\n{}\n{}\n", file.name, file.key, file.version)).collect();
    format!("archives/{}.zip", sha256_hex(listed.as_bytes()))
}

/// Packs the ZIP unless it is there. 503 while that takes longer than a person waits; it goes on meanwhile.
pub(super) async fn ensure(app: &App, files: Vec<Packed>) -> Result<String, Problem> {
    let key = key_of(&files);
    if app.files.exists(&key).await? {
        return Ok(key);
    }
    let making = Making::begin(&key).ok_or_else(being_packed)?;
    // Written before the file: a crash in between leaves a job without a file, never a file without a job.
    let transaction = app.database.begin_write().await?;
    let job = ForgetArchive { key: key.clone() };
    enqueue(&*transaction, NewJob::new(JOB_FORGET, &job, app.now_ms() + KEPT_MS)).await?;
    transaction.commit().await?;
    let packing = tokio::spawn(pack_into(app.files.clone(), making, files));
    match tokio::time::timeout(PATIENCE, packing).await {
        Ok(packed) => packed.map_err(Problem::internal)?.map_err(Problem::from).map(|()| key),
        Err(_) => Err(being_packed()),
    }
}

fn being_packed() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "archive_being_packed", "文件较多，正在打包")
        .advice("请半分钟后再点一次下载")
        .retry_after_s(20)
}

/// A ZIP that this process is packing; the mark goes away however the packing ends.
struct Making(String);

impl Making {
    /// Nothing if it is being packed already.
    fn begin(key: &str) -> Option<Self> {
        let is_new = IN_THE_MAKING.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
        is_new.then(|| Self(key.to_owned()))
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        IN_THE_MAKING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

async fn pack_into(store: FileStore, making: Making, files: Vec<Packed>) -> anyhow::Result<()> {
    let _turn = PACKERS.acquire().await.context("the packers are never closed")?;
    let path = std::env::temp_dir().join(format!("{}.zip", new_id_text("archive")));
    let (runtime, reading, target) = (Handle::current(), store.clone(), path.clone());
    let packed = tokio::task::spawn_blocking(move || pack(&runtime, &reading, files, &target)).await;
    let stored = match packed.context("the packer stopped") {
        Ok(Ok(())) => store.put_file(&making.0, &path).await.map(drop),
        Ok(Err(error)) | Err(error) => Err(error),
    };
    std::fs::remove_file(&path).ok();
    stored
}

fn pack(runtime: &Handle, store: &FileStore, files: Vec<Packed>, path: &std::path::Path) -> anyhow::Result<()> {
    let file = std::fs::File::create(path).context("无法写临时文件")?;
    let mut zip = ZipWriter::new(io::BufWriter::new(file));
    // Not compressed (a PDF hardly shrinks) and without the time of packing: the same files make the same bytes.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for Packed { name, key, .. } in files {
        zip.start_file(name, options)?;
        let mut pieces = runtime.block_on(store.stream(&key))?;
        while let Some(piece) = runtime.block_on(pieces.next()) {
            zip.write_all(&piece?)?;
        }
    }
    zip.finish()?.flush()?;
    Ok(())
}
