//! What was said ends: after `messages.conversation_days` it is deleted, its pictures first, and a thread with nothing left
//! in it as well. One job per thread looks again when the next thing said is due.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::clock::DAY_MS;
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::entity::{conversation_messages as said, conversations};
use crate::app::App;

/// Deletes what is older than it may be in one thread.
pub const JOB_FORGET: &str = "conversations.forget";
/// So much at once.
const PAGE: u64 = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Forget {
    conversation_id: String,
}

/// Sees to it that a thread ends some day; harmless when that is seen to already.
pub(super) async fn plan<C: ConnectionTrait>(connection: &C, conversation: &str, now_ms: i64) -> Result<(), DbErr> {
    let job = Forget { conversation_id: conversation.to_owned() };
    let key = format!("{JOB_FORGET}:{conversation}");
    enqueue(connection, NewJob::new(JOB_FORGET, &job, now_ms + DAY_MS).once(key).untraced()).await
}

/// Handler of [`JOB_FORGET`].
pub(super) struct ForgetOld(pub(super) Arc<App>);

#[async_trait]
impl Handler for ForgetOld {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: Forget = serde_json::from_str(payload)?;
        forget(&self.0, &job.conversation_id).await
    }

    fn goes_on(&self) -> bool {
        true
    }
}

async fn forget(app: &App, id: &str) -> anyhow::Result<Outcome> {
    let reader = app.database.reader();
    if conversations::Entity::find_by_id(id).one(reader).await?.is_none() {
        return Ok(Outcome::Done);
    }
    let kept_ms = app.config.messages.conversation_days * DAY_MS;
    let over = app.now_ms() - kept_ms;
    let of_thread = || said::Entity::find().filter(said::Column::ConversationId.eq(id)).order_by_asc(said::Column::Id);
    loop {
        let old = of_thread().filter(said::Column::CreatedAt.lte(over)).limit(PAGE).all(reader).await?;
        if old.is_empty() {
            break;
        }
        // The file first: a row without its file can be deleted again, a file without its row is found by nobody.
        for key in old.iter().filter_map(|row| row.file_key.as_deref()) {
            app.files.delete(key).await?;
        }
        let transaction = app.database.begin_write().await?;
        let ids = old.iter().map(|row| row.id.as_str());
        said::Entity::delete_many().filter(said::Column::Id.is_in(ids)).exec(&*transaction).await?;
        transaction.commit().await?;
    }
    if let Some(next) = of_thread().one(reader).await? {
        return Ok(Outcome::AgainAt(next.created_at + kept_ms));
    }
    let transaction = app.database.begin_write().await?;
    let ended = conversations::Entity::delete_many()
        .filter(conversations::Column::Id.eq(id))
        .filter(conversations::Column::LastAt.lte(over))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    // Somebody wrote in this very moment: it goes on.
    Ok(if ended.rows_affected == 1 { Outcome::Done } else { Outcome::AgainAt(app.now_ms() + DAY_MS) })
}
