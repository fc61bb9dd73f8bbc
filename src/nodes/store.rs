//! Rows of nodes.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Order, QueryResult};

use super::model::Node;

/// A node that is not heard of for so long is gone.
pub const GONE_AFTER_MS: i64 = 5 * 60_000;
/// A row from further in the future was written before the database's clock was put right, or by an older node, which writes by
/// its own clock.
pub const AHEAD_MAX_MS: i64 = 3_600_000;

const COLUMNS: [&str; 8] =
    ["id", "host", "address", "version", "key_marks", "works_on_jobs", "started_at", "clock_ahead_ms"];
/// On PostgreSQL, whoever holds this lock is the one node that begins.
const BEGINNING_LOCK: i64 = 7_346_201_957;

fn of_row(row: &QueryResult) -> Result<Node, DbErr> {
    let key_marks: String = row.try_get("", "key_marks")?;
    Ok(Node {
        id: row.try_get("", "id")?,
        host: row.try_get("", "host")?,
        address: row.try_get("", "address")?,
        version: row.try_get("", "version")?,
        key_marks: key_marks.split(',').filter(|mark| !mark.is_empty()).map(str::to_owned).collect(),
        works_on_jobs: row.try_get("", "works_on_jobs")?,
        started_at: row.try_get("", "started_at")?,
        silent_ms: row.try_get("", "silent_ms")?,
        clock_ahead_ms: row.try_get("", "clock_ahead_ms")?,
    })
}

/// The time of the one clock that all nodes share, epoch milliseconds: nodes may differ by as much as they like.
fn shared_clock<C: ConnectionTrait>(connection: &C) -> SimpleExpr {
    Expr::cust(match connection.get_database_backend() {
        DatabaseBackend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)",
        // Of the machine, which is the same for all nodes that share a file.
        _ => "CAST(unixepoch('now', 'subsec') * 1000 AS integer)",
    })
}

/// Waits until no other node is beginning; the next one waits until this transaction ends. On SQLite one transaction writes at
/// a time anyhow.
///
/// # Errors
/// When the others take too long.
pub(super) async fn begin_alone<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        connection.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({BEGINNING_LOCK})")).await?;
    }
    Ok(())
}

/// Nodes that are not gone, by machine and address, whatever their clocks say.
///
/// # Errors
/// When the database does not answer.
pub async fn living<C: ConnectionTrait>(connection: &C) -> Result<Vec<Node>, DbErr> {
    let silent_ms = shared_clock(connection).sub(Expr::col(Alias::new("seen_at")));
    let select = Query::select()
        .columns(COLUMNS.map(Alias::new))
        .expr_as(silent_ms, Alias::new("silent_ms"))
        .from(Alias::new("nodes"))
        .and_where(is_gone(connection).not())
        .order_by(Alias::new("host"), Order::Asc)
        .order_by(Alias::new("address"), Order::Asc)
        .order_by(Alias::new("id"), Order::Asc)
        .to_owned();
    connection.query_all(&select).await?.iter().map(of_row).collect()
}

/// Writes that a node lives, whose own clock says `own_ms`; whether it was known already. An older node judges
/// `seen_at` as ever, by its own clock.
pub(super) async fn note<C: ConnectionTrait>(connection: &C, node: &Node, own_ms: i64) -> Result<bool, DbErr> {
    let clock_ahead_ms = || Expr::val(own_ms).sub(shared_clock(connection));
    let update = Query::update()
        .table(Alias::new("nodes"))
        .value(Alias::new("seen_at"), shared_clock(connection))
        .value(Alias::new("clock_ahead_ms"), clock_ahead_ms())
        .and_where(Expr::col(Alias::new("id")).eq(node.id.as_str()))
        .to_owned();
    if connection.execute(&update).await?.rows_affected() == 1 {
        return Ok(true);
    }
    let insert = Query::insert()
        .into_table(Alias::new("nodes"))
        .columns(COLUMNS.into_iter().chain(["seen_at"]).map(Alias::new))
        .values_panic([
            node.id.clone().into(),
            node.host.clone().into(),
            node.address.clone().into(),
            node.version.clone().into(),
            node.key_marks.join(",").into(),
            node.works_on_jobs.into(),
            node.started_at.into(),
            clock_ahead_ms(),
            shared_clock(connection),
        ])
        .to_owned();
    connection.execute(&insert).await?;
    Ok(false)
}

/// Whether there is a row of a node that is gone.
pub(super) async fn is_somebody_gone<C: ConnectionTrait>(connection: &C) -> Result<bool, DbErr> {
    let select = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("nodes"))
        .and_where(is_gone(connection))
        .limit(1)
        .to_owned();
    Ok(connection.query_one(&select).await?.is_some())
}

/// Clears the rows of nodes that are gone.
pub(super) async fn clear_gone<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let delete = Query::delete().from_table(Alias::new("nodes")).and_where(is_gone(connection)).to_owned();
    connection.execute(&delete).await.map(|_| ())
}

/// Takes away what is left of the processes that listened there before this one: two do not listen at one place.
pub(super) async fn remove_former<C: ConnectionTrait>(connection: &C, node: &Node) -> Result<(), DbErr> {
    let same = |column: &'static str, value: &str| Expr::col(Alias::new(column)).eq(value);
    let delete = Query::delete()
        .from_table(Alias::new("nodes"))
        .and_where(same("host", &node.host))
        .and_where(same("address", &node.address))
        .and_where(Expr::col(Alias::new("id")).ne(node.id.as_str()))
        .to_owned();
    connection.execute(&delete).await.map(|_| ())
}

/// Takes the row of a node away.
pub(super) async fn remove<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    let delete =
        Query::delete().from_table(Alias::new("nodes")).and_where(Expr::col(Alias::new("id")).eq(id)).to_owned();
    connection.execute(&delete).await.map(|_| ())
}

fn is_gone<C: ConnectionTrait>(connection: &C) -> SimpleExpr {
    let seen_at = || Expr::col(Alias::new("seen_at"));
    let now = || shared_clock(connection);
    seen_at().lt(now().sub(GONE_AFTER_MS)).or(seen_at().gt(now().add(AHEAD_MAX_MS)))
}
