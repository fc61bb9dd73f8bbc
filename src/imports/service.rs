//! The steps of an import: read, take in by batches, keep report files, tell people.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use foundation::files::StoredFile;
use foundation::jobs::{NewJob, enqueue};
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use tokio::sync::mpsc;

use super::columns::{Field, Layout};
use super::error_file::{ErrorFile, LINE_HEADER, REASON_HEADER};
use super::model::{ImportId, ImportState, ImportSummary, RowCounts};
use super::plan::Outcome;
use super::report_file::FileRules;
use super::row::{FeeRow, RawRow, ReportFile, read_row};
use super::{apply, jobs, source, store, telling};
use crate::app::{App, SharedApp};
use crate::reports::intake::{Attached, NewFile, ReportId, attach_file, hold_orders};

/// Rows of one transaction.
pub const BATCH_ROWS_MAX: usize = 500;
/// Letters of its sum in the key of a report file.
const KEY_MARK_CHARACTERS: usize = 16;
/// Rows that wait between the reading thread and the database.
const ROWS_WAITING_MAX: usize = 2 * BATCH_ROWS_MAX;

/// How far an import is, after each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows looked at.
    pub rows: i64,
    /// Of these, not taken.
    pub rejected: i64,
}

/// Imports a CSV or XLSX file. Good rows are taken, bad ones are told in the summary and in the error file; the same
/// file again changes nothing. Fails with a Chinese sentence when the file cannot be read or lacks columns; what was
/// taken in before a failure stays.
pub async fn import_file(
    app: &SharedApp,
    path: &Path,
    mut progress: impl FnMut(ImportProgress),
) -> anyhow::Result<ImportSummary> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let hosts = &app.config.imports.allowed_url_hosts;
    let directory = path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    let files = FileRules::new(directory, hosts);
    let (sender, mut rows) = mpsc::channel(ROWS_WAITING_MAX);
    let reading = tokio::task::spawn_blocking({
        let path = path.to_owned();
        move || read_file(&path, &files, &sender)
    });
    let Some(FileRow::Header(header, layout)) = rows.recv().await else {
        reading.await??;
        anyhow::bail!("文件 {name} 里没有数据");
    };
    let mut import = Import::begin(app, &format!("file:{name}"), header).await?;
    while let Some(row) = rows.recv().await {
        if let FileRow::Row(raw, read) = row {
            let rows_before = import.counts.total;
            import.add(raw, *read, &layout).await?;
            if import.counts.total > rows_before {
                progress(ImportProgress { rows: import.counts.total, rejected: import.counts.rejected });
            }
        }
    }
    let ended = reading.await?;
    import.flush().await?;
    let state = if ended.is_ok() { ImportState::Finished } else { ImportState::Interrupted };
    let mut summary = import.finish(state).await?;
    ended?;
    summary.unknown_columns = layout.unknown_headers;
    summary.unknown_columns.retain(|header| header != LINE_HEADER && header != REASON_HEADER);
    progress(ImportProgress { rows: summary.rows.total, rejected: summary.rows.rejected });
    Ok(summary)
}

/// Takes in rows that came in one request, in the order of all columns.
pub async fn import_rows(app: &SharedApp, source: &str, rows: Vec<RawRow>) -> anyhow::Result<ImportSummary> {
    let layout = Layout::complete();
    let files = FileRules::new(None, &app.config.imports.allowed_url_hosts);
    let header = super::columns::COLUMNS.iter().map(|column| column.header.to_owned()).collect();
    let mut import = Import::begin(app, source, header).await?;
    for raw in rows {
        let read = read_row(&raw, &layout, &files);
        import.add(raw, read, &layout).await?;
    }
    import.flush().await?;
    import.finish(ImportState::Finished).await
}

enum FileRow {
    Header(Vec<String>, Layout),
    Row(RawRow, Box<Result<FeeRow, String>>),
}

/// Reads and checks rows on a thread of its own, so that this and the database work at the same time.
fn read_file(path: &Path, files: &FileRules, sender: &mpsc::Sender<FileRow>) -> anyhow::Result<()> {
    let mut layout: Option<Layout> = None;
    source::read_rows(path, &mut |raw| {
        let sent = match &layout {
            None => {
                let found = Layout::of_header(&raw.cells).map_err(anyhow::Error::msg)?;
                layout = Some(found.clone());
                sender.blocking_send(FileRow::Header(raw.cells, found))
            }
            Some(layout) => {
                let read = read_row(&raw, layout, files);
                sender.blocking_send(FileRow::Row(raw, Box::new(read)))
            }
        };
        // Nobody takes rows any more when the import has failed.
        Ok(sent.is_ok())
    })
}

/// A row that is not taken.
struct Rejected {
    raw: RawRow,
    fee_id: String,
    reason: String,
}

