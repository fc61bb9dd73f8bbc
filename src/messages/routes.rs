//! The inbox, and consents to subscription messages.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::PageRequest;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::grants::{self, Consent};
use super::inbox::{self, Message, MessageId};
use super::preferences::{self, MessageSettings, MessageSettingsRequest};
use crate::accounts::Visitor;
use crate::app::SharedApp;
use crate::web::{Json, Path, Query};

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(mark_read))
        .routes(routes!(mark_all_read))
        .routes(routes!(keep_consents))
        .routes(routes!(show_settings, change_settings))
}

/// One page of the inbox.
#[derive(Serialize, ToSchema)]
pub struct MessagePage {
    /// Newest first.
    items: Vec<Message>,
    /// Pass as `after` to get the next page; null at the end.
    next: Option<String>,
    /// Unread messages in all.
    unread: i64,
}

/// What `wx.requestSubscribeMessage` answered.
#[derive(Deserialize, ToSchema)]
pub struct Consents {
    /// By template id: `accept`, `reject`, `ban`, `filter`, …
    #[schema(example = json!({ "template": "accept" }))]
    results: BTreeMap<String, String>,
}

/// The inbox of the account, over all its units.
#[utoipa::path(get, path = "/api/v1/messages", tag = "messages", params(PageRequest), responses(
    (status = 200, body = MessagePage),
    (status = 401, body = ErrorAnswer),
))]
async fn list(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Query(page): Query<PageRequest>,
) -> Result<Json<MessagePage>, Problem> {
    let account = visitor.demand_session()?.account.id;
    let reader = app.database.reader();
    let unread = inbox::unread_count(reader, &account).await?;
    let page = inbox::page(reader, &account, &page).await?;
    Ok(Json(MessagePage { items: page.items, next: page.next, unread }))
}

/// Marks one message as read.
#[utoipa::path(post, path = "/api/v1/messages/{id}/read", tag = "messages", params(("id" = String, Path)), responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
    (status = 404, description = "message_not_found", body = ErrorAnswer),
))]
async fn mark_read(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let account = visitor.demand_session()?.account.id;
    let not_found = || Problem::not_found("message_not_found", "没有找到这条消息");
    let id: MessageId = id.parse().map_err(|_| not_found())?;
    let transaction = app.database.begin_write().await?;
    let found = inbox::mark_read(&*transaction, &account, &id, app.now_ms()).await?;
    transaction.commit().await?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(not_found()) }
}

/// Marks all messages as read.
#[utoipa::path(post, path = "/api/v1/messages/read-all", tag = "messages", responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
))]
async fn mark_all_read(State(app): State<SharedApp>, visitor: Visitor) -> Result<StatusCode, Problem> {
    let account = visitor.demand_session()?.account.id;
    let transaction = app.database.begin_write().await?;
    inbox::mark_all_read(&*transaction, &account, app.now_ms()).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counts the consents the mini-program has just got; each `accept` allows one message (mini-program §3).
#[utoipa::path(post, path = "/api/v1/subscriptions", tag = "messages", request_body = Consents, responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
))]
async fn keep_consents(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(consents): Json<Consents>,
) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    let mini_app_id = app.config.wechat.mini.app_id.as_str();
    let Some((app_id, openid)) = session.wechat.filter(|(app_id, _)| app_id == mini_app_id) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let ours = app.config.wechat.templates.mini_ids();
    let accepted =
        ours.into_iter().filter(|id| consents.results.get(*id).is_some_and(|answer| answer.starts_with("accept")));
    let transaction = app.database.begin_write().await?;
    for template_id in accepted {
        let consent = Consent { app_id: &app_id, openid: &openid, template_id };
        grants::add(&*transaction, consent, app.now_ms()).await?;
    }
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which kinds are pushed to the account, and whether what can wait comes once a day (B-30).
#[utoipa::path(get, path = "/api/v1/message-settings", tag = "messages", responses(
    (status = 200, body = MessageSettings),
    (status = 401, body = ErrorAnswer),
))]
async fn show_settings(State(app): State<SharedApp>, visitor: Visitor) -> Result<Json<MessageSettings>, Problem> {
    let account = visitor.demand_session()?.account.id;
    Ok(Json(preferences::settings(&app, &account).await?))
}

/// Changes both. What is urgent comes in any case.
#[utoipa::path(put, path = "/api/v1/message-settings", tag = "messages", request_body = MessageSettingsRequest, responses(
    (status = 200, body = MessageSettings),
    (status = 401, body = ErrorAnswer),
))]
async fn change_settings(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(wished): Json<MessageSettingsRequest>,
) -> Result<Json<MessageSettings>, Problem> {
    let account = visitor.demand_session()?.account.id;
    Ok(Json(preferences::change(&app, &account, wished).await?))
}
