//! Queries and conditional updates.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{conversation_messages as said, conversations};
use super::model::{ConversationId, ConversationState, Direction, SaidState, not_found};

/// Which threads are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// Open ones that somebody waits in.
    Waiting,
    /// Open ones.
    Open,
    /// Those an officer claimed.
    Mine(&'a str),
    /// Closed ones.
    Closed,
}

impl Which<'_> {
    /// As a condition.
    pub fn condition(self) -> Condition {
        let state = |state: ConversationState| conversations::Column::State.eq(state.as_str());
        match self {
            Which::Waiting => Condition::all()
                .add(state(ConversationState::Open))
                .add(conversations::Column::WaitingSince.is_not_null()),
            Which::Open => Condition::all().add(state(ConversationState::Open)),
            Which::Mine(officer) => {
                Condition::all().add(state(ConversationState::Open)).add(conversations::Column::ClaimedBy.eq(officer))
            }
            Which::Closed => Condition::all().add(state(ConversationState::Closed)),
        }
    }
}

/// One page, the latest on top. The key is time and id, so that threads do not get lost while they move.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    which: Which<'_>,
    wanted: &PageRequest,
) -> Result<Page<conversations::Model>, Problem> {
    let mut select = conversations::Entity::find()
        .filter(which.condition())
        .order_by_desc(conversations::Column::LastAt)
        .order_by_desc(conversations::Column::Id)
        .limit(wanted.limit() + 1);
    let after = wanted.after_key().and_then(|key| key.split_once('.').map(|(at, id)| (at.to_owned(), id.to_owned())));
    if let Some((at, id)) = after {
        let at: i64 = at.parse().map_err(|_| Problem::bad_request("page_unknown", "没有这一页"))?;
        let earlier = conversations::Column::LastAt.lt(at);
        let same = conversations::Column::LastAt.eq(at).and(conversations::Column::Id.lt(id));
        select = select.filter(earlier.or(same));
    }
    let rows = select.all(connection).await?;
    Ok(Page::from_rows(rows, wanted.limit(), |row| format!("{}.{}", row.last_at, row.id)))
}

/// A thread.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &ConversationId) -> Result<conversations::Model, Problem> {
    conversations::Entity::find_by_id(id.as_str()).one(connection).await?.ok_or_else(not_found)
}

/// What was said last in a thread, the newest first.
pub async fn said_page<C: ConnectionTrait>(
    connection: &C,
    id: &ConversationId,
    wanted: &PageRequest,
) -> Result<Page<said::Model>, Problem> {
    let mut select = said::Entity::find()
        .filter(said::Column::ConversationId.eq(id.as_str()))
        .order_by_desc(said::Column::Id)
        .limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(said::Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone()))
}

/// Whether an answer written before this one is still on its way.
pub async fn earlier_waits<C: ConnectionTrait>(connection: &C, row: &said::Model) -> Result<bool, DbErr> {
    let earlier = said::Entity::find()
        .filter(said::Column::ConversationId.eq(&row.conversation_id))
        .filter(said::Column::Direction.eq(Direction::Out.as_str()))
        .filter(said::Column::State.eq(SaidState::Waiting.as_str()))
        .filter(said::Column::Id.lt(&row.id))
        .one(connection)
        .await?;
    Ok(earlier.is_some())
}

