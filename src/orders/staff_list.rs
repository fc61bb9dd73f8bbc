//! Orders as the institute's people look for them: all units, page by page.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::search::{ORDERS, containing};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::entity::orders::{Column, Entity};
use super::store::OrderRow;

/// What is looked for. Only for those who may see the orders of everybody.
#[derive(Debug, Clone, Default)]
pub struct StaffOrderSearch {
    /// Stored states.
    pub states: Vec<&'static str>,
    /// Stored method.
    pub method: Option<String>,
    /// Made at or after, epoch milliseconds.
    pub from: Option<i64>,
    /// Made before, epoch milliseconds.
    pub until: Option<i64>,
    /// Only those that a line of the bank may still bring money to: waiting, or paid on somebody's word.
    pub takes_money: bool,
    /// Part of order number, unit name, report number or registration code; several words narrow each other.
    pub q: Option<String>,
}

/// One page, newest first.
pub async fn staff_page<C: ConnectionTrait>(
    connection: &C,
    search: &StaffOrderSearch,
    wanted: &PageRequest,
) -> Result<Page<OrderRow>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if !search.states.is_empty() {
        select = select.filter(Column::State.is_in(search.states.iter().copied()));
    }
    if search.takes_money {
        let said = Expr::cust(
            "paid_by IN ('remittance', 'transfer') AND received_fen < amount_fen AND state IN ('paid', 'completed')",
        );
        select = select.filter(Column::State.is_in(["pending_payment", "paying"]).or(said));
    }
    if let Some(method) = search.method.as_deref().filter(|method| !method.is_empty()) {
        select = select.filter(Column::Method.eq(method));
    }
    if let Some(from) = search.from {
        select = select.filter(Column::CreatedAt.gte(from));
    }
    if let Some(until) = search.until {
        select = select.filter(Column::CreatedAt.lt(until));
    }
    select = select.filter(containing(connection, ORDERS, search.q.as_deref().unwrap_or("")));
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone()))
}

/// Selects the ids of the orders that a search word fits: for lists of what belongs to orders.
pub fn order_ids_matching<C: ConnectionTrait>(connection: &C, form: &str) -> SelectStatement {
    Query::select().column(Column::Id).from(Entity).cond_where(containing(connection, ORDERS, form)).to_owned()
}

/// What was paid on one day in Beijing by one method.
#[derive(Debug, Clone, FromQueryResult)]
pub struct DayAndMethod {
    /// Days since 1970-01-01 in Beijing.
    pub day: i64,
    /// Stored method.
    pub method: String,
    /// Orders.
    pub count: i64,
    /// Fen.
    pub amount_fen: i64,
}

fn day_of_payment() -> SimpleExpr {
    Expr::col(Column::PaidAt).add(28_800_000i64).div(86_400_000i64)
}

/// Selects `id`, `day` (days since 1970-01-01 in Beijing) and `method` of the orders paid between two moments (epoch
/// milliseconds): to be joined by who knows more of how they were paid.
pub fn paid_days(from: i64, until: i64) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .expr_as(day_of_payment(), Alias::new("day"))
        .column(Column::Method)
        .from(Entity)
        .and_where(Expr::col(Column::PaidAt).gte(from))
        .and_where(Expr::col(Column::PaidAt).lt(until))
        .to_owned()
}

/// Orders paid between two moments (epoch milliseconds), by day and method.
pub async fn payments_by_day<C: ConnectionTrait>(
    connection: &C,
    from: i64,
    until: i64,
) -> Result<Vec<DayAndMethod>, Problem> {
    let rows = Entity::find()
        .select_only()
        .expr_as(day_of_payment(), "day")
        .column(Column::Method)
        .column_as(Column::Id.count(), "count")
        .column_as(Expr::col(Column::AmountFen).sum().cast_as(Alias::new("bigint")), "amount_fen")
        .filter(Column::PaidAt.gte(from))
        .filter(Column::PaidAt.lt(until))
        .group_by(Expr::cust("1"))
        .group_by(Column::Method)
        .order_by_asc(Expr::cust("1"))
        .into_model::<DayAndMethod>()
        .all(connection)
        .await?;
    Ok(rows)
}
