//! Figures of reviews for the dashboard.

use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::entity::reviews::{Column, Entity};
use super::model::ReviewState;
use super::store;
use crate::app::App;

/// More than this many are not needed to know how long they take.
const ROWS_MAX: u64 = 20_000;

/// How long reviews took that were decided between two moments (epoch milliseconds); hours, in no order.
pub async fn hours_taken<C: ConnectionTrait>(connection: &C, from: i64, until: i64) -> Result<Vec<f64>, Problem> {
    let decided = [ReviewState::Approved.as_str(), ReviewState::Rejected.as_str()];
    let rows: Vec<(i64, i64)> = Entity::find()
        .select_only()
        .column(Column::CreatedAt)
        .column(Column::DecidedAt)
        .filter(Column::State.is_in(decided))
        .filter(Column::DecidedAt.gte(from))
        .filter(Column::DecidedAt.lt(until))
        .limit(ROWS_MAX)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|(opened, decided)| (decided - opened) as f64 / 3_600_000.0).collect())
}

/// Reviews of all kinds past their due time.
pub async fn overdue_count(app: &App) -> Result<u64, Problem> {
    let late = Entity::find().filter(store::live()).filter(Column::DueAt.lt(app.now_ms()));
    Ok(late.count(app.database.reader()).await?)
}
