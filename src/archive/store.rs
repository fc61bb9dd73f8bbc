//! Which files there are.

use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr, Order, QueryResult};

/// Where the rows of an archive are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveState {
    /// In the file alone.
    Kept,
    /// In the file, and in the table again.
    Back,
}

impl ArchiveState {
    fn as_str(self) -> &'static str {
        match self {
            ArchiveState::Kept => "kept",
            ArchiveState::Back => "back",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            ArchiveState::Kept => "已归档",
            ArchiveState::Back => "已取回",
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Which.
    pub id: String,
    /// Code of the source.
    pub source: String,
    /// Where its rows are.
    pub state: ArchiveState,
    /// When its first row came, epoch milliseconds.
    pub first_at: i64,
    /// When its last row came, epoch milliseconds.
    pub last_at: i64,
    /// Rows.
    pub rows: i64,
    /// In the file store.
    pub file_key: String,
    /// SHA-256 of the compressed file, hex.
    pub sha256: String,
    /// Size of the compressed file.
    pub bytes: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
}

const COLUMNS: [&str; 10] =
    ["id", "source", "state", "first_at", "last_at", "row_count", "file_key", "sha256", "bytes", "created_at"];

fn of_row(row: &QueryResult) -> Result<Archive, DbErr> {
    let state: String = row.try_get("", "state")?;
    Ok(Archive {
        id: row.try_get("", "id")?,
        source: row.try_get("", "source")?,
        state: if state == "back" { ArchiveState::Back } else { ArchiveState::Kept },
        first_at: row.try_get("", "first_at")?,
        last_at: row.try_get("", "last_at")?,
        rows: row.try_get("", "row_count")?,
        file_key: row.try_get("", "file_key")?,
        sha256: row.try_get("", "sha256")?,
        bytes: row.try_get("", "bytes")?,
        created_at: row.try_get("", "created_at")?,
    })
}

/// All files of a source, or of all sources, oldest rows first.
///
/// # Errors
/// When the database does not answer.
pub async fn list<C: ConnectionTrait>(connection: &C, source: Option<&str>) -> Result<Vec<Archive>, Problem> {
    let mut select = Query::select();
    select.columns(COLUMNS.map(Alias::new)).from(Alias::new("archives"));
    if let Some(source) = source {
        select.and_where(Expr::col(Alias::new("source")).eq(source));
    }
    select.order_by(Alias::new("source"), Order::Asc).order_by(Alias::new("first_at"), Order::Asc);
    let rows = connection.query_all(&select).await?;
    Ok(rows.iter().map(of_row).collect::<Result<_, _>>()?)
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<Archive>, DbErr> {
    let mut select = Query::select();
    select.columns(COLUMNS.map(Alias::new)).from(Alias::new("archives")).and_where(Expr::col(Alias::new("id")).eq(id));
    connection.query_one(&select).await?.map(|row| of_row(&row)).transpose()
}

/// Makes a file known, unless it is: rows that were brought back often go into the very file they came from.
pub(super) async fn make_known<C: ConnectionTrait>(connection: &C, archive: &Archive) -> Result<(), DbErr> {
    let known = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("archives"))
        .and_where(Expr::col(Alias::new("source")).eq(archive.source.as_str()))
        .and_where(Expr::col(Alias::new("first_at")).eq(archive.first_at))
        .and_where(Expr::col(Alias::new("file_key")).eq(archive.file_key.as_str()))
        .limit(1)
        .to_owned();
    if connection.query_one(&known).await?.is_some() {
        return Ok(());
    }
    let insert = Query::insert()
        .into_table(Alias::new("archives"))
        .columns(COLUMNS.map(Alias::new))
        .values_panic([
            archive.id.clone().into(),
            archive.source.clone().into(),
            archive.state.as_str().into(),
            archive.first_at.into(),
            archive.last_at.into(),
            archive.rows.into(),
            archive.file_key.clone().into(),
            archive.sha256.clone().into(),
            archive.bytes.into(),
            archive.created_at.into(),
        ])
        .to_owned();
    connection.execute(&insert).await.map(|_| ())
}

/// The rows are in the table, at least until then: also when they were brought back before.
pub(super) async fn note_back<C: ConnectionTrait>(connection: &C, id: &str, until_ms: i64) -> Result<(), DbErr> {
    let update = Query::update()
        .table(Alias::new("archives"))
        .value(Alias::new("state"), ArchiveState::Back.as_str())
        .value(Alias::new("back_until"), until_ms)
        .and_where(Expr::col(Alias::new("id")).eq(id))
        .to_owned();
    connection.execute(&update).await.map(|_| ())
}

/// Back → kept, for all of a source whose time is over: their rows leave the table now. Whoever brings one of them back at
/// this moment is waited for.
pub(super) async fn end_time_back<C: ConnectionTrait>(connection: &C, source: &str, now_ms: i64) -> Result<(), DbErr> {
    let update = Query::update()
        .table(Alias::new("archives"))
        .value(Alias::new("state"), ArchiveState::Kept.as_str())
        .value(Alias::new("back_until"), None::<i64>)
        .and_where(Expr::col(Alias::new("source")).eq(source))
        .and_where(Expr::col(Alias::new("back_until")).lte(now_ms))
        .to_owned();
    connection.execute(&update).await.map(|_| ())
}

/// Whether rows of this source were brought back and are still wanted.
pub(super) async fn is_wanted<C: ConnectionTrait>(connection: &C, source: &str, now_ms: i64) -> Result<bool, DbErr> {
    let select = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("archives"))
        .and_where(Expr::col(Alias::new("source")).eq(source))
        .and_where(Expr::col(Alias::new("back_until")).gt(now_ms))
        .limit(1)
        .to_owned();
    Ok(connection.query_one(&select).await?.is_some())
}
