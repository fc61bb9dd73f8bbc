//! Queries and conditional updates.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, UpdateMany,
};

use super::entity::registration_files as files;
use super::entity::registrations::{ActiveModel, Column, Entity, Model};
use super::model::{RegistrationId, RegistrationKind, RegistrationState};
use crate::accounts::AccountId;
use crate::uploads::{self, Purpose, UploadRow};

/// A registration as stored.
pub type RegistrationRow = Model;

impl RegistrationRow {
    /// Where it stands.
    pub fn state(&self) -> Result<RegistrationState, Problem> {
        Ok(self.state.parse()?)
    }
    /// As what somebody registers.
    pub fn kind(&self) -> Result<RegistrationKind, Problem> {
        Ok(self.kind.parse()?)
    }
}

fn not_found() -> Problem {
    Problem::not_found("registration_not_found", "没有找到这份注册申请")
}

/// A registration of this account, or 404.
pub(super) async fn find_for<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    id: &RegistrationId,
) -> Result<RegistrationRow, Problem> {
    let mine = Entity::find_by_id(id.as_str()).filter(Column::AccountId.eq(account.as_str()));
    mine.one(connection).await?.ok_or_else(not_found)
}

/// Any registration, for those who may see it.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<RegistrationRow, Problem> {
    Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)
}

/// The one that is being written.
pub(super) async fn draft_of<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
) -> Result<Option<RegistrationRow>, DbErr> {
    Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::State.eq(RegistrationState::Draft.as_str()))
        .one(connection)
        .await
}

/// Those of an account, newest first.
pub(super) async fn page_of<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    request: &PageRequest,
) -> Result<Page<RegistrationRow>, Problem> {
    page(connection, Entity::find().filter(Column::AccountId.eq(account.as_str())), request).await
}

/// What an officer looks for.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) state: Option<RegistrationState>,
    pub(super) q: Option<String>,
}

/// Those that were handed in, newest first.
pub(super) async fn search<C: ConnectionTrait>(
    connection: &C,
    search: &Search,
    request: &PageRequest,
) -> Result<Page<RegistrationRow>, Problem> {
    let mut select = Entity::find().filter(Column::SubmittedAt.is_not_null());
    if let Some(state) = search.state {
        select = select.filter(Column::State.eq(state.as_str()));
    }
    if let Some(words) = search.q.as_deref().map(search_form).filter(|words| !words.is_empty()) {
        select = select.filter(Expr::col(Column::SearchText).like(LikeExpr::new(like_pattern(&words)).escape('\\')));
    }
    page(connection, select, request).await
}

async fn page<C: ConnectionTrait>(
    connection: &C,
    mut select: Select<Entity>,
    request: &PageRequest,
) -> Result<Page<RegistrationRow>, Problem> {
    if let Some(after) = request.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(request.limit() + 1).all(connection).await?;
    Ok(Page::from_rows(rows, request.limit(), |row| row.id.clone()))
}

/// Registrations that led to a unit, newest first; at most 20.
pub async fn of_unit<C: ConnectionTrait>(connection: &C, unit_id: &str) -> Result<Vec<RegistrationRow>, DbErr> {
    Entity::find().filter(Column::UnitId.eq(unit_id)).order_by_desc(Column::Id).limit(20).all(connection).await
}

/// The newest one that made or certified a unit.
pub(super) async fn approved_for<C: ConnectionTrait>(
    connection: &C,
    unit_id: &str,
) -> Result<Option<RegistrationRow>, DbErr> {
    Ok(of_unit(connection, unit_id).await?.into_iter().next())
}

/// How many of an account stand so and are of these kinds.
pub(super) async fn count_of<C: ConnectionTrait>(
    connection: &C,
    account_id: &str,
    state: RegistrationState,
    kinds: &[RegistrationKind],
) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::State.eq(state.as_str()))
        .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
        .count(connection)
        .await
}

/// Others under review for the same credit code.
pub(super) async fn others_of_code<C: ConnectionTrait>(
    connection: &C,
    row: &RegistrationRow,
) -> Result<Vec<RegistrationRow>, DbErr> {
    if row.uscc.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::Uscc.eq(&row.uscc))
        .filter(Column::State.eq(RegistrationState::Submitted.as_str()))
        .filter(Column::Id.ne(&row.id))
        .order_by_asc(Column::Id)
        .limit(10)
        .all(connection)
        .await
}

