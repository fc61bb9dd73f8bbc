//! A change that an administrator confirmed happens when its time has come, unless it was stopped or its ground is gone.

use async_trait::async_trait;
use foundation::jobs::{Handler, Outcome};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::entity::phone_changes::{Column, Entity};
use super::replace::{NewPhone, replace_phone};
use super::requests::PLANNED;
use super::{proved, speakable};
use crate::app::{App, SharedApp};

/// Makes a confirmed change happen.
pub(super) const JOB_APPLY: &str = "phone_change.apply";

/// Payload of [`JOB_APPLY`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Planned {
    pub(super) change_id: String,
}

/// Planned → done; or void, where the member left meanwhile, joined another unit, or the new phone is somebody's now.
async fn apply(app: &App, id: &str) -> anyhow::Result<()> {
    let transaction = app.database.begin_write().await?;
    if move_on(&*transaction, id, "done", app.now_ms()).await? == 0 {
        return Ok(());
    }
    let row = proved::find(&*transaction, id).await?;
    let changed = match speakable::colleague(app, &*transaction, &row).await {
        Ok(member) => {
            let new = NewPhone {
                account: &member.account,
                phone: &row.new_phone,
                // A colleague cannot speak for what was applied for with the old phone.
                keep_old_by: None,
                keep_session: None,
                way: "unit_admin",
                request_id: Some(id),
            };
            replace_phone(app, &*transaction, new).await
        }
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(()) => transaction.commit().await?,
        Err(problem) if problem.status().is_client_error() => {
            // Dropped: nothing of the change stays but that it is over.
            drop(transaction);
            let transaction = app.database.begin_write().await?;
            move_on(&*transaction, id, "void", app.now_ms()).await?;
            transaction.commit().await?;
            tracing::info!(change = id, %problem, "a planned change of a phone is void");
        }
        Err(problem) => return Err(problem.into()),
    }
    app.wake_workers.notify_one();
    Ok(())
}

async fn move_on<C: sea_orm::ConnectionTrait>(
    connection: &C,
    id: &str,
    state: &str,
    now_ms: i64,
) -> Result<u64, sea_orm::DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::DecidedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(PLANNED))
        .exec(connection)
        .await?;
    Ok(ended.rows_affected)
}

/// Handler of [`JOB_APPLY`].
pub(super) struct Apply(pub(super) SharedApp);

#[async_trait]
impl Handler for Apply {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let Planned { change_id } = serde_json::from_str(payload)?;
        apply(&self.0, &change_id).await?;
        Ok(Outcome::Done)
    }
}
