//! The desk over HTTP.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use foundation::jobs::{NewJob, enqueue};
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::{self, Conversation, Said};
use super::canned::{self, CannedAnswers};
use super::entity::conversation_messages as said;
use super::jobs::{JOB_SEND, Send};
use super::model::{ConversationId, Direction, SaidId, SaidKind, SaidState, TEXT_BYTES_MAX, not_found, window_closed};
use super::pictures::{self, PICTURE_BYTES_MAX};
use super::store::{self, Which};
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::happenings::{Happening, publish};
use crate::staff::{May, Officer, may};
use crate::web::{Json, LargeBody, Path, Query, unreadable_body};

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(claim))
        .routes(routes!(release))
        .routes(routes!(close))
        .routes(routes!(reply))
        .routes(routes!(notify))
        .routes(routes!(show_canned, change_canned))
        .routes(routes!(picture))
        .merge(
            OpenApiRouter::new().routes(routes!(send_picture)).layer(DefaultBodyLimit::max(PICTURE_BYTES_MAX + 1_024)),
        )
}

/// Which threads are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// `waiting`, `open`, `mine` or `closed`; without it `open`.
    state: Option<String>,
}

/// A thread and what was said last in it.
#[derive(Serialize, ToSchema)]
struct Thread {
    /// The thread.
    conversation: Conversation,
    /// The newest first.
    said: Vec<Said>,
    /// Pass as `after` to get what was said earlier; null at the beginning.
    next: Option<String>,
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reply {
    /// What is said; WeChat takes 2,048 bytes.
    #[schema(max_length = 2048)]
    text: String,
}

/// Threads, the latest on top.
#[utoipa::path(get, path = "/staff/v1/conversations", tag = "conversations", params(Search, PageRequest), responses((status = 200, body = Page<Conversation>)))]
async fn list(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Query(search): Query<Search>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let which = match search.state.as_deref() {
        Some("waiting") => Which::Waiting,
        Some("mine") => Which::Mine(officer.id.as_str()),
        Some("closed") => Which::Closed,
        _ => Which::Open,
    };
    let found = store::page(app.database.reader(), which, &page).await?;
    Ok(Json(Page { items: answers::conversations(&app, found.items).await?, next: found.next }))
}

/// One thread; what is unread in it is read by it.
#[utoipa::path(get, path = "/staff/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path, description = "conversation"), PageRequest), responses((status = 200, body = Thread), (status = 404, body = ErrorAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Thread>, Problem> {
    let row = store::find(app.database.reader(), &id).await?;
    if row.unread > 0 {
        let transaction = app.database.begin_write().await?;
        store::seen(&*transaction, &id).await?;
        transaction.commit().await?;
    }
    let found = store::said_page(app.database.reader(), &id, &page).await?;
    let conversation = answer(&app, &id).await?;
    Ok(Json(Thread { conversation, said: found.items.into_iter().map(Said::from).collect(), next: found.next }))
}

async fn answer(app: &App, id: &ConversationId) -> Result<Conversation, Problem> {
    let row = store::find(app.database.reader(), id).await?;
    answers::conversations(app, vec![row]).await?.pop().ok_or_else(not_found)
}

/// Claims a thread.
#[utoipa::path(post, path = "/staff/v1/conversations/{id}/claim", tag = "conversations", params(("id" = String, Path, description = "conversation")), responses((status = 200, body = Conversation), (status = 409, description = "conversation_claimed", body = ErrorAnswer)))]
async fn claim(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let transaction = app.database.begin_write().await?;
    demand_mine(&*transaction, &id, &officer, app.now_ms()).await?;
    transaction.commit().await?;
    Ok(Json(answer(&app, &id).await?))
}

/// It is his, or becomes his.
async fn demand_mine<C: sea_orm::ConnectionTrait>(
    connection: &C,
    id: &ConversationId,
    officer: &Officer,
    now_ms: i64,
) -> Result<(), Problem> {
    let row = store::find(connection, id).await?;
    let who = (officer.id.as_str(), officer.display_name.as_str());
    if store::claim(connection, id, who, now_ms).await? {
        return Ok(());
    }
    let name = row.claimed_name.unwrap_or_else(|| "同事".to_owned());
    Err(Problem::conflict("conversation_claimed", format!("{name}正在接待，没有发送"))
        .advice("请与同事沟通，由其放回后再接待"))
}

