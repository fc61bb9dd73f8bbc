//! The papers of a change or qualification.

use foundation::problem::Problem;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::entity::unit_papers::{ActiveModel, Column, Entity};
use crate::app::App;
use crate::uploads::{self, Upload};

pub(super) const PAPERS_MAX: usize = 5;

/// Whether a file is a paper of a change or qualification.
pub async fn uses_upload<C: ConnectionTrait>(connection: &C, upload_id: &str) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(Column::UploadId.eq(upload_id)).count(connection).await? > 0)
}

pub(super) async fn insert<C: ConnectionTrait>(
    connection: &C,
    subject_id: &str,
    upload_ids: impl Iterator<Item = String>,
) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = upload_ids
        .enumerate()
        .map(|(position, upload)| ActiveModel {
            subject_id: Set(subject_id.to_owned()),
            position: Set(position as i64),
            upload_id: Set(upload),
        })
        .collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The papers in their order, with fresh links.
pub(super) async fn of_subject(app: &App, subject_id: &str) -> Result<Vec<Upload>, Problem> {
    let reader = app.database.reader();
    let rows =
        Entity::find().filter(Column::SubjectId.eq(subject_id)).order_by_asc(Column::Position).all(reader).await?;
    let ids: Vec<String> = rows.into_iter().map(|row| row.upload_id).collect();
    let found = uploads::by_ids(reader, &ids).await?;
    ids.iter()
        .filter_map(|id| found.iter().find(|upload| upload.id == *id).cloned())
        .map(|upload| Upload::of(app, upload))
        .collect()
}
