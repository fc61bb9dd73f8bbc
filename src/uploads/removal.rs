//! The end of a file: its rows go in one transaction with a job that removes its content, which tries until the store answers.

use async_trait::async_trait;
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use super::check::EXTENSIONS;
use super::model::UploadState;
use super::store::{self, UploadRow};
use crate::app::SharedApp;

/// Removes content that no row names any more.
pub(super) const JOB_FORGET_FILES: &str = "uploads.forget_files";

/// Payload of [`JOB_FORGET_FILES`].
#[derive(Debug, Serialize, Deserialize)]
struct ForgetFiles {
    keys: Vec<String>,
}

/// Where the content of a file lies.
pub(super) fn key_of(id: &str, extension: &str) -> String {
    format!("uploads/{id}.{extension}")
}

/// Where the small picture of a file lies.
pub(super) fn preview_key_of(id: &str) -> String {
    format!("uploads/{id}-preview.jpg")
}

/// Removes the rows of a file that the caller holds, and has its content removed after the commit.
pub(super) async fn remove<C: ConnectionTrait>(connection: &C, row: &UploadRow, now_ms: i64) -> Result<(), DbErr> {
    store::delete(connection, &row.id).await?;
    forget_files(connection, keys_of(row), now_ms).await
}

/// Has content removed after the commit.
pub(super) async fn forget_files<C: ConnectionTrait>(
    connection: &C,
    keys: Vec<String>,
    now_ms: i64,
) -> Result<(), DbErr> {
    if keys.is_empty() {
        return Ok(());
    }
    enqueue(connection, NewJob::new(JOB_FORGET_FILES, &ForgetFiles { keys }, now_ms)).await
}

/// Whoever looked at a whole file may have stored it and broken off before the row said where: then it lies where it would.
fn keys_of(row: &UploadRow) -> Vec<String> {
    let is_open = row.state.as_str() == UploadState::Receiving.as_str();
    if is_open && row.received_bytes >= row.bytes {
        let contents = EXTENSIONS.iter().map(|extension| key_of(&row.id, extension));
        return contents.chain([preview_key_of(&row.id)]).collect();
    }
    [&row.file_key, &row.preview_key].into_iter().flatten().cloned().collect()
}

/// Handler of [`JOB_FORGET_FILES`].
pub(super) struct Forget(pub(super) SharedApp);

#[async_trait]
impl Handler for Forget {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ForgetFiles = serde_json::from_str(payload)?;
        for key in &job.keys {
            self.0.files.delete(key).await?;
        }
        Ok(Outcome::Done)
    }

    /// Nobody else knows of these files any more.
    fn goes_on(&self) -> bool {
        true
    }
}
