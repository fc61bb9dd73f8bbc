//! Threads by who writes in them or by what was said, and all that was said with one person.

use foundation::problem::Problem;
use foundation::text::like_pattern;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::answers;
use super::entity::{conversation_messages as said, conversations};
use super::model::{ConversationState, Direction};
use crate::accounts::{self, AccountId, WechatIdentity};
use crate::app::App;

/// A thread that was found.
#[derive(Debug, Clone)]
pub struct ConversationFound {
    /// Which.
    pub id: String,
    /// Who writes.
    pub name: String,
    /// What was said last.
    pub last_text: String,
    /// Whether it goes on.
    pub open: bool,
}

fn of_identities(identities: &[WechatIdentity]) -> Condition {
    identities.iter().fold(Condition::any(), |any, identity| {
        let his = conversations::Column::AppId.eq(&identity.app_id);
        any.add(his.and(conversations::Column::Openid.eq(&identity.openid)))
    })
}

/// Threads of accounts with this name, phone or login, and threads in which these words were said; the latest first.
pub async fn matching(app: &App, words: &str, limit: u64) -> Result<Vec<ConversationFound>, Problem> {
    let reader = app.database.reader();
    let mut identities = Vec::new();
    for found in accounts::find_accounts(reader, words, limit).await? {
        identities.extend(accounts::wechat_identities(reader, &AccountId::from_stored(found.id)).await?);
    }
    let like = LikeExpr::new(like_pattern(words)).escape('\\');
    let spoken: Vec<String> = said::Entity::find()
        .select_only()
        .column(said::Column::ConversationId)
        .distinct()
        .filter(Expr::col(said::Column::Content).like(like))
        .limit(limit)
        .into_tuple()
        .all(reader)
        .await?;
    let mut wanted = Condition::any().add(conversations::Column::Id.is_in(spoken));
    if !identities.is_empty() {
        wanted = wanted.add(of_identities(&identities));
    }
    let rows = conversations::Entity::find()
        .filter(wanted)
        .order_by_desc(conversations::Column::LastAt)
        .limit(limit)
        .all(reader)
        .await?;
    let found = answers::conversations(app, rows).await?.into_iter().map(|thread| ConversationFound {
        open: thread.state == ConversationState::Open,
        id: thread.id,
        name: thread.name,
        last_text: thread.last_text,
    });
    Ok(found.collect())
}

/// One thing said with a person.
#[derive(Debug, Clone)]
pub struct SaidWith {
    /// Epoch milliseconds.
    pub at: i64,
    /// Whether he said it; otherwise the desk did.
    pub by_person: bool,
    /// What.
    pub text: String,
}

/// What was said with the person who has these identities, the newest first.
pub async fn said_with<C: ConnectionTrait>(
    connection: &C,
    identities: &[WechatIdentity],
    limit: u64,
) -> Result<Vec<SaidWith>, Problem> {
    if identities.is_empty() {
        return Ok(Vec::new());
    }
    let threads = conversations::Entity::find().filter(of_identities(identities)).all(connection).await?;
    let rows = said::Entity::find()
        .filter(said::Column::ConversationId.is_in(threads.into_iter().map(|thread| thread.id)))
        .order_by_desc(said::Column::Id)
        .limit(limit)
        .all(connection)
        .await?;
    let rows = rows.into_iter().map(|row| SaidWith {
        at: row.created_at,
        by_person: row.direction == Direction::In.as_str(),
        text: row.content,
    });
    Ok(rows.collect())
}