/// An import under way.
struct Import<'a> {
    app: &'a SharedApp,
    id: ImportId,
    pending: Vec<(RawRow, FeeRow)>,
    /// Fees and reports named in the pending batch: a second row about one of them starts the next batch.
    named: HashSet<(bool, String)>,
    /// Rows that could not be read, with fee and reason; told together with the batch, in the order of lines.
    unreadable: Vec<Rejected>,
    counts: RowCounts,
    errors: ErrorFile,
}

impl<'a> Import<'a> {
    async fn begin(app: &'a SharedApp, source: &str, header: Vec<String>) -> anyhow::Result<Import<'a>> {
        let id = ImportId::new();
        let now_ms = app.now_ms();
        let transaction = app.database.begin_write().await?;
        store::insert(&*transaction, &id, source, now_ms).await?;
        // If this process dies, the job tells people what came in until then.
        let watch = NewJob::new(jobs::JOB_WATCH, &jobs::Watch { import_id: id.to_string() }, now_ms + jobs::SILENCE_MS);
        enqueue(&*transaction, watch).await?;
        transaction.commit().await?;
        let errors = ErrorFile::new(&id, header);
        Ok(Self {
            app,
            id,
            pending: Vec::with_capacity(BATCH_ROWS_MAX),
            named: HashSet::new(),
            unreadable: Vec::new(),
            counts: RowCounts::default(),
            errors,
        })
    }

    async fn add(&mut self, raw: RawRow, read: Result<FeeRow, String>, layout: &Layout) -> anyhow::Result<()> {
        match read {
            Err(reason) => {
                let fee_id = layout.text(&raw.cells, Field::FeeExternalId).trim().to_owned();
                self.unreadable.push(Rejected { raw, fee_id, reason });
            }
            Ok(row) => {
                let names = [(true, row.fee.external_id.clone()), (false, row.report.external_id.clone())];
                if names.iter().any(|name| self.named.contains(name)) {
                    self.flush().await?;
                }
                self.named.extend(names);
                self.pending.push((raw, row));
            }
        }
        if self.pending.len() + self.unreadable.len() >= BATCH_ROWS_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let (raws, rows): (Vec<RawRow>, Vec<FeeRow>) = std::mem::take(&mut self.pending).into_iter().unzip();
        self.named.clear();
        let mut rejected = std::mem::take(&mut self.unreadable);
        let rejected_before = rejected.len() as i64;
        if rows.is_empty() && rejected_before == 0 {
            return Ok(());
        }
        let applied = self.apply_with_second_try(&rows, rejected_before).await?;
        self.counts.total += rejected_before;
        self.counts.rejected += rejected_before;
        let mut kept = Vec::new();
        for (((raw, row), outcome), known_sha256) in
            raws.into_iter().zip(&rows).zip(&applied.outcomes).zip(&applied.file_sha256)
        {
            if let Outcome::Rejected(reason) = outcome {
                let fee_id = row.fee.external_id.clone();
                rejected.push(Rejected { raw, fee_id, reason: reason.clone() });
            }
            if let Some(report) = self.counts.count(outcome) {
                kept.extend(keep_report_file(self.app, report, &row.report.file, known_sha256.as_deref()).await?);
            }
        }
        rejected.sort_by_key(|rejected| rejected.raw.line);
        for rejected in &rejected {
            self.errors.add(&rejected.raw, &rejected.fee_id, &rejected.reason)?;
        }
        let attached = attach_all(self.app, kept).await?;
        let overtaken = attached.iter().filter(|attached| **attached == Attached::Newer).count();
        if overtaken > 0 {
            tracing::info!(overtaken, "reports have newer files than those of an import: these are left out");
        }
        Ok(())
    }

    /// An order may lock fees in the opposite order (PostgreSQL then ends one of the two transactions): once more.
    async fn apply_with_second_try(&self, rows: &[FeeRow], rejected_before: i64) -> anyhow::Result<apply::Applied> {
        match apply::apply(self.app, &self.id, rows, rejected_before).await {
            Ok(applied) => Ok(applied),
            Err(problem) => {
                tracing::warn!(%problem, "a batch is taken in once more");
                Ok(apply::apply(self.app, &self.id, rows, rejected_before).await?)
            }
        }
    }

    async fn finish(self, state: ImportState) -> anyhow::Result<ImportSummary> {
        let (error_path, errors) = self.errors.finish()?;
        let error_file_key = match &error_path {
            Some(path) => Some(store_error_file(self.app, &self.id, path).await?),
            None => None,
        };
        telling::tell(self.app, &self.id).await?;
        let transaction = self.app.database.begin_write().await?;
        store::finish(&*transaction, &self.id, state, error_file_key.as_deref(), self.app.now_ms()).await?;
        transaction.commit().await?;
        self.app.wake_workers.notify_one();
        Ok(ImportSummary {
            id: self.id.to_string(),
            state,
            rows: self.counts,
            errors,
            has_error_file: error_file_key.is_some(),
            unknown_columns: Vec::new(),
        })
    }
}

async fn store_error_file(app: &App, id: &ImportId, path: &PathBuf) -> anyhow::Result<String> {
    let key = format!("imports/{id}-errors.csv");
    app.files.put_file(&key, path).await?;
    tokio::fs::remove_file(path).await.context("无法删除临时错误文件")?;
    Ok(key)
}

/// Keeps the file of a report: at once if it lies here, by a job if it must be fetched. Content that is kept already is
/// not kept again.
async fn keep_report_file(
    app: &App,
    report: &ReportId,
    file: &ReportFile,
    known_sha256: Option<&str>,
) -> anyhow::Result<Option<NewFile>> {
    let asked_at = app.now_ms();
    match file {
        ReportFile::None => Ok(None),
        ReportFile::Local(path) => {
            let content = tokio::fs::read(path).await.with_context(|| format!("无法读取 {}", path.display()))?;
            if known_sha256 == Some(sha256_hex(&content).as_str()) {
                return Ok(None);
            }
            let stored = store_report_file(app, report, content.into()).await?;
            Ok(Some(NewFile { report: report.clone(), stored, asked_at }))
        }
        ReportFile::Remote(url) => {
            let fetch = jobs::Fetch { report_id: report.to_string(), url: url.to_string(), asked_at };
            let key = format!("report-file:{report}:{}", sha256_hex(url.as_str().as_bytes()));
            // Rows of years ago that are sent once more tell nothing new: a dead job is tried again for the address that was
            // told then, and what was handed in since stays.
            let job = NewJob::new(jobs::JOB_FETCH, &fetch, asked_at).once(key).as_first_written();
            let transaction = app.database.begin_write().await?;
            enqueue(&*transaction, job).await?;
            transaction.commit().await?;
            Ok(None)
        }
    }
}

/// Stores a file of a report; [`attach`] says that it is the one of now. Its key names its content, so that a file never
/// changes under its key: whoever is still reading the one before, or goes back to a database that names it, finds it. It
/// stays for that; a copy of everything, or the database at an earlier moment, is whole only with it. Files of earlier
/// releases lie at `reports/{report}.pdf`, and are found by the key in their row like all others.
pub async fn store_report_file(app: &App, report: &ReportId, content: Bytes) -> anyhow::Result<StoredFile> {
    let mark = &sha256_hex(&content)[..KEY_MARK_CHARACTERS];
    app.files.put(&format!("reports/{report}-{mark}.pdf"), content).await
}

/// Says that a stored file is the one of its report.
pub async fn attach(app: &App, new: NewFile) -> Result<Attached, Problem> {
    Ok(attach_all(app, vec![new]).await?.pop().unwrap_or(Attached::NoReport))
}

/// Says which stored files are the ones of which reports; returns what became of each, in the order of the reports.
async fn attach_all(app: &App, mut new: Vec<NewFile>) -> Result<Vec<Attached>, Problem> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    // Always in the same order, so that two who attach never wait for each other in a circle. The last one of a report stays.
    new.sort_by(|one, other| one.report.cmp(&other.report));
    let transaction = app.database.begin_write().await?;
    hold_orders(&*transaction, &new.iter().map(|file| &file.report).collect::<Vec<_>>()).await?;
    let mut attached = Vec::with_capacity(new.len());
    for file in &new {
        attached.push(attach_file(&*transaction, file, app.now_ms()).await?);
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(attached)
}

/// How an import stands; the error rows themselves are in its error file.
pub async fn find_import(app: &App, id: &ImportId) -> Result<Option<ImportSummary>, Problem> {
    let Some(import) = store::find(app.database.reader(), id).await? else { return Ok(None) };
    Ok(Some(ImportSummary {
        id: id.to_string(),
        state: import.state,
        rows: import.rows,
        errors: Vec::new(),
        has_error_file: import.error_file_key.is_some(),
        unknown_columns: Vec::new(),
    }))
}

/// Where the error file of an import is kept, if it has one.
pub async fn error_file_key(app: &App, id: &ImportId) -> Result<Option<String>, Problem> {
    Ok(store::find(app.database.reader(), id).await?.and_then(|import| import.error_file_key))
}

/// Copies the error file of an import to a path of the caller.
pub async fn save_error_file(app: &App, id: &str, to: &Path) -> anyhow::Result<()> {
    let id: ImportId = id.parse()?;
    let key = error_file_key(app, &id).await?.context("这次导入没有错误文件")?;
    let content = app.files.get(&key).await?;
    tokio::fs::write(to, &content).await.with_context(|| format!("无法写 {}", to.display()))
}
