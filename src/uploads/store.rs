//! Queries and conditional updates.

use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::entity::{upload_parts, uploads};
use super::model::{Purpose, UploadId, UploadState};
use super::uploader::{NO_UNIT, Uploader, files_of_scope, own_files};
use crate::accounts::Scope;

/// A file as stored.
pub type UploadRow = uploads::Model;

use uploads::{Column, Entity};

impl UploadRow {
    /// Where it stands.
    pub fn state(&self) -> Result<UploadState, Problem> {
        Ok(self.state.parse()?)
    }
}

/// A file that the uploader may see, or 404.
pub async fn find_for<C: ConnectionTrait>(
    connection: &C,
    uploader: &Uploader,
    id: &UploadId,
) -> Result<UploadRow, Problem> {
    let row = Entity::find_by_id(id.as_str()).filter(uploader.condition()).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("upload_not_found", "没有找到这个文件").advice("请重新上传"))
}

/// The ready files among `ids` that the scope may use for `purpose`, in the order of `ids`; 422 if one is not.
pub async fn ready_for<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    purpose: Purpose,
    ids: &[UploadId],
) -> Result<Vec<UploadRow>, Problem> {
    ready(connection, files_of_scope(scope), purpose, ids, "proof_ids").await
}

/// Gives files that a member of staff scanned to the unit they speak of, so that its people can use them again.
pub async fn hand_over<C: ConnectionTrait>(
    connection: &C,
    ids: &[String],
    purpose: Purpose,
    (unit_id, account_id): (&str, &str),
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::UnitId, Expr::value(unit_id))
        .col_expr(Column::AccountId, Expr::value(account_id))
        .col_expr(Column::Purpose, Expr::value(purpose.as_str()))
        .filter(Column::Id.is_in(ids))
        .exec(connection)
        .await?;
    Ok(())
}

/// The same for files of a person or member of staff himself; `field` names them in the answer.
pub async fn ready_of<C: ConnectionTrait>(
    connection: &C,
    owner_id: &str,
    purpose: Purpose,
    ids: &[UploadId],
    field: &str,
) -> Result<Vec<UploadRow>, Problem> {
    ready(connection, own_files(owner_id), purpose, ids, field).await
}

async fn ready<C: ConnectionTrait>(
    connection: &C,
    condition: Condition,
    purpose: Purpose,
    ids: &[UploadId],
    field: &str,
) -> Result<Vec<UploadRow>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = Entity::find_by_id(id.as_str())
            .filter(condition.clone())
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::State.eq(UploadState::Ready.as_str()))
            // Not swept away between this look and the end of the caller's transaction.
            .lock_shared()
            .one(connection)
            .await?;
        found.push(row.ok_or_else(|| {
            Problem::unacceptable("proof_not_ready", "有文件还没有上传完成")
                .field(field, "请等文件上传完成，或删除后重新上传")
                .advice("请等文件上传完成后再保存")
        })?);
    }
    Ok(found)
}

/// The file, kept from being taken into use until the transaction ends.
pub(super) async fn hold<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<UploadRow>, DbErr> {
    Entity::find_by_id(id).lock_exclusive().one(connection).await
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<UploadRow>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

/// Rows by id, for those who may see what they belong to.
pub(crate) async fn by_ids<C: ConnectionTrait>(connection: &C, ids: &[String]) -> Result<Vec<UploadRow>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids)).all(connection).await
}

pub(super) async fn insert<C: ConnectionTrait>(connection: &C, row: UploadRow) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Files of a unit, or of a person himself, that are not whole yet.
pub(super) async fn count_unfinished<C: ConnectionTrait>(
    connection: &C,
    unit_id: &str,
    owner_id: &str,
) -> Result<u64, DbErr> {
    let whose = if unit_id == NO_UNIT { own_files(owner_id) } else { Condition::all().add(Column::UnitId.eq(unit_id)) };
    Entity::find().filter(whose).filter(Column::State.eq(UploadState::Receiving.as_str())).count(connection).await
}

/// Adds the part that begins where the file ends so far; false if it does not.
pub(super) async fn add_part<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    start: i64,
    content: &[u8],
    now_ms: i64,
) -> Result<bool, DbErr> {
    let length = content.len() as i64;
    let grown = Entity::update_many()
        .col_expr(Column::ReceivedBytes, Expr::value(start + length))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(UploadState::Receiving.as_str()))
        .filter(Column::ReceivedBytes.eq(start))
        .filter(Expr::col(Column::Bytes).gte(start + length))
        .exec(connection)
        .await?;
    if grown.rows_affected == 0 {
        return Ok(false);
    }
    let part = upload_parts::Model { upload_id: id.to_owned(), start, content: content.to_vec() };
    upload_parts::Entity::insert(part.into_active_model()).exec_without_returning(connection).await?;
    Ok(true)
}

/// All that has come, in its order.
pub(super) async fn content_of<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Vec<u8>, DbErr> {
    let parts = upload_parts::Entity::find()
        .filter(upload_parts::Column::UploadId.eq(id))
        .order_by_asc(upload_parts::Column::Start)
        .all(connection)
        .await?;
    Ok(parts.into_iter().flat_map(|part| part.content).collect())
}

/// What became of a whole file.
pub(super) struct Finished<'a> {
    pub(super) state: UploadState,
    pub(super) content_type: &'a str,
    pub(super) refusal: Option<String>,
    pub(super) file_key: Option<String>,
    pub(super) preview_key: Option<String>,
    pub(super) sha256: Option<String>,
}

/// Receiving → ready or refused; its parts are not needed any more. False if it is not being received (any more).
pub(super) async fn finish<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    finished: Finished<'_>,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(finished.state.as_str()))
        .col_expr(Column::ContentType, Expr::value(finished.content_type))
        .col_expr(Column::Refusal, Expr::value(finished.refusal))
        .col_expr(Column::FileKey, Expr::value(finished.file_key))
        .col_expr(Column::PreviewKey, Expr::value(finished.preview_key))
        .col_expr(Column::Sha256, Expr::value(finished.sha256))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(UploadState::Receiving.as_str()))
        .exec(connection)
        .await?;
    delete_parts(connection, id).await?;
    Ok(changed.rows_affected == 1)
}

async fn delete_parts<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    upload_parts::Entity::delete_many().filter(upload_parts::Column::UploadId.eq(id)).exec(connection).await?;
    Ok(())
}

/// Removes a file's rows.
pub(super) async fn delete<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(connection).await?;
    delete_parts(connection, id).await
}
