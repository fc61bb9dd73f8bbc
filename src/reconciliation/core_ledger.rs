//! What the core system says it booked on a day: the third side of the comparison (B-19).

use foundation::calendar::print_date;
use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use time::Date;
use utoipa::ToSchema;

use super::entity::{core_ledger_days, core_ledger_entries};
use crate::app::App;

const ENTRIES_MAX: usize = 100_000;
const ROWS_AT_ONCE: usize = 200;

/// One order as the core system booked it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// Number of the order (WT…).
    pub order_no: String,
    /// Fen.
    pub amount_fen: i64,
}

/// Keeps the whole ledger of a day, in place of an earlier one.
pub async fn keep_ledger(app: &App, day: Date, entries: &[LedgerEntry]) -> Result<(), Problem> {
    if entries.len() > ENTRIES_MAX {
        return Err(Problem::unacceptable("ledger_too_long", format!("一天最多 {ENTRIES_MAX} 条")).advice("请核对日期"));
    }
    let day = print_date(day);
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| core_ledger_entries::ActiveModel {
            day: Set(day.clone()),
            order_no: Set(entry.order_no.trim().to_owned()),
            amount_fen: Set(entry.amount_fen),
        })
        .collect();
    let transaction = app.database.begin_write().await?;
    core_ledger_entries::Entity::delete_many()
        .filter(core_ledger_entries::Column::Day.eq(&day))
        .exec(&*transaction)
        .await?;
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        let last_wins = OnConflict::columns([core_ledger_entries::Column::Day, core_ledger_entries::Column::OrderNo])
            .update_column(core_ledger_entries::Column::AmountFen)
            .to_owned();
        core_ledger_entries::Entity::insert_many(chunk.to_vec())
            .on_conflict(last_wins)
            .exec_without_returning(&*transaction)
            .await?;
    }
    let told = core_ledger_days::ActiveModel {
        day: Set(day),
        entry_count: Set(entries.len() as i64),
        amount_fen: Set(entries.iter().map(|entry| entry.amount_fen).sum()),
        received_at: Set(app.now_ms()),
    };
    let renewed = [
        core_ledger_days::Column::EntryCount,
        core_ledger_days::Column::AmountFen,
        core_ledger_days::Column::ReceivedAt,
    ];
    core_ledger_days::Entity::insert(told)
        .on_conflict(OnConflict::column(core_ledger_days::Column::Day).update_columns(renewed).to_owned())
        .exec_without_returning(&*transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
