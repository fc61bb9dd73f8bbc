//! What a person says, on its way to the desk.

use foundation::ids::new_id_text;
use foundation::jobs::{NewJob, enqueue};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::{conversation_messages as said, conversations};
use super::jobs::{Fetch, JOB_FETCH};
use super::model::{
    ConversationId, ConversationState, Direction, SaidId, SaidKind, SaidState, WINDOW_ANSWERS_MAX, WINDOW_MS,
};

/// Nobody types more.
const TEXT_CHARACTERS_MAX: usize = 2_000;
const LAST_TEXT_CHARACTERS_MAX: usize = 80;

/// What arrived.
#[derive(Debug, Clone, Copy)]
pub enum Arrived<'a> {
    /// Words, perhaps those that WeChat heard in a recording.
    Text(&'a str),
    /// A picture, to be fetched by its media id.
    Picture(&'a str),
    /// Something else, by its name for people.
    Other(&'a str),
}

/// Whether the desk is talking with a person now.
pub async fn is_open<C: ConnectionTrait>(connection: &C, app_id: &str, openid: &str) -> Result<bool, Problem> {
    let row = conversations::Entity::find()
        .filter(conversations::Column::AppId.eq(app_id))
        .filter(conversations::Column::Openid.eq(openid))
        .filter(conversations::Column::State.eq(ConversationState::Open.as_str()))
        .one(connection)
        .await?;
    Ok(row.is_some())
}

/// Puts what a person said into his thread, which opens by it, and opens WeChat's window. Pass the transaction of the
/// push, so that it is heard once.
pub async fn hear<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    openid: &str,
    arrived: Arrived<'_>,
    now_ms: i64,
) -> Result<(), Problem> {
    let (kind, content, media_id) = match arrived {
        Arrived::Text(text) => (SaidKind::Text, text, None),
        Arrived::Picture(media_id) => (SaidKind::Picture, "[图片]", Some(media_id.to_owned())),
        Arrived::Other(name) => (SaidKind::Other, name, None),
    };
    let content: String = content.chars().filter(|one| *one != '\0').take(TEXT_CHARACTERS_MAX).collect();
    let conversation = opened(connection, app_id, openid, &content, now_ms).await?;
    let id = SaidId::new();
    let row = said::ActiveModel {
        id: Set(id.to_string()),
        conversation_id: Set(conversation.clone()),
        direction: Set(Direction::In.as_str().to_owned()),
        kind: Set(kind.as_str().to_owned()),
        content: Set(content),
        state: Set(if media_id.is_some() { SaidState::Waiting } else { SaidState::Done }.as_str().to_owned()),
        media_id: Set(media_id.clone()),
        file_key: Set(None),
        failure: Set(None),
        staff_id: Set(None),
        staff_name: Set(None),
        created_at: Set(now_ms),
    };
    said::Entity::insert(row).exec_without_returning(connection).await?;
    super::forget::plan(connection, &conversation, now_ms).await?;
    if media_id.is_some() {
        enqueue(connection, NewJob::new(JOB_FETCH, &Fetch { said_id: id.to_string() }, now_ms)).await?;
    }
    Ok(())
}

/// The thread of a person, open, with one unread more.
async fn opened<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    openid: &str,
    content: &str,
    now_ms: i64,
) -> Result<String, Problem> {
    let last_text: String = content.chars().take(LAST_TEXT_CHARACTERS_MAX).collect();
    let row = conversations::ActiveModel {
        id: Set(new_id_text("cvs")),
        app_id: Set(app_id.to_owned()),
        openid: Set(openid.to_owned()),
        state: Set(ConversationState::Open.as_str().to_owned()),
        unread: Set(0),
        last_text: Set(String::new()),
        last_at: Set(now_ms),
        window_until: Set(0),
        window_left: Set(0),
        claimed_by: Set(None),
        claimed_name: Set(None),
        waiting_since: Set(None),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    let own = [conversations::Column::AppId, conversations::Column::Openid];
    conversations::Entity::insert(row)
        .on_conflict(OnConflict::columns(own).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    let is_his = || conversations::Column::AppId.eq(app_id).and(conversations::Column::Openid.eq(openid));
    conversations::Entity::update_many()
        .col_expr(conversations::Column::State, Expr::value(ConversationState::Open.as_str()))
        .col_expr(conversations::Column::Unread, Expr::col(conversations::Column::Unread).add(1))
        .col_expr(conversations::Column::LastText, Expr::value(last_text))
        .col_expr(conversations::Column::LastAt, Expr::value(now_ms))
        .col_expr(conversations::Column::WindowUntil, Expr::value(now_ms + WINDOW_MS))
        .col_expr(conversations::Column::WindowLeft, Expr::value(WINDOW_ANSWERS_MAX))
        .col_expr(conversations::Column::UpdatedAt, Expr::value(now_ms))
        .filter(is_his())
        .exec(connection)
        .await?;
    conversations::Entity::update_many()
        .col_expr(conversations::Column::WaitingSince, Expr::value(now_ms))
        .filter(is_his())
        .filter(conversations::Column::WaitingSince.is_null())
        .exec(connection)
        .await?;
    let row = conversations::Entity::find().filter(is_his()).one(connection).await?;
    row.map(|row| ConversationId::from_stored(row.id).to_string())
        .ok_or_else(|| Problem::internal("a thread that was just opened"))
}