/// Gives a thread back.
#[utoipa::path(post, path = "/staff/v1/conversations/{id}/release", tag = "conversations", params(("id" = String, Path, description = "conversation")), responses((status = 200, body = Conversation)))]
async fn release(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    leave(&app, &officer, &id, false).await
}

/// Closes a thread; it opens again when the person writes.
#[utoipa::path(post, path = "/staff/v1/conversations/{id}/close", tag = "conversations", params(("id" = String, Path, description = "conversation")), responses((status = 200, body = Conversation)))]
async fn close(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    leave(&app, &officer, &id, true).await
}

async fn leave(app: &App, officer: &Officer, id: &ConversationId, close: bool) -> Result<Json<Conversation>, Problem> {
    let transaction = app.database.begin_write().await?;
    demand_mine(&*transaction, id, officer, app.now_ms()).await?;
    store::leave(&*transaction, id, close, app.now_ms()).await?;
    if close {
        let entry = officer.entry(Action::ConversationClosed, id.as_str(), json!({}));
        audit::record(&*transaction, app, entry).await?;
    }
    transaction.commit().await?;
    Ok(Json(answer(app, id).await?))
}

/// Answers by customer-service message.
#[utoipa::path(post, path = "/staff/v1/conversations/{id}/replies", tag = "conversations", params(("id" = String, Path, description = "conversation")), request_body = Reply, responses((status = 200, body = Conversation), (status = 409, description = "reply_window_closed, conversation_claimed", body = ErrorAnswer), (status = 422, description = "reply_wrong", body = ErrorAnswer)))]
async fn reply(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
    Json(reply): Json<Reply>,
) -> Result<Json<Conversation>, Problem> {
    let text = checked(&reply.text)?;
    say(&app, &officer, &id, SaidId::new(), SaidKind::Text, text, None).await
}

/// Answers with a picture: JPEG, PNG or WebP, at most 10 MB.
#[utoipa::path(post, path = "/staff/v1/conversations/{id}/pictures", tag = "conversations", params(("id" = String, Path, description = "conversation")), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = Conversation), (status = 409, description = "reply_window_closed, conversation_claimed", body = ErrorAnswer), (status = 422, description = "picture_wrong", body = ErrorAnswer)))]
async fn send_picture(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
    content: LargeBody<Result<Bytes, BytesRejection>>,
) -> Result<Json<Conversation>, Problem> {
    let LargeBody(content, _room) = content;
    let content = content.map_err(unreadable_body)?;
    let row = store::find(app.database.reader(), &id).await?;
    if row.window_left <= 0 || row.window_until <= app.now_ms() {
        return Err(window_closed());
    }
    let said_id = SaidId::new();
    let kept = pictures::keep(&app, &said_id, content).await?;
    let key = kept.map_err(|refusal| Problem::unacceptable("picture_wrong", format!("{refusal}，没有发送")))?;
    say(&app, &officer, &id, said_id, SaidKind::Picture, "[图片]", Some(key)).await
}

fn checked(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::unacceptable("reply_wrong", "请先写下要回复的内容").field("text", "不能为空"));
    }
    if text.len() > TEXT_BYTES_MAX {
        let message = "内容太长，微信一条最多约 680 个汉字，没有发送";
        return Err(Problem::unacceptable("reply_wrong", message).field("text", "请分成几条发送"));
    }
    Ok(text)
}

async fn say(
    app: &App,
    officer: &Officer,
    id: &ConversationId,
    said_id: SaidId,
    kind: SaidKind,
    text: &str,
    file_key: Option<String>,
) -> Result<Json<Conversation>, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    demand_mine(&*transaction, id, officer, now).await?;
    if !store::take_answer(&*transaction, id, now).await? {
        return Err(window_closed());
    }
    insert(&*transaction, officer, id, &said_id, (kind, SaidState::Waiting), text, file_key, now).await?;
    enqueue(&*transaction, NewJob::new(JOB_SEND, &Send { said_id: said_id.to_string() }, now)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(Json(answer(app, id).await?))
}

