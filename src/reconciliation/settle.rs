//! What a person does about a difference, and the end of a day.

use foundation::calendar::{beijing_date, print_date};
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use time::Date;

use super::entity::{differences, reconciliation_days};
use super::model::{DayState, DifferenceId};
use super::store;

/// An explanation shorter than this explains nothing.
const NOTE_CHARACTERS_MIN: usize = 4;
const NOTE_CHARACTERS_MAX: usize = 500;

/// Settles an open difference with what was found out. 404 for none, 409 if it is settled already, 422 without a note.
pub async fn settle_difference<C: ConnectionTrait>(
    connection: &C,
    id: &DifferenceId,
    by: &str,
    note: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    let note = note.trim();
    if !(NOTE_CHARACTERS_MIN..=NOTE_CHARACTERS_MAX).contains(&note.chars().count()) {
        return Err(Problem::unacceptable("note_missing", "请写明差异原因和处理办法")
            .field("note", format!("{NOTE_CHARACTERS_MIN}–{NOTE_CHARACTERS_MAX} 个字"))
            .advice("写清楚后再提交"));
    }
    let row = differences::Entity::find_by_id(id.as_str()).one(connection).await?;
    let row = row.ok_or_else(|| Problem::not_found("difference_not_found", "没有找到这条差异"))?;
    if !store::settle(connection, id.as_str(), by, note, now_ms).await? {
        return Err(Problem::conflict("difference_settled", "这条差异已经处理过了").advice("请刷新列表"));
    }
    Ok(store::refresh_state(connection, &row.day).await?)
}

/// Closes a day: it must be over, compared, and without open differences. One conditional update.
pub async fn close_day<C: ConnectionTrait>(connection: &C, day: Date, by: &str, now_ms: i64) -> Result<(), Problem> {
    use reconciliation_days::{Column, Entity};
    if day >= beijing_date(now_ms) {
        return Err(Problem::conflict("day_not_over", "这一天还没有结束，不能关账").advice("请在次日对账后关账"));
    }
    let text = print_date(day);
    store::refresh_state(connection, &text).await?;
    let closed = Entity::update_many()
        .col_expr(Column::State, Expr::value(DayState::Closed.as_str()))
        .col_expr(Column::ClosedAt, Expr::value(now_ms))
        .col_expr(Column::ClosedBy, Expr::value(by))
        .filter(Column::Day.eq(&text))
        .filter(Column::State.eq(DayState::Balanced.as_str()))
        .exec(connection)
        .await?;
    if closed.rows_affected == 1 {
        return Ok(());
    }
    let row = store::find_day(connection, day).await?;
    Err(match row.map(|row| row.state.parse::<DayState>()).transpose()? {
        None | Some(DayState::None) => {
            Problem::conflict("day_not_compared", "这一天还没有对账").advice("请先对账，再关账")
        }
        Some(DayState::Closed) => Problem::conflict("day_closed", "这一天已经关账").advice("不用重复关账"),
        Some(_) => Problem::conflict("differences_open", "还有差异没有处理，不能关账").advice("请先处理全部差异"),
    })
}
