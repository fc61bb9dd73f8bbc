//! The list that most visits begin with, in one statement: a page of what somebody may pay, with the names of the payees,
//! and count and sum of everything that matches, as of the same moment.

use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Condition, Expr, ExprTrait, Order, Query, SelectStatement, WithClause,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, RelationDef, Select,
};

use super::entity::{fees, payees};
use super::model::Fee;
use super::store::{FeeTotal, fee_of_row, payable, payable_total, sum_of_amounts};
use crate::accounts::Scope;

const FOUND: &str = "found";
const TOTAL: &str = "total";
const COUNT: &str = "total_count";
const AMOUNT: &str = "total_amount_fen";
const PAYEE: &str = "payee_name";

/// A payable fee as the list shows it.
pub struct Listed {
    /// The fee.
    pub fee: Fee,
    /// Who receives the money.
    pub payee_name: String,
}

/// One page, newest first (S0-12…15), and the total of all pages (S0-09).
pub async fn payable_list<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    search: Option<&str>,
    page: &PageRequest,
) -> Result<(Page<Listed>, FeeTotal), Problem> {
    let to_payee: RelationDef =
        fees::Entity::belongs_to(payees::Entity).from(fees::Column::PayeeId).to(payees::Column::Id).into();
    let (mut select, with) = match search {
        Some(_) => looked_for(scope, search, page),
        None => all(scope, page),
    };
    select = select
        .order_by_desc(fees::Column::Id)
        .join(JoinType::LeftJoin, to_payee)
        .column_as(payees::Column::Name, PAYEE)
        .column_as(Expr::col((Alias::new(TOTAL), Alias::new(COUNT))), COUNT)
        .column_as(Expr::col((Alias::new(TOTAL), Alias::new(AMOUNT))), AMOUNT);
    let always = Condition::all().add(Expr::cust("1 = 1"));
    // On the right of a left join: the page keeps the order of its index.
    QueryTrait::query(&mut select).with_cte(with).join(JoinType::LeftJoin, Alias::new(TOTAL), always);
    let rows = connection.query_all(&select.into_query()).await?;
    let total = match (rows.first(), page.after_key()) {
        (Some(row), _) => total_of_row(row)?,
        // Behind the last page there is no row to read it from.
        (None, Some(_)) => payable_total(connection, scope, search).await?,
        (None, None) => FeeTotal::default(),
    };
    let listed = rows.iter().map(listed).collect::<Result<Vec<_>, _>>()?;
    Ok((Page::from_rows(listed, page.limit(), |row| row.fee.id.to_string()), total))
}

/// A page of everything, straight from the index of payable fees, and the total beside it.
fn all(scope: &Scope, page: &PageRequest) -> (Select<fees::Entity>, WithClause) {
    let mut newest = payable(scope, None).limit(page.limit() + 1);
    if let Some(after) = page.after_key() {
        newest = newest.filter(fees::Column::Id.lt(after));
    }
    (
        newest,
        WithClause::new()
            .cte(once(TOTAL, totals(QueryTrait::into_query(payable(scope, None).select_only()))))
            .to_owned(),
    )
}

/// A page of what matches. It is looked for in the index alone, which carries the searched text, and gone through once, for
/// page and total; only what is shown is fetched.
fn looked_for(scope: &Scope, search: Option<&str>, page: &PageRequest) -> (Select<fees::Entity>, WithClause) {
    let id = || Expr::col(Alias::new("id"));
    let found = payable(scope, search).select_only().columns([fees::Column::Id, fees::Column::AmountFen]).into_query();
    let mut newest = Query::select();
    newest.expr(id()).from(Alias::new(FOUND)).order_by_expr(id(), Order::Desc).limit(page.limit() + 1);
    if let Some(after) = page.after_key() {
        newest.and_where(id().lt(after));
    }
    let total = totals(Query::select().from(Alias::new(FOUND)).to_owned());
    let with = WithClause::new().cte(once(FOUND, found)).cte(once(TOTAL, total)).to_owned();
    (fees::Entity::find().filter(fees::Column::Id.in_subquery(newest)), with)
}

/// Count and sum of what `from` says.
fn totals(mut from: SelectStatement) -> SelectStatement {
    from.expr_as(Expr::cust("COUNT(*)"), Alias::new(COUNT)).expr_as(sum_of_amounts(), Alias::new(AMOUNT)).to_owned()
}

/// Worked out once, whatever the planner thinks of it: joined as it is, PostgreSQL adds up anew for each row of the page.
fn once(name: &'static str, query: SelectStatement) -> CommonTableExpression {
    let mut expression = CommonTableExpression::new();
    expression.table_name(Alias::new(name)).query(query).materialized(true);
    expression
}

fn listed(row: &QueryResult) -> Result<Listed, Problem> {
    let payee_name: Option<String> = row.try_get("", PAYEE)?;
    Ok(Listed {
        fee: fee_of_row(fees::Model::from_query_result(row, "")?)?,
        payee_name: payee_name.unwrap_or_default(),
    })
}

fn total_of_row(row: &QueryResult) -> Result<FeeTotal, Problem> {
    let amount_fen: Option<i64> = row.try_get("", AMOUNT)?;
    Ok(FeeTotal { count: row.try_get("", COUNT)?, amount: Fen(amount_fen.unwrap_or(0)) })
}
