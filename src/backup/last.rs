//! When the last whole copy was made, kept where every node sees it: whoever makes copies may run on another machine, and
//! falls silent when he fails.

use sea_orm::sea_query::{Alias, OnConflict, Query};
use sea_orm::{ConnectionTrait, DbErr};

/// There is one row.
const LAST: &str = "last";

/// Writes that a whole copy was made of what was there at `made_at_ms`. Whoever comes last is right: a clock that was ahead
/// once must not keep an alarm silent.
pub(super) async fn note<C: ConnectionTrait>(connection: &C, made_at_ms: i64) -> Result<(), DbErr> {
    let insert = Query::insert()
        .into_table(Alias::new("backups"))
        .columns([Alias::new("id"), Alias::new("made_at")])
        .values_panic([LAST.into(), made_at_ms.into()])
        .on_conflict(OnConflict::column(Alias::new("id")).update_column(Alias::new("made_at")).to_owned())
        .to_owned();
    connection.execute(&insert).await.map(|_| ())
}

/// When the last whole copy was begun, epoch milliseconds; nothing while there was none.
///
/// # Errors
/// When the database does not answer.
pub async fn last_made_at<C: ConnectionTrait>(connection: &C) -> Result<Option<i64>, DbErr> {
    let select = Query::select().column(Alias::new("made_at")).from(Alias::new("backups")).limit(1).to_owned();
    connection.query_one(&select).await?.map(|row| row.try_get("", "made_at")).transpose()
}
