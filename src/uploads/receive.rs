//! Taking a file in, part by part or whole.

use std::time::Duration;

use bytes::Bytes;
use foundation::clock::DAY_MS;
use foundation::jobs::{NewJob, enqueue};
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use foundation::text::is_seen_in_file_name;
use sea_orm::DbErr;
use tokio::sync::Semaphore;

use super::check::check;
use super::model::{Purpose, UploadId, UploadState};
use super::removal;
use super::store::{self, Finished, UploadRow};
use super::sweep::{JOB_SWEEP, SweepJob, UNFINISHED_KEPT_MS};
use super::uploader::Uploader;
use crate::app::App;

const NAME_CHARACTERS_MAX: usize = 120;
const DAY: Duration = Duration::from_secs(86_400);
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Files looked at by this process at one time: a large picture takes some 200 MB while it is decoded.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// A file that is about to come.
#[derive(Debug)]
pub struct NewUpload {
    /// What it is for.
    pub purpose: Purpose,
    /// What it is called, for people.
    pub file_name: String,
    /// How large it is.
    pub bytes: i64,
    /// SHA-256 of it in hexadecimal, checked when it is whole.
    pub content_hash: Option<String>,
}

/// Makes room for a file.
pub async fn begin(app: &App, uploader: &Uploader, new: NewUpload) -> Result<UploadRow, Problem> {
    let unit_id = uploader.unit_for(new.purpose)?;
    let max = app.config.uploads.file_limit_bytes;
    if new.bytes < 1 || new.bytes > max {
        return Err(too_large(max));
    }
    let hash_fits = |hash: &String| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !new.content_hash.as_ref().is_none_or(hash_fits) {
        return Err(Problem::unacceptable("content_hash_malformed", "文件校验值不对")
            .field("content_hash", "应为 64 位十六进制 SHA-256")
            .advice("请重新选择文件"));
    }
    let reader = app.database.reader();
    if store::count_unfinished(reader, &unit_id, uploader.owner_id()).await?
        >= app.config.uploads.unfinished_per_unit_max
    {
        return Err(
            Problem::conflict("too_many_uploads", "未传完的文件太多").advice("请先传完或删除之前的文件，再上传新的")
        );
    }
    let now = app.now_ms();
    let today = format!("uploads:{}:{}", uploader.owner_id(), now.div_euclid(DAY_MS));
    if app.cache.count_up(&today, DAY).await? > app.config.uploads.per_account_per_day {
        return Err(Problem::conflict("too_many_uploads", "今天上传的文件太多，没有上传").advice("请明天再试"));
    }
    let row = UploadRow {
        id: UploadId::new().into(),
        account_id: uploader.owner_id().to_owned(),
        unit_id,
        purpose: new.purpose.as_str().to_owned(),
        file_name: tame(&new.file_name),
        content_type: UNKNOWN_TYPE.to_owned(),
        bytes: new.bytes,
        received_bytes: 0,
        content_hash: new.content_hash.map(|hash| hash.to_ascii_lowercase()),
        state: UploadState::Receiving.as_str().to_owned(),
        refusal: None,
        file_key: None,
        preview_key: None,
        sha256: None,
        created_at: now,
        updated_at: now,
    };
    let transaction = app.database.begin_write().await?;
    store::insert(&*transaction, row.clone()).await?;
    let sweep = SweepJob { upload_id: row.id.clone() };
    enqueue(&*transaction, NewJob::new(JOB_SWEEP, &sweep, now + UNFINISHED_KEPT_MS).untraced()).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Takes a part that begins at `start`. A part that is here already is fine; one that leaves a gap is refused with the
/// place where the file ends so far. The last part has the file looked at.
pub async fn add_part(
    app: &App,
    uploader: &Uploader,
    id: &UploadId,
    start: i64,
    content: &[u8],
) -> Result<UploadRow, Problem> {
    let row = store::find_for(app.database.reader(), uploader, id).await?;
    let end = start.saturating_add(content.len() as i64);
    if row.state()? != UploadState::Receiving {
        return Ok(row);
    }
    if start < 0 || end > row.bytes || content.is_empty() {
        return Err(Problem::unacceptable("part_out_of_range", "文件分片超出了文件大小")
            .field("offset", format!("应在 0 与 {} 之间", row.bytes))
            .advice("请重新上传这个文件"));
    }
    let known = end <= row.received_bytes;
    if !known {
        let transaction = app.database.begin_write().await?;
        let added = store::add_part(&*transaction, id.as_str(), start, content, app.now_ms()).await?;
        transaction.commit().await?;
        let current = store::find_for(app.database.reader(), uploader, id).await?;
        if !added && end > current.received_bytes {
            return Err(Problem::conflict("part_out_of_order", "文件分片的次序不对")
                .advice("请从已收到的位置继续上传")
                .details(serde_json::json!({ "received_bytes": current.received_bytes })));
        }
    }
    finish_if_whole(app, id).await?;
    store::find_for(app.database.reader(), uploader, id).await
}

/// Takes a whole file at once, as mini-programs send it. What could not be kept is as if it had never come.
pub async fn whole(
    app: &App,
    uploader: &Uploader,
    purpose: Purpose,
    file_name: String,
    content: &[u8],
) -> Result<UploadRow, Problem> {
    let new = NewUpload { purpose, file_name, bytes: content.len() as i64, content_hash: None };
    let row = begin(app, uploader, new).await?;
    let id = UploadId::from_stored(row.id);
    let taken = add_parts(app, uploader, &id, content).await;
    // Nobody was told which file it is: it would count among the unfinished ones, and nobody could finish or remove it. Where
    // the database is away as well, it goes after a day, like all that is never finished.
    if taken.is_err()
        && let Err(error) = take_back(app, &id).await
    {
        tracing::warn!(%id, %error, "a file that could not be kept stays for a day");
    }
    taken
}

async fn add_parts(app: &App, uploader: &Uploader, id: &UploadId, content: &[u8]) -> Result<UploadRow, Problem> {
    let part_max = app.config.uploads.part_limit_bytes;
    let mut start = 0;
    for part in content.chunks(part_max) {
        add_part(app, uploader, id, start, part).await?;
        start += part.len() as i64;
    }
    store::find_for(app.database.reader(), uploader, id).await
}

async fn take_back(app: &App, id: &UploadId) -> Result<(), DbErr> {
    let transaction = app.database.begin_write().await?;
    if let Some(row) = store::hold(&*transaction, id.as_str()).await? {
        removal::remove(&*transaction, &row, app.now_ms()).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// Looks at a file that is whole, and keeps or refuses it. Done again after a crash by whoever asks next.
pub(super) async fn finish_if_whole(app: &App, id: &UploadId) -> Result<(), Problem> {
    let reader = app.database.reader();
    let Some(row) = store::find(reader, id.as_str()).await? else { return Ok(()) };
    if row.state()? != UploadState::Receiving || row.received_bytes < row.bytes {
        return Ok(());
    }
    let _turn = CHECKS.acquire().await.map_err(Problem::internal)?;
    let content = store::content_of(reader, id.as_str()).await?;
    if content.len() as i64 != row.bytes {
        // Somebody else has just finished it.
        return Ok(());
    }
    let intact = row.content_hash.as_ref().is_none_or(|hash| *hash == sha256_hex(&content));
    let pages_max = app.config.uploads.pdf_pages_max;
    let checked = if intact {
        tokio::task::spawn_blocking(move || check(&content, pages_max)).await.map_err(Problem::internal)?
    } else {
        Err("文件在传输中受损，请重新上传".to_owned())
    };
    let finished = match checked {
        Err(refusal) => {
            metrics::counter!("tejian_uploads_total", "outcome" => "refused").increment(1);
            Finished {
                state: UploadState::Refused,
                content_type: UNKNOWN_TYPE,
                refusal: Some(refusal),
                file_key: None,
                preview_key: None,
                sha256: None,
            }
        }
        Ok(accepted) => {
            metrics::counter!("tejian_uploads_total", "outcome" => "ready").increment(1);
            let stored = app.files.put(&removal::key_of(id.as_str(), accepted.extension), accepted.content).await?;
            let preview_key = match accepted.preview {
                Some(preview) => Some(app.files.put(&removal::preview_key_of(id.as_str()), preview).await?.key),
                None => None,
            };
            Finished {
                state: UploadState::Ready,
                content_type: accepted.content_type,
                refusal: None,
                file_key: Some(stored.key),
                preview_key,
                sha256: Some(stored.sha256),
            }
        }
    };
    let stored: Vec<String> = [&finished.file_key, &finished.preview_key].into_iter().flatten().cloned().collect();
    let transaction = app.database.begin_write().await?;
    let is_finished = store::finish(&*transaction, id.as_str(), finished, app.now_ms()).await?;
    // Removed while it was looked at: what was just stored belongs to nobody. Where the row is still there, somebody else has
    // finished it, with the same keys.
    if !is_finished && store::find(&*transaction, id.as_str()).await?.is_none() {
        removal::forget_files(&*transaction, stored, app.now_ms()).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

pub(super) fn too_large(max: i64) -> Problem {
    let max_mb = max / 1_048_576;
    Problem::new(axum::http::StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", format!("文件应在 {max_mb} MB 以内"))
        .field("bytes", format!("最多 {max_mb} MB"))
        .advice("请压缩后再上传")
}

/// A name for people: without paths, control and direction characters.
fn tame(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String =
        last.chars().filter(|character| is_seen_in_file_name(*character)).take(NAME_CHARACTERS_MAX).collect();
    let name = name.trim();
    if name.is_empty() { "文件".to_owned() } else { name.to_owned() }
}

/// A picture that came another way than in parts, looked at and written anew as JPEG. The inner error is a sentence for
/// people; PDF files are none.
///
/// # Errors
/// When this process is going down.
pub async fn rewrite_picture(content: Bytes) -> anyhow::Result<Result<Bytes, String>> {
    let _permit = CHECKS.acquire().await?;
    let checked = tokio::task::spawn_blocking(move || check(&content, 0)).await?;
    Ok(checked.and_then(|accepted| {
        let is_picture = accepted.content_type == "image/jpeg";
        is_picture.then_some(accepted.content).ok_or_else(|| "只能发送 JPG、PNG、WebP 图片".to_owned())
    }))
}
