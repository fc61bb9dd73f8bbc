//! What the account says, in the console: welcome, keywords in their order of priority, and what is said to the rest.
//! A new version holds at once, on every node.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::replies::{self, Replies, RepliesContent};
use super::versions::{self, AccountVersion, VersionKind};
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, may};
use crate::web::{Json, Path};

pub(super) fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(make))
        .routes(routes!(version))
        .routes(routes!(go_live))
        .routes(routes!(attempt))
}

/// What the account says, and its versions.
#[derive(Debug, Serialize, ToSchema)]
struct RepliesOffice {
    /// What it says now.
    content: RepliesContent,
    /// Its version; 0 for the file of the installation.
    number: i64,
    /// Versions, the newest first.
    versions: Vec<AccountVersion>,
}

/// A new version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReplies {
    /// Everything that is said.
    content: RepliesContent,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 100)]
    note: String,
}

/// Something that a person might write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attempt {
    /// What is tried; without it, what holds now.
    #[serde(default)]
    content: Option<RepliesContent>,
    /// What the person writes.
    #[schema(max_length = 600)]
    text: String,
}

/// What would be answered.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptAnswer {
    /// The words.
    text: String,
    /// Whether the service desk hears of it, too.
    hand_over: bool,
}

/// What the account says now.
#[utoipa::path(get, path = "/staff/v1/account/replies", tag = "account", responses((status = 200, body = RepliesOffice)))]
async fn show(State(app): State<SharedApp>, _officer: May<may::ContentEdit>) -> Result<Json<RepliesOffice>, Problem> {
    Ok(Json(office(&app).await?))
}

async fn office(app: &App) -> Result<RepliesOffice, Problem> {
    let reader = app.database.reader();
    let live = versions::live(reader, VersionKind::Replies).await?;
    let (content, number) = match &live {
        Some(row) => (versions::content(row)?, row.number),
        None => (RepliesContent::of_file().map_err(Problem::internal)?, 0),
    };
    Ok(RepliesOffice { content, number, versions: versions::list(reader, VersionKind::Replies).await? })
}

/// Says something else from now on.
#[utoipa::path(post, path = "/staff/v1/account/replies/versions", tag = "account", request_body = NewReplies, responses((status = 200, body = RepliesOffice), (status = 422, description = "replies_wrong", body = ErrorAnswer)))]
async fn make(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Json(new): Json<NewReplies>,
) -> Result<Json<RepliesOffice>, Problem> {
    read(&app, &new.content)?;
    let (name, now) = (officer.display_name.as_str(), app.now_ms());
    let transaction = app.database.begin_write().await?;
    let number = versions::add(&*transaction, VersionKind::Replies, &new.content, &new.note, name, now).await?;
    versions::go_live(&*transaction, VersionKind::Replies, number, name, now).await?;
    let entry = officer.entry(Action::RepliesWritten, number.to_string(), json!({ "note": new.note }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(Json(office(&app).await?))
}

fn read(app: &App, content: &RepliesContent) -> Result<Replies, Problem> {
    Replies::of(content, &app.config)
        .map_err(|error| Problem::unacceptable("replies_wrong", format!("自动回复有误：{error:#}，没有保存")))
}

/// The content of a version; 0 is the file of the installation.
#[utoipa::path(get, path = "/staff/v1/account/replies/versions/{number}", tag = "account", params(("number" = i64, Path, description = "version")), responses((status = 200, body = RepliesContent), (status = 404, body = ErrorAnswer)))]
async fn version(
    State(app): State<SharedApp>,
    _officer: May<may::ContentEdit>,
    Path(number): Path<i64>,
) -> Result<Json<RepliesContent>, Problem> {
    if number == 0 {
        return RepliesContent::of_file().map(Json).map_err(Problem::internal);
    }
    let row = versions::find(app.database.reader(), VersionKind::Replies, number).await?;
    versions::content(&row).map(Json)
}

/// Says again what a version said.
#[utoipa::path(post, path = "/staff/v1/account/replies/versions/{number}/restore", tag = "account", params(("number" = i64, Path, description = "version")), responses((status = 200, body = RepliesOffice), (status = 404, body = ErrorAnswer), (status = 422, description = "replies_wrong", body = ErrorAnswer)))]
async fn go_live(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(number): Path<i64>,
) -> Result<Json<RepliesOffice>, Problem> {
    let row = versions::find(app.database.reader(), VersionKind::Replies, number).await?;
    read(&app, &versions::content(&row)?)?;
    let transaction = app.database.begin_write().await?;
    let (name, now) = (officer.display_name.as_str(), app.now_ms());
    versions::go_live(&*transaction, VersionKind::Replies, number, name, now).await?;
    let entry = officer.entry(Action::RepliesWritten, number.to_string(), json!({ "restored": number }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(Json(office(&app).await?))
}

/// What would be answered to some words, before anything is kept.
#[utoipa::path(post, path = "/staff/v1/account/replies/try", tag = "account", request_body = Attempt, responses((status = 200, body = AttemptAnswer), (status = 422, description = "replies_wrong", body = ErrorAnswer)))]
async fn attempt(
    State(app): State<SharedApp>,
    _officer: May<may::ContentEdit>,
    Json(attempt): Json<Attempt>,
) -> Result<Json<AttemptAnswer>, Problem> {
    let replies = match &attempt.content {
        Some(content) => read(&app, content)?,
        None => (*replies::current(&app).await?).clone(),
    };
    let spoken = replies.to_text(&attempt.text);
    Ok(Json(AttemptAnswer { text: spoken.text.to_owned(), hand_over: spoken.hand_over }))
}
