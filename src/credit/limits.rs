//! What a unit may owe: the usual, or what the institute set for it.

use foundation::ids::is_id_text;
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entity::limits::{ActiveModel, Column, Entity, Model};
use crate::accounts::{self, UnitId};
use crate::app::App;
use crate::audit::{self, Action};
use crate::fees;
use crate::staff::Officer;

/// A hundred million yuan.
const LIMIT_FEN_MAX: i64 = 10_000_000_000;
const NOTE_CHARACTERS_MAX: usize = 100;

/// What a unit may owe, and owes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CreditLimit {
    /// The unit.
    unit_id: String,
    /// 单位名称.
    unit_name: String,
    /// Fen.
    limit_fen: i64,
    /// Whether it is the usual limit of the configuration.
    usual: bool,
    /// Granted and not paid yet, fen.
    owed_fen: Fen,
    /// Of that, past its day of payment, fen.
    overdue_fen: Fen,
    /// Asked for and not decided, fen.
    asked_fen: Fen,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
}

/// Another limit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitRequest {
    /// Fen; 0 = nothing on credit.
    #[schema(minimum = 0)]
    limit_fen: i64,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 100)]
    note: String,
}

/// What a unit may owe, fen.
pub(super) async fn limit_of<C: ConnectionTrait>(app: &App, connection: &C, unit: &str) -> Result<Fen, DbErr> {
    let own = Entity::find_by_id(unit).one(connection).await?;
    Ok(Fen(own.map_or(app.config.credit.limit_fen, |own| own.limit_fen)))
}

/// Sets the limit of a unit, in the transaction of the caller.
pub(super) async fn put<C: ConnectionTrait>(
    connection: &C,
    unit: &str,
    limit_fen: i64,
    note: Option<String>,
    set_by: &str,
    now: i64,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        unit_id: Set(unit.to_owned()),
        limit_fen: Set(limit_fen),
        note: Set(note),
        set_by: Set(set_by.to_owned()),
        updated_at: Set(now),
    };
    let update = OnConflict::column(Column::UnitId)
        .update_columns([Column::LimitFen, Column::Note, Column::SetBy, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row).on_conflict(update).exec_without_returning(connection).await?;
    Ok(())
}

/// Refuses a limit that is none.
pub(super) fn demand_sane(limit_fen: i64, field: &str) -> Result<(), Problem> {
    if (0..=LIMIT_FEN_MAX).contains(&limit_fen) {
        return Ok(());
    }
    Err(Problem::unacceptable("credit_limit_wrong", "额度不对，没有保存").field(field, "额度应在 0 与一亿元之间"))
}

/// Units whose limit is not the usual.
pub(super) async fn page(app: &App, wanted: &PageRequest) -> Result<Page<CreditLimit>, Problem> {
    let mut select = Entity::find().order_by_asc(Column::UnitId).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::UnitId.gt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    let found = Page::from_rows(rows, wanted.limit(), |row: &Model| row.unit_id.clone());
    let mut items = Vec::new();
    for row in found.items {
        let unit = UnitId::from_stored(row.unit_id.clone());
        items.push(answer(app, &unit, Some(row)).await?);
    }
    Ok(Page { items, next: found.next })
}

/// One unit's.
pub(super) async fn show(app: &App, unit: &UnitId) -> Result<CreditLimit, Problem> {
    let own = Entity::find_by_id(unit.as_str()).one(app.database.reader()).await?;
    answer(app, unit, own).await
}

/// Sets one unit's.
pub(super) async fn set(
    app: &App,
    officer: &Officer,
    unit: &UnitId,
    request: &LimitRequest,
) -> Result<CreditLimit, Problem> {
    demand_sane(request.limit_fen, "limit_fen")?;
    let note = request.note.trim();
    if note.chars().count() > NOTE_CHARACTERS_MAX {
        return Err(Problem::unacceptable("credit_limit_wrong", "说明太长，没有保存").field("note", "最多 100 字"));
    }
    let before = show(app, unit).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let kept = (!note.is_empty()).then(|| note.to_owned());
    put(&*transaction, unit.as_str(), request.limit_fen, kept, officer.id.as_str(), now).await?;
    let detail = json!({ "limit_fen_before": before.limit_fen, "limit_fen": request.limit_fen, "note": note });
    audit::record(&*transaction, app, officer.entry(Action::CreditLimitSet, unit.as_str(), detail)).await?;
    transaction.commit().await?;
    show(app, unit).await
}

async fn answer(app: &App, unit: &UnitId, own: Option<Model>) -> Result<CreditLimit, Problem> {
    let reader = app.database.reader();
    let missing = || Problem::not_found("unit_not_found", "没有找到这个单位");
    if !is_id_text("unt", unit.as_str()) {
        return Err(missing());
    }
    let known = accounts::unit(reader, unit).await?.ok_or_else(missing)?;
    let standing = fees::credit_standing(reader, unit, &super::submit::today(app)).await?;
    Ok(CreditLimit {
        unit_id: unit.to_string(),
        unit_name: known.name,
        limit_fen: own.as_ref().map_or(app.config.credit.limit_fen, |own| own.limit_fen),
        usual: own.is_none(),
        owed_fen: standing.owed,
        overdue_fen: standing.overdue,
        asked_fen: standing.asked,
        note: own.as_ref().and_then(|own| own.note.clone()),
        updated_at: own.map(|own| own.updated_at),
    })
}