/// A picture of a person is here.
pub async fn picture_kept<C: ConnectionTrait>(connection: &C, id: &str, key: &str) -> Result<(), DbErr> {
    said::Entity::update_many()
        .col_expr(said::Column::FileKey, Expr::value(key))
        .col_expr(said::Column::State, Expr::value(SaidState::Done.as_str()))
        .filter(waits(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// It got there.
pub async fn done<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    said::Entity::update_many()
        .col_expr(said::Column::State, Expr::value(SaidState::Done.as_str()))
        .filter(waits(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// It will not get there.
pub async fn failed<C: ConnectionTrait>(connection: &C, id: &str, why: &str) -> Result<(), DbErr> {
    let why: String = why.chars().take(300).collect();
    said::Entity::update_many()
        .col_expr(said::Column::State, Expr::value(SaidState::Failed.as_str()))
        .col_expr(said::Column::Failure, Expr::value(why))
        .filter(waits(id))
        .exec(connection)
        .await?;
    Ok(())
}

fn waits(id: &str) -> Condition {
    Condition::all().add(said::Column::Id.eq(id)).add(said::Column::State.eq(SaidState::Waiting.as_str()))
}

/// WeChat says that its window is over, whatever we counted.
pub async fn window_over<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    conversations::Entity::update_many()
        .col_expr(conversations::Column::WindowLeft, Expr::value(0i64))
        .filter(conversations::Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes one answer out of WeChat's window and claims the thread for who answers, unless somebody has it; false when the
/// window is over. Of two answers at once each takes its own or none.
pub async fn take_answer<C: ConnectionTrait>(connection: &C, id: &ConversationId, now_ms: i64) -> Result<bool, DbErr> {
    let taken = conversations::Entity::update_many()
        .col_expr(conversations::Column::WindowLeft, Expr::col(conversations::Column::WindowLeft).sub(1))
        .filter(conversations::Column::Id.eq(id.as_str()))
        .filter(conversations::Column::WindowLeft.gt(0))
        .filter(conversations::Column::WindowUntil.gt(now_ms))
        .exec(connection)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Somebody answered: nobody waits any more.
pub async fn answered<C: ConnectionTrait>(
    connection: &C,
    id: &ConversationId,
    last_text: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    conversations::Entity::update_many()
        .col_expr(conversations::Column::State, Expr::value(ConversationState::Open.as_str()))
        .col_expr(conversations::Column::Unread, Expr::value(0i64))
        .col_expr(conversations::Column::WaitingSince, Expr::value(None::<i64>))
        .col_expr(conversations::Column::LastText, Expr::value(last_text))
        .col_expr(conversations::Column::LastAt, Expr::value(now_ms))
        .col_expr(conversations::Column::UpdatedAt, Expr::value(now_ms))
        .filter(conversations::Column::Id.eq(id.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Claims a thread for an officer; false when somebody else has it.
pub async fn claim<C: ConnectionTrait>(
    connection: &C,
    id: &ConversationId,
    officer: (&str, &str),
    now_ms: i64,
) -> Result<bool, DbErr> {
    let free = Condition::any()
        .add(conversations::Column::ClaimedBy.is_null())
        .add(conversations::Column::ClaimedBy.eq(officer.0));
    let claimed = conversations::Entity::update_many()
        .col_expr(conversations::Column::ClaimedBy, Expr::value(officer.0))
        .col_expr(conversations::Column::ClaimedName, Expr::value(officer.1))
        .col_expr(conversations::Column::UpdatedAt, Expr::value(now_ms))
        .filter(conversations::Column::Id.eq(id.as_str()))
        .filter(free)
        .exec(connection)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Gives a thread back, and closes it if wished.
pub async fn leave<C: ConnectionTrait>(
    connection: &C,
    id: &ConversationId,
    close: bool,
    now_ms: i64,
) -> Result<(), DbErr> {
    let mut update = conversations::Entity::update_many()
        .col_expr(conversations::Column::ClaimedBy, Expr::value(None::<String>))
        .col_expr(conversations::Column::ClaimedName, Expr::value(None::<String>))
        .col_expr(conversations::Column::UpdatedAt, Expr::value(now_ms))
        .filter(conversations::Column::Id.eq(id.as_str()));
    if close {
        update = update
            .col_expr(conversations::Column::State, Expr::value(ConversationState::Closed.as_str()))
            .col_expr(conversations::Column::Unread, Expr::value(0i64))
            .col_expr(conversations::Column::WaitingSince, Expr::value(None::<i64>));
    }
    update.exec(connection).await?;
    Ok(())
}

/// What was said was seen.
pub async fn seen<C: ConnectionTrait>(connection: &C, id: &ConversationId) -> Result<(), DbErr> {
    conversations::Entity::update_many()
        .col_expr(conversations::Column::Unread, Expr::value(0i64))
        .filter(conversations::Column::Id.eq(id.as_str()))
        .filter(conversations::Column::Unread.gt(0))
        .exec(connection)
        .await?;
    Ok(())
}

/// An answer that goes as an ordinary message: to whom in WeChat, and what it says.
pub async fn told_answer<C: ConnectionTrait>(
    connection: &C,
    said_id: &str,
) -> Result<Option<(String, String, String)>, Problem> {
    let Some(row) = said::Entity::find_by_id(said_id).one(connection).await? else { return Ok(None) };
    let thread = conversations::Entity::find_by_id(&row.conversation_id).one(connection).await?;
    Ok(thread.map(|thread| (thread.app_id, thread.openid, row.content)))
}
