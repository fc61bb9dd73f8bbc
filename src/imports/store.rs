//! Imports, what they brought that nobody was told of yet, and answers to repeated requests.

use std::collections::BTreeMap;

use foundation::batches::row_batches;
use foundation::problem::Problem;
use foundation::sealed::{BlindIndex, Findable};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::{import_postings, imports, integration_requests};
use super::model::{ImportId, ImportState, RowCounts};
use super::plan::Posting;
use crate::accounts::UnitId;

/// An import as stored.
#[derive(Debug, Clone)]
pub struct StoredImport {
    /// How it stands.
    pub state: ImportState,
    /// Rows by what became of them.
    pub rows: RowCounts,
    /// Where its error file is.
    pub error_file_key: Option<String>,
    /// When it last moved, epoch milliseconds.
    pub last_batch_at: i64,
}

/// Begins an import.
pub async fn insert<C: ConnectionTrait>(connection: &C, id: &ImportId, source: &str, now_ms: i64) -> Result<(), DbErr> {
    let row = imports::ActiveModel {
        id: Set(id.to_string()),
        source: Set(source.to_owned()),
        state: Set(ImportState::Running.as_str().to_owned()),
        rows_total: Set(0),
        rows_new: Set(0),
        rows_changed: Set(0),
        rows_unchanged: Set(0),
        rows_rejected: Set(0),
        error_file_key: Set(None),
        started_at: Set(now_ms),
        finished_at: Set(None),
        last_batch_at: Set(Some(now_ms)),
    };
    imports::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// An import by id.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &ImportId) -> Result<Option<StoredImport>, Problem> {
    let Some(row) = imports::Entity::find_by_id(id.as_str()).one(connection).await? else { return Ok(None) };
    Ok(Some(StoredImport {
        state: row.state.parse()?,
        rows: RowCounts {
            total: row.rows_total,
            new: row.rows_new,
            changed: row.rows_changed,
            unchanged: row.rows_unchanged,
            rejected: row.rows_rejected,
        },
        error_file_key: row.error_file_key,
        last_batch_at: row.last_batch_at.unwrap_or(row.started_at),
    }))
}

/// Adds the rows of a batch to the counts.
pub async fn count_rows<C: ConnectionTrait>(
    connection: &C,
    id: &ImportId,
    rows: RowCounts,
    now_ms: i64,
) -> Result<(), DbErr> {
    use imports::Column as C;
    let plus = |column: C, more: i64| Expr::col(column).add(more);
    imports::Entity::update_many()
        .col_expr(C::RowsTotal, plus(C::RowsTotal, rows.total))
        .col_expr(C::RowsNew, plus(C::RowsNew, rows.new))
        .col_expr(C::RowsChanged, plus(C::RowsChanged, rows.changed))
        .col_expr(C::RowsUnchanged, plus(C::RowsUnchanged, rows.unchanged))
        .col_expr(C::RowsRejected, plus(C::RowsRejected, rows.rejected))
        .col_expr(C::LastBatchAt, Expr::value(now_ms))
        .filter(C::Id.eq(id.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Ends an import.
pub async fn finish<C: ConnectionTrait>(
    connection: &C,
    id: &ImportId,
    state: ImportState,
    error_file_key: Option<&str>,
    now_ms: i64,
) -> Result<(), DbErr> {
    imports::Entity::update_many()
        .col_expr(imports::Column::State, Expr::value(state.as_str()))
        .col_expr(imports::Column::ErrorFileKey, Expr::value(error_file_key.map(str::to_owned)))
        .col_expr(imports::Column::FinishedAt, Expr::value(now_ms))
        .filter(imports::Column::Id.eq(id.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Remembers new payable fees until people are told.
pub async fn add_postings<C: ConnectionTrait>(
    connection: &C,
    id: &ImportId,
    postings: &BTreeMap<(UnitId, String), Posting>,
) -> Result<(), DbErr> {
    use import_postings::Column as C;
    let rows = postings.iter().map(|((unit, phone), posting)| import_postings::ActiveModel {
        import_id: Set(id.to_string()),
        unit_id: Set(unit.to_string()),
        applicant_phone: Set(BlindIndex::of(phone)),
        applicant_sealed: Set(Some(Findable::from(phone))),
        fee_count: Set(posting.fee_count),
        amount_fen: Set(posting.amount_fen),
    });
    let excluded = |column: C| Expr::col((Alias::new("excluded"), column));
    let sum = |column: C| Expr::col((import_postings::Entity, column)).add(excluded(column));
    let update = OnConflict::columns([C::ImportId, C::UnitId, C::ApplicantPhone])
        .value(C::FeeCount, sum(C::FeeCount))
        .value(C::AmountFen, sum(C::AmountFen))
        .to_owned();
    for batch in row_batches(rows) {
        import_postings::Entity::insert_many(batch)
            .on_conflict(update.clone())
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

/// Takes some postings out, to tell people of them in the same transaction.
pub async fn take_postings<C: ConnectionTrait>(
    connection: &C,
    id: &ImportId,
    limit: u64,
) -> Result<Vec<(String, String, Posting)>, DbErr> {
    use import_postings::Column as C;
    let rows = import_postings::Entity::find()
        .filter(C::ImportId.eq(id.as_str()))
        .order_by_asc(C::UnitId)
        .order_by_asc(C::ApplicantPhone)
        .limit(limit)
        .lock_exclusive()
        .all(connection)
        .await?;
    let Some(last) = rows.last() else { return Ok(Vec::new()) };
    let up_to_last = C::UnitId
        .lt(last.unit_id.as_str())
        .or(C::UnitId.eq(last.unit_id.as_str()).and(C::ApplicantPhone.lte(last.applicant_phone.clone())));
    import_postings::Entity::delete_many()
        .filter(C::ImportId.eq(id.as_str()))
        .filter(up_to_last)
        .exec(connection)
        .await?;
    let posting = |row: &import_postings::Model| Posting { fee_count: row.fee_count, amount_fen: row.amount_fen };
    // A posting from before phones were sealed says the phone where the index stands now.
    let phone = |row: &import_postings::Model| match &row.applicant_sealed {
        Some(phone) => phone.clone().into(),
        None => row.applicant_phone.as_str().to_owned(),
    };
    Ok(rows.into_iter().map(|row| (row.unit_id.clone(), phone(&row), posting(&row))).collect())
}

/// The answer that was given to a request id, with the hash of that request.
pub async fn earlier_answer<C: ConnectionTrait>(
    connection: &C,
    request_id: &str,
) -> Result<Option<(String, String)>, DbErr> {
    let row = integration_requests::Entity::find_by_id(request_id).one(connection).await?;
    Ok(row.map(|row| (row.request_hash, row.answer)))
}

/// Keeps the answer to a request id; the first one stays.
pub async fn keep_answer<C: ConnectionTrait>(
    connection: &C,
    request_id: &str,
    request_hash: &str,
    answer: String,
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = integration_requests::ActiveModel {
        request_id: Set(request_id.to_owned()),
        request_hash: Set(request_hash.to_owned()),
        answer: Set(answer),
        created_at: Set(now_ms),
    };
    integration_requests::Entity::insert(row)
        .on_conflict(OnConflict::column(integration_requests::Column::RequestId).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
