//! The list that most visits begin with, in one statement: a page of what somebody may pay, with the names of the payees,
//! and count and sum of everything that matches, as of the same moment.

use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, CommonTableExpression, Condition, Expr, WithClause};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, RelationDef, Select,
};

use super::entity::{fees, payees};
use super::model::Fee;
use super::store::{FeeTotal, fee_of_row, payable, payable_total, sum_of_amounts};
use crate::accounts::Scope;

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
    let newest = |select: Select<fees::Entity>| {
        let select = select.order_by_desc(fees::Column::Id).limit(page.limit() + 1);
        match page.after_key() {
            Some(after) => select.filter(fees::Column::Id.lt(after)),
            None => select,
        }
    };
    let mut select = match search {
        // Looked for in the index alone, which carries the searched text; only what is shown is fetched.
        Some(_) => {
            let found = newest(payable(scope, search)).select_only().column(fees::Column::Id);
            fees::Entity::find()
                .filter(fees::Column::Id.in_subquery(found.into_query()))
                .order_by_desc(fees::Column::Id)
        }
        None => newest(payable(scope, search)),
    };
    select = select
        .join(JoinType::LeftJoin, to_payee)
        .column_as(payees::Column::Name, PAYEE)
        .column_as(Expr::col((Alias::new(TOTAL), Alias::new(COUNT))), COUNT)
        .column_as(Expr::col((Alias::new(TOTAL), Alias::new(AMOUNT))), AMOUNT);
    let total = payable(scope, search)
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), COUNT)
        .column_as(sum_of_amounts(), AMOUNT)
        .into_query();
    // Added up once, whatever the planner thinks of it: joined as it is, PostgreSQL adds up anew for each row of the page.
    let mut once = CommonTableExpression::new();
    once.table_name(Alias::new(TOTAL)).query(total).materialized(true);
    let always = Condition::all().add(Expr::cust("1 = 1"));
    // On the right of a left join: the page keeps the order of its index.
    QueryTrait::query(&mut select).with_cte(WithClause::new().cte(once).to_owned()).join(
        JoinType::LeftJoin,
        Alias::new(TOTAL),
        always,
    );
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
