//! Files as the front end sees them.

use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::link;
use super::model::{Purpose, UploadId, UploadState};
use super::store::UploadRow;
use crate::app::App;

/// A file of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Upload {
    /// Which.
    pub id: UploadId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is called.
    pub file_name: String,
    /// `image/jpeg` or `application/pdf`, by its content; unknown while it is being received.
    pub content_type: String,
    /// How large it is.
    pub bytes: i64,
    /// How much of it is here: where the next part begins.
    pub received_bytes: i64,
    /// Where it stands.
    pub state: UploadState,
    /// Why it was not taken, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// A small picture of it; good for minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_url: Option<String>,
    /// The file; good for minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Upload {
    /// With fresh links for whoever asks; the caller has made sure that the asker may see the file.
    pub fn of(app: &App, row: UploadRow) -> Result<Self, Problem> {
        let state = row.state()?;
        Ok(Self {
            preview_url: row.preview_key.is_some().then(|| link::address(app, &row.id, true)).transpose()?,
            url: row.file_key.is_some().then(|| link::address(app, &row.id, false)).transpose()?,
            purpose: row.purpose.parse()?,
            id: UploadId::from_stored(row.id),
            file_name: row.file_name,
            content_type: row.content_type,
            bytes: row.bytes,
            received_bytes: row.received_bytes,
            state,
            refusal: row.refusal,
        })
    }
}