/// Decisions on one credit code come one after the other: whoever comes second sees what the first one did.
pub(super) async fn hold_code<C: ConnectionTrait>(connection: &C, uscc: &str, now_ms: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Uscc.eq(uscc))
        .filter(Column::State.eq(RegistrationState::Submitted.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

pub(super) async fn insert<C: ConnectionTrait>(connection: &C, row: RegistrationRow) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Writes a registration over while its registrant still writes; false if he does not (any more).
pub(super) async fn replace_written<C: ConnectionTrait>(connection: &C, row: &RegistrationRow) -> Result<bool, DbErr> {
    let changed = ActiveModel {
        kind: Set(row.kind.clone()),
        uscc: Set(row.uscc.clone()),
        unit_name: Set(row.unit_name.clone()),
        unit_kind: Set(row.unit_kind.clone()),
        district_code: Set(row.district_code.clone()),
        address: Set(row.address.clone()),
        legal_rep: Set(row.legal_rep.clone()),
        industry_code: Set(row.industry_code.clone()),
        registrant_name: Set(row.registrant_name.clone()),
        email: Set(row.email.clone()),
        login_name: Set(row.login_name.clone()),
        safety_manager_name: Set(row.safety_manager_name.clone()),
        safety_manager_phone: Set(row.safety_manager_phone.clone()),
        search_text: Set(row.search_text.clone()),
        updated_at: Set(row.updated_at),
        ..Default::default()
    };
    let updated = Entity::update_many()
        .set(changed)
        .filter(Column::Id.eq(&row.id))
        .filter(Column::State.is_in(RegistrationState::WRITTEN))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// From one of these states to another.
pub(super) fn change(id: &str, from: &[RegistrationState], to: RegistrationState, now_ms: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(from.iter().map(|state| state.as_str())))
}

/// Whether a file is one of the papers of a registration.
pub async fn uses_upload<C: ConnectionTrait>(connection: &C, upload_id: &str) -> Result<bool, DbErr> {
    Ok(files::Entity::find().filter(files::Column::UploadId.eq(upload_id)).count(connection).await? > 0)
}

pub(super) async fn set_files<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    purpose: Purpose,
    upload_ids: &[String],
) -> Result<(), DbErr> {
    files::Entity::delete_many()
        .filter(files::Column::RegistrationId.eq(id))
        .filter(files::Column::Purpose.eq(purpose.as_str()))
        .exec(connection)
        .await?;
    if upload_ids.is_empty() {
        return Ok(());
    }
    let rows = upload_ids.iter().enumerate().map(|(position, upload)| files::ActiveModel {
        registration_id: Set(id.to_owned()),
        purpose: Set(purpose.as_str().to_owned()),
        position: Set(position as i64),
        upload_id: Set(upload.clone()),
    });
    files::Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}

/// The papers of a registration, licence first.
pub(super) async fn files_of<C: ConnectionTrait>(
    connection: &C,
    id: &str,
) -> Result<Vec<(Purpose, UploadRow)>, Problem> {
    let rows = files::Entity::find()
        .filter(files::Column::RegistrationId.eq(id))
        .order_by_desc(files::Column::Purpose)
        .order_by_asc(files::Column::Position)
        .all(connection)
        .await?;
    let ids: Vec<String> = rows.iter().map(|row| row.upload_id.clone()).collect();
    let found = uploads::by_ids(connection, &ids).await?;
    rows.into_iter()
        .filter_map(|row| {
            let upload = found.iter().find(|upload| upload.id == row.upload_id)?.clone();
            Some(row.purpose.parse().map(|purpose| (purpose, upload)).map_err(Problem::from))
        })
        .collect()
}

/// What a message says of a registration.
#[derive(Debug, Clone)]
pub struct RegistrationFacts {
    /// For people and telephones.
    pub registration_no: String,
    /// Who hears of it.
    pub account: AccountId,
    /// The unit, or the person.
    pub name: String,
    /// Epoch milliseconds.
    pub submitted_at: Option<i64>,
    /// Epoch milliseconds.
    pub due_at: Option<i64>,
}

/// What a message says of a registration; nothing when it is gone.
pub async fn facts<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<RegistrationFacts>, DbErr> {
    let row = Entity::find_by_id(id).one(connection).await?;
    Ok(row.map(|row| RegistrationFacts {
        registration_no: row.registration_no,
        account: AccountId::from_stored(row.account_id),
        name: if row.unit_name.is_empty() { row.registrant_name } else { row.unit_name },
        submitted_at: row.submitted_at,
        due_at: row.due_at,
    }))
}
