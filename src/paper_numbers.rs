//! Numbers of papers that people read out and write down: two capitals, year, day of the year, a sequence of the day (S0-48).

use foundation::calendar::beijing_date;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DbErr};

/// What is numbered; each counts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 缴款订单.
    Order,
    /// 注册申请.
    Registration,
    /// 欠费申请.
    Credit,
}

impl Paper {
    const ALL: [Paper; 3] = [Paper::Order, Paper::Registration, Paper::Credit];

    fn letters(self) -> &'static str {
        match self {
            Paper::Order => "WT",
            Paper::Registration => "ZC",
            Paper::Credit => "QF",
        }
    }

    /// Where its sequence of a day is kept: that of orders was there before the others, and has no letters.
    fn key(self, day: &str) -> String {
        match self {
            Paper::Order => day.to_owned(),
            Paper::Registration | Paper::Credit => format!("{}{day}", self.letters()),
        }
    }
}

/// So many numbers nobody gives on one day.
const SKIPPED: i64 = 100_000;

/// The next number of the day that `now_ms` (epoch milliseconds) falls on in Beijing; part of the transaction that makes the
/// paper.
pub async fn next_number<C: ConnectionTrait>(connection: &C, paper: Paper, now_ms: i64) -> Result<String, DbErr> {
    let day = day_text(now_ms);
    let sequence = advance(connection, &paper.key(&day), 1).await?;
    Ok(format!("{}{day}{sequence:06}", paper.letters()))
}

/// Goes on far behind the numbers of the day that may have been given since a copy was made: whoever goes back to the copy does
/// not know them any more, but payers, the bank and the fiscal system do, and would take the next order for the lost one.
pub async fn skip_numbers<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<(), DbErr> {
    let day = day_text(now_ms);
    for paper in Paper::ALL {
        advance(connection, &paper.key(&day), SKIPPED).await?;
    }
    Ok(())
}

fn day_text(now_ms: i64) -> String {
    let date = beijing_date(now_ms);
    format!("{:04}{:03}", date.year(), date.ordinal())
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
    let row = row.ok_or_else(|| DbErr::Custom("the number of a paper was not returned".to_owned()))?;
    row.try_get("", "last")
}
