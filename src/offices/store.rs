//! The list, and changing it.

use std::collections::HashSet;

use foundation::define_id;
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde::Deserialize;

use super::entity::offices::{ActiveModel, Column, Entity, Model};
use super::model::{Office, OfficeFacts, Place};
use crate::app::App;

define_id!(
    /// A place that was added in the console; those that were installed have names of their own.
    OfficeId, "ofc"
);

/// More than an institute and its districts have.
const OFFICES_MAX: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    offices: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    id: String,
    #[serde(flatten)]
    facts: OfficeFacts,
}

/// What the installation comes with.
pub(super) fn installed() -> anyhow::Result<Vec<Office>> {
    let file: File = toml::from_str(include_str!("../../config/offices.toml"))?;
    Ok(file.offices.into_iter().map(|one| office(one.id, one.facts, 0)).collect())
}

fn office(id: String, facts: OfficeFacts, updated_at: i64) -> Office {
    Office { kind_text: facts.kind.text().to_owned(), id, facts, updated_at }
}

fn of_row(row: Model) -> Result<Office, Problem> {
    let facts = OfficeFacts {
        name: row.name,
        kind: row.kind.parse()?,
        district: row.district,
        address: row.address,
        phone: row.phone,
        hours: row.hours,
        hands_out_papers: row.hands_out_papers,
    };
    Ok(office(row.id, facts, row.updated_at))
}

/// All places in their order.
pub(super) async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Office>, Problem> {
    let rows = Entity::find().order_by_asc(Column::Position).order_by_asc(Column::Id).all(connection).await?;
    if rows.is_empty() {
        return Ok(installed()?);
    }
    rows.into_iter().filter(|row| row.removed_at.is_none()).map(of_row).collect()
}

/// A place by its id, also one that was taken off the list; nothing for one that never was on it.
pub async fn place<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<Place>, Problem> {
    if let Some(row) = Entity::find_by_id(id).one(connection).await? {
        let is_listed = row.removed_at.is_none();
        return Ok(Some(Place::of(of_row(row)?.facts, is_listed)));
    }
    // Before the first change the list is the installed one; afterwards every place of it has its row.
    Ok(installed()?.into_iter().find(|office| office.id == id).map(|office| Place::of(office.facts, true)))
}

/// 422 unless papers are handed out there.
pub async fn demand_hands_out<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), Problem> {
    if all(connection).await?.iter().any(|office| office.id == id && office.facts.hands_out_papers) {
        return Ok(());
    }
    Err(Problem::unacceptable("checkout_incomplete", "选的领取地点已经不发放报告，没有下单")
        .field("delivery.office", "请重新选择领取地点")
        .advice("请重新选择领取地点后再提交"))
}

/// The list as rows: before the first change it is taken over as it was installed.
async fn taken_over(transaction: &DatabaseTransaction, now_ms: i64) -> Result<Vec<Model>, Problem> {
    let rows = Entity::find().order_by_asc(Column::Position).all(transaction).await?;
    if !rows.is_empty() {
        return Ok(rows);
    }
    for (position, one) in (0..).zip(installed()?) {
        insert(transaction, one.id, &one.facts, position, now_ms).await?;
    }
    Ok(Entity::find().order_by_asc(Column::Position).all(transaction).await?)
}

async fn insert(
    transaction: &DatabaseTransaction,
    id: String,
    facts: &OfficeFacts,
    position: i64,
    now_ms: i64,
) -> Result<(), Problem> {
    let row = ActiveModel {
        id: Set(id),
        name: Set(facts.name.clone()),
        kind: Set(facts.kind.as_str().to_owned()),
        district: Set(facts.district.clone()),
        address: Set(facts.address.clone()),
        phone: Set(facts.phone.clone()),
        hours: Set(facts.hours.clone()),
        hands_out_papers: Set(facts.hands_out_papers),
        position: Set(position),
        updated_at: Set(now_ms),
        removed_at: Set(None),
    };
    let once = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(row).on_conflict(once).exec_without_returning(transaction).await?;
    Ok(())
}

/// Adds a place at the end; returns its id.
pub(super) async fn add(
    app: &App,
    transaction: &DatabaseTransaction,
    facts: &OfficeFacts,
) -> Result<OfficeId, Problem> {
    let now = app.now_ms();
    let rows = taken_over(transaction, now).await?;
    if rows.iter().filter(|row| row.removed_at.is_none()).count() >= OFFICES_MAX {
        return Err(Problem::conflict("offices_too_many", "网点已经很多，没有新增").advice("请先移除不用的网点"));
    }
    let id = OfficeId::new();
    let last = rows.iter().map(|row| row.position).max().unwrap_or(-1);
    insert(transaction, id.to_string(), facts, last + 1, now).await?;
    Ok(id)
}

/// Changes a place that nobody has changed since `seen_at` (its `updated_at`; 0 as it was installed).
pub(super) async fn change(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    seen_at: i64,
    facts: &OfficeFacts,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let seen_at = seen_before(transaction, seen_at, now).await?;
    let changed = Entity::update_many()
        .col_expr(Column::Name, Expr::value(&facts.name))
        .col_expr(Column::Kind, Expr::value(facts.kind.as_str()))
        .col_expr(Column::District, Expr::value(&facts.district))
        .col_expr(Column::Address, Expr::value(&facts.address))
        .col_expr(Column::Phone, Expr::value(&facts.phone))
        .col_expr(Column::Hours, Expr::value(&facts.hours))
        .col_expr(Column::HandsOutPapers, Expr::value(facts.hands_out_papers))
        .col_expr(Column::UpdatedAt, Expr::value(Ord::max(now, seen_at + 1)))
        .filter(Column::Id.eq(id))
        .filter(Column::RemovedAt.is_null())
        .filter(Column::UpdatedAt.eq(seen_at))
        .exec(transaction)
        .await?;
    demand_changed(changed.rows_affected)
}

/// Takes a place off the list.
pub(super) async fn remove(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    seen_at: i64,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let seen_at = seen_before(transaction, seen_at, now).await?;
    let removed = Entity::update_many()
        .col_expr(Column::RemovedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::RemovedAt.is_null())
        .filter(Column::UpdatedAt.eq(seen_at))
        .exec(transaction)
        .await?;
    demand_changed(removed.rows_affected)
}

/// Puts all places into the order of `ids`, which names each of them once.
pub(super) async fn arrange(app: &App, transaction: &DatabaseTransaction, ids: &[String]) -> Result<(), Problem> {
    let rows = taken_over(transaction, app.now_ms()).await?;
    let live: HashSet<&str> = rows.iter().filter(|row| row.removed_at.is_none()).map(|row| row.id.as_str()).collect();
    let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
    if live != wanted || ids.len() != wanted.len() {
        return Err(stale());
    }
    for (position, id) in (0_i64..).zip(ids) {
        Entity::update_many()
            .col_expr(Column::Position, Expr::value(position))
            .filter(Column::Id.eq(id))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// Whoever saw the installed list saw what [`taken_over`] has just written.
async fn seen_before(transaction: &DatabaseTransaction, seen_at: i64, now_ms: i64) -> Result<i64, Problem> {
    let is_first = Entity::find().one(transaction).await?.is_none();
    taken_over(transaction, now_ms).await?;
    Ok(if is_first && seen_at == 0 { now_ms } else { seen_at })
}

fn demand_changed(rows: u64) -> Result<(), Problem> {
    if rows == 1 { Ok(()) } else { Err(stale()) }
}

fn stale() -> Problem {
    Problem::conflict("offices_changed", "网点目录刚刚被别人修改过，没有保存").advice("请刷新后再改一次")
}
