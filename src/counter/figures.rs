//! What service windows took: of a day for the dashboard, of an order for whoever gives money back.

use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use super::entity::counter_payments::{Column, Entity};
use super::receive::LIVE;
use crate::orders;

/// What windows took of the orders that were paid on one day, by the way to pay that the orders had.
#[derive(Debug, Clone, FromQueryResult)]
pub struct TakenOnDay {
    /// Days since 1970-01-01 in Beijing.
    pub day: i64,
    /// Stored method of the orders.
    pub method: String,
    /// Fen.
    pub amount_fen: i64,
}

/// The parts that came over the counter of orders paid between two moments (epoch milliseconds).
pub async fn taken_by_day<C: ConnectionTrait>(
    connection: &C,
    from: i64,
    until: i64,
) -> Result<Vec<TakenOnDay>, Problem> {
    let (paid, day, method) = (Alias::new("paid"), Alias::new("day"), Alias::new("method"));
    let of_paid = |column: &Alias| Expr::col((paid.clone(), column.clone()));
    let query = Query::select()
        .expr_as(of_paid(&day), day.clone())
        .expr_as(of_paid(&method), method.clone())
        .expr_as(Expr::col((Entity, Column::AmountFen)).sum().cast_as(Alias::new("bigint")), Alias::new("amount_fen"))
        .from(Entity)
        .join_subquery(
            JoinType::InnerJoin,
            orders::paid_days(from, until),
            paid.clone(),
            of_paid(&Alias::new("id")).equals((Entity, Column::OrderId)),
        )
        .and_where(Expr::col((Entity, Column::State)).eq(LIVE))
        .add_group_by([of_paid(&day), of_paid(&method)])
        .to_owned();
    Ok(TakenOnDay::find_by_statement(connection.get_database_backend().build(&query)).all(connection).await?)
}

/// What windows took for one order and did not undo, fen.
pub async fn taken_of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<i64, Problem> {
    let taken: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::AmountFen)
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::State.eq(LIVE))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(taken.into_iter().sum())
}
