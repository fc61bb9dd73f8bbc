//! What became of a message on its way, one row per channel and phone tried.

use foundation::ids::new_id_text;
use foundation::jobs::{NewJob, enqueue};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::channels::Channel;
use super::deliver::{Deliver, JOB_DELIVER};
use super::entity::message_deliveries::{ActiveModel, Column, Entity};
use super::entity::messages;

/// How far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its turn comes at this moment, epoch milliseconds.
    Planned(i64),
    /// About to be sent.
    Queued,
    /// WeChat took it, under this number.
    Sent(Option<String>),
    /// It is on the phone.
    Delivered,
    /// It did not get there, and why.
    Failed(String),
    /// Not tried, and why.
    Skipped(String),
}

impl State {
    fn as_str(&self) -> &'static str {
        match self {
            State::Planned(_) => "planned",
            State::Queued => "queued",
            State::Sent(_) => "sent",
            State::Delivered => "delivered",
            State::Failed(_) => "failed",
            State::Skipped(_) => "skipped",
        }
    }
}

/// One way to one phone.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Which message.
    pub message_id: &'a str,
    /// Through what.
    pub channel: Channel,
    /// Of which app the openid is; empty for text messages.
    pub app_id: &'a str,
    /// To whom; empty when there is nobody, and for text messages.
    pub openid: &'a str,
    /// With which template; empty for text messages.
    pub template_id: &'a str,
}

impl Way<'_> {
    fn is(&self) -> SimpleExpr {
        Column::MessageId
            .eq(self.message_id)
            .and(Column::Channel.eq(self.channel.as_str()))
            .and(Column::Openid.eq(self.openid))
    }
}

/// Keeps where a message is on one way.
pub async fn keep<C: ConnectionTrait>(connection: &C, way: &Way<'_>, state: &State, now_ms: i64) -> Result<(), DbErr> {
    let number = if let State::Sent(number) = state { number.clone() } else { None };
    let failure = match state {
        State::Failed(why) | State::Skipped(why) => Some(why.chars().take(300).collect::<String>()),
        _ => None,
    };
    let due_at = if let State::Planned(at) = state { Some(*at) } else { None };
    let updated = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::DueAt, Expr::value(due_at))
        .col_expr(Column::ChannelMessageId, Expr::value(number.clone()))
        .col_expr(Column::Failure, Expr::value(failure.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(way.is())
        .exec(connection)
        .await?;
    if updated.rows_affected > 0 {
        return Ok(());
    }
    let row = ActiveModel {
        id: Set(new_id_text("dlv")),
        message_id: Set(way.message_id.to_owned()),
        channel: Set(way.channel.as_str().to_owned()),
        app_id: Set(way.app_id.to_owned()),
        openid: Set(way.openid.to_owned()),
        template_id: Set(way.template_id.to_owned()),
        state: Set(state.as_str().to_owned()),
        channel_message_id: Set(number),
        failure: Set(failure),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
        due_at: Set(due_at),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// When the turn of a way comes, if it was given one; epoch milliseconds.
pub async fn planned_at<C: ConnectionTrait>(connection: &C, way: &Way<'_>) -> Result<Option<i64>, DbErr> {
    let row = Entity::find().filter(way.is()).filter(Column::State.eq("planned")).one(connection).await?;
    Ok(row.and_then(|row| row.due_at))
}

/// The latest moment that any way of a message was given, epoch milliseconds.
pub async fn last_planned_at<C: ConnectionTrait>(connection: &C, message_id: &str) -> Result<Option<i64>, DbErr> {
    let row = Entity::find()
        .filter(Column::MessageId.eq(message_id))
        .filter(Column::DueAt.is_not_null())
        .order_by_desc(Column::DueAt)
        .one(connection)
        .await?;
    Ok(row.and_then(|row| row.due_at))
}

/// Why the last way that was tried did not work; nothing when none failed.
pub async fn last_failure<C: ConnectionTrait>(connection: &C, message_id: &str) -> Result<Option<String>, DbErr> {
    let row = Entity::find()
        .filter(Column::MessageId.eq(message_id))
        .filter(Column::State.eq("failed"))
        .order_by_desc(Column::UpdatedAt)
        .one(connection)
        .await?;
    Ok(row.map(|row| row.failure.unwrap_or_default()))
}

/// Whether the message is under way or there, on any way.
pub async fn is_on_its_way<C: ConnectionTrait>(connection: &C, message_id: &str) -> Result<bool, DbErr> {
    let sent = Entity::find()
        .filter(Column::MessageId.eq(message_id))
        .filter(Column::State.is_in(["sent", "delivered"]))
        .count(connection)
        .await?;
    Ok(sent > 0)
}

/// WeChat tells what became of a message it took; what it tells of messages we do not know changes nothing. A message
/// that did not get there goes on to the next channel of its kind.
pub async fn close<C: ConnectionTrait>(
    connection: &C,
    channel: Channel,
    number: &str,
    failure: Option<&str>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let is_this = || Column::Channel.eq(channel.as_str()).and(Column::ChannelMessageId.eq(number));
    let sent = Entity::find().filter(is_this()).filter(Column::State.eq("sent")).one(connection).await?;
    let Some(sent) = sent else { return Ok(()) };
    let state = match failure {
        None => State::Delivered,
        Some(why) => State::Failed(why.to_owned()),
    };
    let closed = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Failure, Expr::value(failure))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(is_this())
        .filter(Column::State.eq("sent"))
        .exec(connection)
        .await?;
    if closed.rows_affected > 0 && failure.is_some() {
        let message = messages::Entity::find_by_id(&sent.message_id).one(connection).await?;
        let values = message.and_then(|row| row.template_values).and_then(|text| serde_json::from_str(&text).ok());
        if let Some(values) = values {
            let job = Deliver { message_id: sent.message_id, values, again_at: None, after: Some(channel) };
            enqueue(connection, NewJob::new(JOB_DELIVER, &job, now_ms)).await?;
        }
    }
    Ok(())
}
