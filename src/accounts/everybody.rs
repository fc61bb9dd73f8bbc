//! All payers signed out at once: for the day on which passwords or sessions may be in wrong hands. Every request looks its
//! session up in the database, so no node has anything to forget.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{sessions, wechat_users};
use crate::app::App;

/// Rows of one transaction, so that people who sign in meanwhile do not wait behind all of them.
const ROWS_AT_ONCE: u64 = 500;

fn living(now_ms: i64) -> Select<sessions::Entity> {
    sessions::Entity::find()
        .filter(sessions::Column::RevokedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now_ms))
}

/// How many sessions of payers live.
///
/// # Errors
/// When the database does not answer.
pub async fn living_sessions(app: &App) -> Result<u64, Problem> {
    Ok(living(app.now_ms()).count(app.database.reader()).await?)
}

/// Ends every session of every payer; returns how many there were. Ended in the middle, it is simply done again.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_everybody_out(app: &App) -> Result<u64, Problem> {
    let mut ended = 0;
    let mut after = String::new();
    loop {
        // Ids go up with time: whoever signs in anew meanwhile is met once at most.
        let page: Vec<String> = living(app.now_ms())
            .filter(sessions::Column::Id.gt(after.as_str()))
            .order_by_asc(sessions::Column::Id)
            .limit(ROWS_AT_ONCE)
            .select_only()
            .column(sessions::Column::Id)
            .into_tuple()
            .all(app.database.reader())
            .await?;
        let Some(last) = page.last().cloned() else { return Ok(ended) };
        let transaction = app.database.begin_write().await?;
        let done = sessions::Entity::update_many()
            .col_expr(sessions::Column::RevokedAt, Expr::value(app.now_ms()))
            .filter(sessions::Column::Id.is_in(page))
            .filter(sessions::Column::RevokedAt.is_null())
            .exec(&*transaction)
            .await?;
        transaction.commit().await?;
        ended += done.rows_affected;
        after = last;
    }
}

/// Forgets to whom every WeChat belongs: none signs in by itself any more. Who follows the service account stays known.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_every_wechat(app: &App) -> Result<(), Problem> {
    let mut after = String::new();
    loop {
        let page: Vec<String> = wechat_users::Entity::find()
            .filter(wechat_users::Column::AccountId.gt(after.as_str()))
            .order_by_asc(wechat_users::Column::AccountId)
            .limit(ROWS_AT_ONCE)
            .select_only()
            .column(wechat_users::Column::AccountId)
            .into_tuple()
            .all(app.database.reader())
            .await?;
        let Some(last) = page.last().cloned() else { return Ok(()) };
        let transaction = app.database.begin_write().await?;
        wechat_users::Entity::update_many()
            .col_expr(wechat_users::Column::AccountId, Expr::value(None::<String>))
            .col_expr(wechat_users::Column::UpdatedAt, Expr::value(app.now_ms()))
            .filter(wechat_users::Column::AccountId.is_in(page))
            .exec(&*transaction)
            .await?;
        transaction.commit().await?;
        after = last;
    }
}
