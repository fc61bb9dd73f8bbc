//! Statements and saved layouts.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::bank_mappings;
use super::entity::bank_statements::{Column, Entity, Model};
use super::mapping::Mapping;
use super::model::{MappingId, StatementState};

/// A statement as stored.
pub type StatementRow = Model;
/// A saved layout as stored.
pub type MappingRow = bank_mappings::Model;

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementError {
    /// Line of the file (CSV) or row of the sheet (XLSX), from 1.
    pub line: i64,
    /// Why, for people.
    pub reason: String,
}

impl StatementRow {
    /// Where it stands.
    pub fn state(&self) -> Result<StatementState, Problem> {
        Ok(self.state.parse()?)
    }
}

impl MappingRow {
    /// The columns.
    pub fn mapping(&self) -> Result<Mapping, Problem> {
        serde_json::from_str(&self.mapping).map_err(Problem::internal)
    }
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("statement_not_found", "没有找到这份流水")
}

/// A statement by id.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<StatementRow>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

/// One page of statements, newest first.
pub async fn page<C: ConnectionTrait>(connection: &C, page: &PageRequest) -> Result<Page<StatementRow>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(page.limit() + 1);
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, page.limit(), |row| row.id.clone()))
}

/// Writes down what an import came to.
pub(super) async fn finish<C: ConnectionTrait>(connection: &C, done: &StatementRow) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::AccountNo, Expr::value(done.account_no.clone()))
        .col_expr(Column::State, Expr::value(done.state.clone()))
        .col_expr(Column::Mapping, Expr::value(done.mapping.clone()))
        .col_expr(Column::NewCount, Expr::value(done.new_count))
        .col_expr(Column::Duplicates, Expr::value(done.duplicates))
        .col_expr(Column::Skipped, Expr::value(done.skipped))
        .col_expr(Column::Rejected, Expr::value(done.rejected))
        .col_expr(Column::Errors, Expr::value(done.errors.clone()))
        .col_expr(Column::ContentKey, Expr::value(done.content_key.clone()))
        .col_expr(Column::PerhapsCount, Expr::value(done.perhaps_count))
        .col_expr(Column::UpdatedAt, Expr::value(done.updated_at))
        .filter(Column::Id.eq(&done.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Whether this file was taken in before, in the same layout and to its end.
pub(super) async fn was_imported<C: ConnectionTrait>(connection: &C, content_key: &str) -> Result<bool, DbErr> {
    let found = Entity::find()
        .filter(Column::ContentKey.eq(content_key))
        .filter(Column::State.eq(StatementState::Imported.as_str()));
    Ok(found.one(connection).await?.is_some())
}

/// Holds the oldest statement until the transaction ends: whoever writes lines looks for known ones, so one does at a time.
pub(super) async fn one_at_a_time<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let Some(oldest) = Entity::find().order_by_asc(Column::Id).one(connection).await? else { return Ok(()) };
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::col(Column::UpdatedAt))
        .filter(Column::Id.eq(oldest.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// A saved layout by id.
pub(super) async fn mapping<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<MappingRow>, DbErr> {
    bank_mappings::Entity::find_by_id(id).one(connection).await
}

/// A saved layout by its name.
pub async fn mapping_by_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<MappingRow>, DbErr> {
    bank_mappings::Entity::find().filter(bank_mappings::Column::Name.eq(name)).one(connection).await
}

/// The layout saved last for one of these headers.
pub(super) async fn mapping_of_headers<C: ConnectionTrait>(
    connection: &C,
    keys: &[String],
) -> Result<Option<MappingRow>, DbErr> {
    bank_mappings::Entity::find()
        .filter(bank_mappings::Column::HeaderKey.is_in(keys))
        .order_by_desc(bank_mappings::Column::UpdatedAt)
        .one(connection)
        .await
}

/// All saved layouts by name.
pub async fn mappings<C: ConnectionTrait>(connection: &C) -> Result<Vec<MappingRow>, DbErr> {
    bank_mappings::Entity::find().order_by_asc(bank_mappings::Column::Name).limit(200).all(connection).await
}

/// Saves a layout under a name, replacing what had it.
pub(super) async fn save_mapping<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    header_key: String,
    mapping: &Mapping,
    now_ms: i64,
) -> Result<(), Problem> {
    let row = bank_mappings::ActiveModel {
        id: Set(MappingId::new().into()),
        name: Set(name.to_owned()),
        header_key: Set(header_key),
        mapping: Set(serde_json::to_string(mapping).map_err(Problem::internal)?),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    let replaced = [bank_mappings::Column::HeaderKey, bank_mappings::Column::Mapping, bank_mappings::Column::UpdatedAt];
    bank_mappings::Entity::insert(row)
        .on_conflict(OnConflict::column(bank_mappings::Column::Name).update_columns(replaced).to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