#[allow(clippy::too_many_arguments)] // One row has that many columns.
async fn insert<C: sea_orm::ConnectionTrait>(
    connection: &C,
    officer: &Officer,
    id: &ConversationId,
    said_id: &SaidId,
    (kind, state): (SaidKind, SaidState),
    text: &str,
    file_key: Option<String>,
    now_ms: i64,
) -> Result<(), Problem> {
    let row = said::ActiveModel {
        id: Set(said_id.to_string()),
        conversation_id: Set(id.to_string()),
        direction: Set(Direction::Out.as_str().to_owned()),
        kind: Set(kind.as_str().to_owned()),
        content: Set(text.to_owned()),
        media_id: Set(None),
        file_key: Set(file_key),
        state: Set(state.as_str().to_owned()),
        failure: Set(None),
        staff_id: Set(Some(officer.id.to_string())),
        staff_name: Set(Some(officer.display_name.clone())),
        created_at: Set(now_ms),
    };
    said::Entity::insert(row).exec_without_returning(connection).await?;
    let last: String = text.chars().take(80).collect();
    store::answered(connection, id, &last, now_ms).await?;
    Ok(())
}

/// Answers as an ordinary message, with its channels, when WeChat's window is over.
#[utoipa::path(post, path = "/staff/v1/conversations/{id}/notices", tag = "conversations", params(("id" = String, Path, description = "conversation")), request_body = Reply, responses((status = 200, body = Conversation), (status = 409, description = "account_unknown, conversation_claimed", body = ErrorAnswer)))]
async fn notify(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Path(id): Path<ConversationId>,
    Json(reply): Json<Reply>,
) -> Result<Json<Conversation>, Problem> {
    let text = checked(&reply.text)?;
    if !answer(&app, &id).await?.can_notify {
        return Err(Problem::conflict("account_unknown", "这位微信用户没有登录过，不知道他的账号，没有发送")
            .advice("请等对方再来消息，届时可以直接回复"));
    }
    let now = app.now_ms();
    let said_id = SaidId::new();
    let transaction = app.database.begin_write().await?;
    demand_mine(&*transaction, &id, &officer, now).await?;
    insert(&*transaction, &officer, &id, &said_id, (SaidKind::Notice, SaidState::Done), text, None, now).await?;
    publish(&*transaction, &Happening::StaffAnswered { said_id: said_id.to_string() }, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(Json(answer(&app, &id).await?))
}

/// A picture of a thread.
#[utoipa::path(get, path = "/staff/v1/conversations/{id}/pictures/{said_id}", tag = "conversations", params(("id" = String, Path, description = "conversation"), ("said_id" = String, Path, description = "what was said")), responses((status = 200, description = "JPEG", body = Vec<u8>, content_type = "image/jpeg"), (status = 404, body = ErrorAnswer)))]
async fn picture(
    State(app): State<SharedApp>,
    _officer: May<may::ThreadsAnswer>,
    Path((id, said_id)): Path<(ConversationId, SaidId)>,
) -> Result<Response, Problem> {
    let row = said::Entity::find_by_id(said_id.as_str()).one(app.database.reader()).await?;
    let key = row.filter(|row| row.conversation_id == id.as_str()).and_then(|row| row.file_key);
    let key = key.ok_or_else(|| Problem::not_found("picture_not_found", "没有找到这张图片"))?;
    let content = pictures::open(&app, &key).await?;
    let headers = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((StatusCode::OK, headers, content).into_response())
}

/// Answers that are written once.
#[utoipa::path(get, path = "/staff/v1/canned-answers", tag = "conversations", responses((status = 200, body = CannedAnswers)))]
async fn show_canned(
    State(app): State<SharedApp>,
    _officer: May<may::ThreadsAnswer>,
) -> Result<Json<CannedAnswers>, Problem> {
    Ok(Json(CannedAnswers { items: canned::all(app.database.reader()).await? }))
}

/// Replaces them all.
#[utoipa::path(put, path = "/staff/v1/canned-answers", tag = "conversations", request_body = CannedAnswers, responses((status = 200, body = CannedAnswers), (status = 422, description = "canned_answer_wrong", body = ErrorAnswer)))]
async fn change_canned(
    State(app): State<SharedApp>,
    officer: May<may::ThreadsAnswer>,
    Json(wished): Json<CannedAnswers>,
) -> Result<Json<CannedAnswers>, Problem> {
    let transaction = app.database.begin_write().await?;
    canned::replace(&*transaction, &wished.items, app.now_ms()).await?;
    let entry = officer.entry(Action::CannedAnswersChanged, "canned", json!({ "count": wished.items.len() }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(Json(CannedAnswers { items: canned::all(app.database.reader()).await? }))
}
