//! 缴款订单号: `WT` + year + day of the year + a sequence of the day (S0-48).

use foundation::calendar::beijing_date;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DbErr};

/// What numbers of the day begin with, by kind of paper: orders count without letters of their own.
const KINDS: [&str; 3] = ["", "ZC", "QF"];
/// So many numbers nobody gives on one day.
const SKIPPED: i64 = 100_000;

/// The next order number of the day that `now_ms` falls on in Beijing; part of the transaction that makes the order.
pub async fn next_order_no<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<String, DbErr> {
    let day = day_text(now_ms);
    let sequence = next_of(connection, &day).await?;
    Ok(format!("WT{day}{sequence:06}"))
}

/// The same for other papers, which count by themselves: `prefix` is two capitals of their own.
pub async fn next_number<C: ConnectionTrait>(connection: &C, prefix: &str, now_ms: i64) -> Result<String, DbErr> {
    debug_assert!(KINDS.contains(&prefix), "numbers of {prefix} are not skipped after a restore");
    let key = format!("{prefix}{}", day_text(now_ms));
    let sequence = next_of(connection, &key).await?;
    Ok(format!("{key}{sequence:06}"))
}

/// Goes on far behind the numbers of the day that may have been given since a copy was made: whoever goes back to the copy does
/// not know them any more, but payers, the bank and the fiscal system do, and would take the next order for the lost one.
pub async fn skip_numbers<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<(), DbErr> {
    for kind in KINDS {
        advance(connection, &format!("{kind}{}", day_text(now_ms)), SKIPPED).await?;
    }
    Ok(())
}

fn day_text(now_ms: i64) -> String {
    let date = beijing_date(now_ms);
    format!("{:04}{:03}", date.year(), date.ordinal())
}

async fn next_of<C: ConnectionTrait>(connection: &C, key: &str) -> Result<i64, DbErr> {
    advance(connection, key, 1).await
}

/// The last number of a day, `by` further than it was.
async fn advance<C: ConnectionTrait>(connection: &C, key: &str, by: i64) -> Result<i64, DbErr> {
    let table = Alias::new("order_numbers");
    let last = Alias::new("last");
    let statement = Query::insert()
        .into_table(table.clone())
        .columns([Alias::new("day"), last.clone()])
        .values_panic([key.into(), by.into()])
        .on_conflict(
            OnConflict::column(Alias::new("day"))
                .value(last.clone(), Expr::col((table, last.clone())).add(by))
                .to_owned(),
        )
        .returning_col(last)
        .to_owned();
    let row = connection.query_one(&statement).await?;
    let row = row.ok_or_else(|| DbErr::Custom("the order number was not returned".to_owned()))?;
    row.try_get("", "last")
}
