//! Links to files of people: made for who may see the file, good for minutes.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, header};
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};

use super::model::UploadState;
use super::store;
use super::uploader::NO_UNIT;
use crate::accounts::{Scope, UnitId};
use crate::app::{App, SharedApp};
use crate::web::{Asker, Path, invalid_link, link_for_asker, open_link_of_asker, revoked_link};

/// A picture or a PDF in a page of ours; it runs and loads nothing.
const POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// What a link is for; other tokens of ours have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOfPerson {
    upload: String,
    preview: bool,
}

/// The address of a file or of its small picture, for whoever asks.
pub(super) fn address(app: &App, upload_id: &str, preview: bool) -> Result<String, Problem> {
    link_for_asker(app, "uploads", FileOfPerson { upload: upload_id.to_owned(), preview })
}

/// The file behind a link.
pub(super) async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let (link, asker): (FileOfPerson, Asker) = open_link_of_asker(&app, &token).await?;
    let row = store::find(app.database.reader(), &link.upload).await?.ok_or_else(invalid_link)?;
    if let Asker::Person(session) = &asker
        && row.unit_id != NO_UNIT
    {
        // He may have been taken out of the unit since.
        let unit = UnitId::from_stored(row.unit_id.clone());
        Scope::of_link(&app, session, &unit).await?.ok_or_else(revoked_link)?;
    }
    if row.state()? != UploadState::Ready {
        return Err(invalid_link());
    }
    let (key, content_type) =
        if link.preview { (row.preview_key, "image/jpeg".to_owned()) } else { (row.file_key, row.content_type) };
    let content = app.files.stream(&key.ok_or_else(invalid_link)?).await?;
    Response::builder()
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CONTENT_DISPOSITION, "inline")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::CACHE_CONTROL, "private, max-age=300")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from_stream(content))
        .map_err(Problem::internal)
}
