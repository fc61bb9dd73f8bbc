//! Lists of orders and of their lines, page by page.

use foundation::calendar::{beijing_date, print_date};
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::Deserialize;
use utoipa::ToSchema;

use super::entity::{order_lines, orders};
use super::model::OrderState;
use super::store::{LineFacts, OrderRow};
use crate::accounts::Scope;

/// The four entries of the home page (S0-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderTab {
    /// 待支付.
    PendingPayment,
    /// 已支付.
    Paid,
    /// 已完成.
    Completed,
    /// 已作废, and those whose money is all back.
    Void,
}

impl OrderTab {
    fn states(self) -> &'static [OrderState] {
        match self {
            OrderTab::PendingPayment => &[OrderState::PendingPayment, OrderState::Paying],
            OrderTab::Paid => &[OrderState::Paid, OrderState::Refunding],
            OrderTab::Completed => &[OrderState::Completed],
            OrderTab::Void => &[OrderState::Void, OrderState::Refunded],
        }
    }
}

/// What is searched for.
#[derive(Debug, Clone, Default)]
pub struct OrderSearch {
    /// One of the four entries; nothing = all.
    pub tab: Option<OrderTab>,
    /// Year in Beijing (S0-48).
    pub year: Option<i64>,
    /// Part of order number, unit name, report number or registration code.
    pub q: Option<String>,
}

/// One page of the scope's orders, newest first.
pub async fn order_page<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    search: &OrderSearch,
    page: &PageRequest,
) -> Result<Page<OrderRow>, Problem> {
    let mut select = scope.select::<orders::Entity>().order_by_desc(orders::Column::Id).limit(page.limit() + 1);
    if let Some(tab) = search.tab {
        select = select.filter(orders::Column::State.is_in(tab.states().iter().map(|state| state.as_str())));
    }
    if let Some(year) = search.year {
        select = select.filter(orders::Column::Year.eq(year));
    }
    let form = search_form(search.q.as_deref().unwrap_or(""));
    if !form.is_empty() {
        let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
        select = select.filter(Expr::col(orders::Column::SearchText).like(pattern));
    }
    if let Some(after) = page.after_key() {
        select = select.filter(orders::Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, page.limit(), |row| row.id.clone()))
}

/// Years in which the scope has orders, newest first.
pub async fn years<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<Vec<i64>, Problem> {
    let years = scope
        .select::<orders::Entity>()
        .select_only()
        .column(orders::Column::Year)
        .distinct()
        .order_by_desc(orders::Column::Year)
        .into_tuple::<i64>()
        .all(connection)
        .await?;
    Ok(years)
}

/// Selects the ids of the scope's orders: for lists of what belongs to orders.
pub fn ids_in_scope(scope: &Scope) -> SelectStatement {
    scope.select::<orders::Entity>().select_only().column(orders::Column::Id).into_query()
}

/// The scope's orders whose money came from `from_ms` on and before `until_ms`, both beginnings of a day in Beijing, oldest
/// first, also those that went back since. Money of bank and window came on the day that they booked it.
pub async fn paid_in_scope<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    from_ms: i64,
    until_ms: i64,
) -> Result<Vec<OrderRow>, Problem> {
    let day = |at_ms| print_date(beijing_date(at_ms));
    let came = Condition::all()
        .add(orders::Column::PaidAt.is_not_null())
        .add(orders::Column::CameOn.gte(day(from_ms)))
        .add(orders::Column::CameOn.lt(day(until_ms)));
    let booked = Condition::all()
        .add(orders::Column::CameOn.is_null())
        .add(orders::Column::PaidAt.gte(from_ms))
        .add(orders::Column::PaidAt.lt(until_ms));
    let rows = scope
        .select::<orders::Entity>()
        .filter(Condition::any().add(came).add(booked))
        .order_by_asc(orders::Column::PaidAt)
        .order_by_asc(orders::Column::Id)
        .all(connection)
        .await?;
    Ok(rows)
}

/// One page of an order's lines; the caller has already found the order in the scope.
pub async fn line_page<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    page: &PageRequest,
) -> Result<Page<LineFacts>, Problem> {
    let mut select = order_lines::Entity::find()
        .filter(order_lines::Column::OrderId.eq(order_id))
        .order_by_asc(order_lines::Column::Position)
        .limit(page.limit() + 1);
    if let Some(position) = page.after_number()? {
        select = select.filter(order_lines::Column::Position.gt(position));
    }
    let rows = select.all(connection).await?;
    let rows: Vec<LineFacts> = rows.into_iter().map(LineFacts::from).collect();
    Ok(Page::from_rows(rows, page.limit(), |line| line.position.to_string()))
}

/// Orders that hold or once held a fee, newest first.
pub async fn orders_of_fee<C: ConnectionTrait>(connection: &C, fee_id: &str) -> Result<Vec<String>, Problem> {
    let ids = order_lines::Entity::find()
        .filter(order_lines::Column::FeeId.eq(fee_id))
        .select_only()
        .column(order_lines::Column::OrderId)
        .order_by_desc(order_lines::Column::OrderId)
        .limit(100)
        .into_tuple::<String>()
        .all(connection)
        .await?;
    Ok(ids)
}

/// Orders by their numbers.
pub async fn ids_of_numbers<C: ConnectionTrait>(connection: &C, numbers: &[String]) -> Result<Vec<String>, Problem> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let found = orders::Entity::find().filter(orders::Column::OrderNo.is_in(numbers));
    ids_of(connection, found).await
}

/// Orders that wait for exactly this amount, newest first; at most 50.
pub async fn waiting_of_amount<C: ConnectionTrait>(connection: &C, amount_fen: i64) -> Result<Vec<String>, Problem> {
    ids_of(connection, waiting().filter(orders::Column::AmountFen.eq(amount_fen))).await
}

/// Orders that were paid because somebody said so and lack exactly this of the bank's money, newest first; at most 50.
pub async fn said_paid_of_amount<C: ConnectionTrait>(connection: &C, amount_fen: i64) -> Result<Vec<String>, Problem> {
    // In the words of the partial index.
    let said = Expr::cust("paid_by IN ('remittance', 'transfer') AND received_fen = 0");
    let select = orders::Entity::find().filter(orders::Column::AmountFen.eq(amount_fen)).filter(said);
    ids_of(connection, select).await
}

/// Orders of a unit of this name that wait for money, newest first; at most 50. Full-width brackets and blanks of banks do
/// not matter.
pub async fn waiting_of_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Vec<String>, Problem> {
    let half = foundation::text::fold_width(name.trim());
    let full = half.replace('(', "（").replace(')', "）");
    let names = [name.trim().to_owned(), half, full];
    if names[0].is_empty() {
        return Ok(Vec::new());
    }
    ids_of(connection, waiting().filter(orders::Column::UnitName.is_in(names))).await
}

/// The state stands in the text of the statement: only then does a prepared one use the index of waiting orders.
fn waiting() -> sea_orm::Select<orders::Entity> {
    orders::Entity::find().filter(Expr::col(orders::Column::State).eq(Expr::cust("'pending_payment'")))
}

async fn ids_of<C: ConnectionTrait>(
    connection: &C,
    select: sea_orm::Select<orders::Entity>,
) -> Result<Vec<String>, Problem> {
    let ids = select
        .select_only()
        .column(orders::Column::Id)
        .order_by_desc(orders::Column::Id)
        .limit(50)
        .into_tuple::<String>()
        .all(connection)
        .await?;
    Ok(ids)
}
