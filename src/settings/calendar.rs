//! Working days: `config/calendar.toml`, and over it what the institute set in the console.

use foundation::calendar::{Calendar, parse_date};
use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::json;
use time::Date;

use super::entity::calendar_days::{ActiveModel, Column, Entity, Model};
use crate::app::App;
use crate::audit::{self, Action};
use crate::staff::Officer;

/// Puts the days that the institute set over those of the file: at the start, and whenever the settings are looked at, so
/// that what was set on another node arrives here.
pub async fn load_days<C: ConnectionTrait>(connection: &C, calendar: &Calendar) -> Result<Vec<Model>, Problem> {
    let rows = Entity::find().order_by_asc(Column::OnDay).all(connection).await?;
    for row in &rows {
        calendar.set_day(parse_date(&row.on_day)?, row.is_working_day);
    }
    Ok(rows)
}

/// Sets one day.
pub(super) async fn set_day(
    app: &App,
    officer: &Officer,
    day: Date,
    is_working_day: bool,
    note: Option<String>,
) -> Result<(), Problem> {
    let on_day = foundation::calendar::print_date(day);
    let transaction = app.database.begin_write().await?;
    let row = ActiveModel {
        on_day: Set(on_day.clone()),
        is_working_day: Set(is_working_day),
        note: Set(note.clone()),
        updated_at: Set(app.now_ms()),
    };
    let update = OnConflict::column(Column::OnDay)
        .update_columns([Column::IsWorkingDay, Column::Note, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row).on_conflict(update).exec_without_returning(&*transaction).await?;
    let detail = json!({ "is_working_day": is_working_day, "note": note });
    audit::record(&*transaction, app, officer.entry(Action::CalendarChanged, on_day, detail)).await?;
    transaction.commit().await?;
    app.calendar.set_day(day, is_working_day);
    Ok(())
}
