//! Pictures of a thread: looked at and written anew ([`crate::uploads`]), kept in the file store.

use bytes::Bytes;
use foundation::problem::Problem;

use super::model::SaidId;
use crate::app::App;
use crate::uploads;

/// What the console may send; WeChat takes 10 MB.
pub const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Keeps a picture; gives its key in the file store. The inner error is a sentence for people.
///
/// # Errors
/// When the file store fails.
pub async fn keep(app: &App, id: &SaidId, content: Bytes) -> anyhow::Result<Result<String, String>> {
    let rewritten = match uploads::rewrite_picture(content).await? {
        Ok(rewritten) => rewritten,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let key = format!("conversations/{id}.jpg");
    app.files.put(&key, rewritten).await?;
    Ok(Ok(key))
}

/// The picture behind a key.
pub async fn open(app: &App, key: &str) -> Result<Bytes, Problem> {
    Ok(app.files.get(key).await?)
}
