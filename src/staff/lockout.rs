//! Five wrong passwords or codes in a row lock an account. A try is counted, and committed, before it is looked at, so that
//! parallel guesses cannot outrun the limit; only a complete sign-in clears the count. A browser in which the officer has been
//! ([`super::known_browser`]) and a sign-in of his have counts of their own: strangers cannot shut him out of them.

use std::time::Duration;

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::secret_hash::token_hash;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::entity::staff_accounts::{Column, Entity};
use crate::app::App;

/// By whose count a try goes.
#[derive(Debug, Clone, Copy)]
pub enum Tries<'a> {
    /// Anybody's: counted at the account, which locks.
    OfAnybody,
    /// Of a browser that is known, or of a session: counted by itself, as many and for as long.
    Of(&'a str),
}

/// Counts a try; refuses while the account, or who tries, is locked.
pub async fn count_try(app: &App, id: &str, tries: Tries<'_>) -> Result<(), Problem> {
    match tries {
        Tries::OfAnybody => count_at_account(app, id).await,
        Tries::Of(name) => count_apart(app, id, name).await,
    }
}

/// At least one, so that a count by itself has an end.
fn lock_minutes(app: &App) -> i64 {
    Ord::max(app.config.login.lock_minutes, 1)
}

/// The count of who is known, and when it begins anew, epoch milliseconds.
fn apart(app: &App, id: &str, name: &str) -> (String, i64) {
    let lock_ms = lock_minutes(app) * 60_000;
    let window = app.now_ms().div_euclid(lock_ms);
    (format!("staff:tries:{id}:{}:{window}", token_hash(name)), (window + 1) * lock_ms)
}

async fn count_apart(app: &App, id: &str, name: &str) -> Result<(), Problem> {
    let (key, until) = apart(app, id, name);
    let kept = Duration::from_secs(lock_minutes(app).unsigned_abs() * 60);
    let max = app.config.login.failures_max.unsigned_abs();
    if app.cache.count_up(&key, kept).await? > max { Err(locked(until)) } else { Ok(()) }
}

/// Forgets the tries of who is known, once they led in.
pub async fn forget_apart(app: &App, id: &str, tries: Tries<'_>) -> Result<(), Problem> {
    if let Tries::Of(name) = tries {
        app.cache.remove(&apart(app, id, name).0).await?;
    }
    Ok(())
}

async fn count_at_account(app: &App, id: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let lock_ms = app.config.login.lock_minutes * 60_000;
    let transaction = app.database.begin_write().await?;
    let connection = &*transaction;
    // A lock whose time is over is forgotten with everything that led to it.
    Entity::update_many()
        .col_expr(Column::FailedCount, Expr::value(0i64))
        .col_expr(Column::LockedUntil, Expr::value(None::<i64>))
        .filter(Column::Id.eq(id))
        .filter(Column::LockedUntil.lte(now))
        .exec(connection)
        .await?;
    let counted = Entity::update_many()
        .col_expr(Column::FailedCount, Expr::col(Column::FailedCount).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::LockedUntil.is_null())
        .exec(connection)
        .await?;
    let row = Entity::find_by_id(id).one(connection).await?;
    let Some(row) = row else { return Err(Problem::not_signed_in()) };
    if counted.rows_affected == 0 {
        return Err(locked(row.locked_until.unwrap_or(now + lock_ms)));
    }
    // Password and code of one sign-in are two tries: the wrong ones alone are counted.
    if row.failed_count > app.config.login.failures_max {
        Entity::update_many()
            .col_expr(Column::LockedUntil, Expr::value(now + lock_ms))
            .filter(Column::Id.eq(id))
            .exec(connection)
            .await?;
        transaction.commit().await?;
        return Err(locked(now + lock_ms));
    }
    transaction.commit().await?;
    Ok(())
}

/// Takes back the count of a try that was right but is not yet a complete sign-in.
pub async fn forgive_one<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::FailedCount, Expr::col(Column::FailedCount).sub(1))
        .filter(Column::Id.eq(id))
        .filter(Column::FailedCount.gt(0i64))
        .exec(connection)
        .await?;
    Ok(())
}

/// Forgets failures after a complete sign-in.
pub async fn clear<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::FailedCount, Expr::value(0i64))
        .col_expr(Column::LockedUntil, Expr::value(None::<i64>))
        .col_expr(Column::LastSignedInAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

fn locked(unlock_at: i64) -> Problem {
    Problem::new(StatusCode::LOCKED, "account_locked", "连续输错次数过多，账号已暂时锁定")
        .advice("请稍后再试，或请系统管理员重置")
        .details(json!({ "unlock_at": unlock_at }))
}
