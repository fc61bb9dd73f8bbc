//! Keeping days and differences.

use std::collections::HashSet;

use foundation::calendar::print_date;
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;

use super::bills::Bills;
use super::compare::Books;
use super::entity::{billed_refunds, core_ledger_days, core_ledger_entries, differences, reconciliation_days};
use super::model::{DayState, DifferenceId, Found};
use crate::app::App;

const ROWS_AT_ONCE: usize = 200;
/// Who settled what fits again at a later comparison.
const SYSTEM: &str = "system";

/// Everything a comparison came to.
pub struct Compared {
    pub day: Date,
    pub bills: Bills,
    pub books: Books,
    pub core_fen: Option<i64>,
    pub found: Vec<Found>,
}

pub async fn find_day<C: ConnectionTrait>(
    connection: &C,
    day: Date,
) -> Result<Option<reconciliation_days::Model>, DbErr> {
    reconciliation_days::Entity::find_by_id(print_date(day)).one(connection).await
}

/// The first day that was ever compared; nothing before there is one.
pub async fn first_compared<C: ConnectionTrait>(connection: &C) -> Result<Option<String>, DbErr> {
    use reconciliation_days::{Column, Entity};
    Entity::find().select_only().column(Column::Day).order_by_asc(Column::Day).into_tuple().one(connection).await
}

/// The last day that was compared; nothing before there is one.
pub async fn last_compared<C: ConnectionTrait>(connection: &C) -> Result<Option<String>, DbErr> {
    use reconciliation_days::{Column, Entity};
    Entity::find().select_only().column(Column::Day).order_by_desc(Column::Day).into_tuple().one(connection).await
}

/// The days of this time that were compared, both ends among them.
pub async fn compared_between<C: ConnectionTrait>(
    connection: &C,
    from: Date,
    to: Date,
) -> Result<HashSet<String>, DbErr> {
    use reconciliation_days::{Column, Entity};
    let days =
        Entity::find().select_only().column(Column::Day).filter(Column::Day.between(print_date(from), print_date(to)));
    let days: Vec<String> = days.into_tuple().all(connection).await?;
    Ok(days.into_iter().collect())
}

/// Whether the books of a day are closed: nothing that stands in them may change any more. An open day is held, so that nobody
/// closes it before the transaction ends.
pub async fn is_closed<C: ConnectionTrait>(connection: &C, day: Date) -> Result<bool, DbErr> {
    use reconciliation_days::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::RunAt, Expr::col(Column::RunAt))
        .filter(Column::Day.eq(print_date(day)))
        .exec(connection)
        .await?;
    Ok(find_day(connection, day).await?.is_some_and(|row| row.state == DayState::Closed.as_str()))
}

/// Keeps a comparison in one transaction: new differences are opened, open ones that are gone are settled by themselves,
/// what a person settled stays settled. A day that was closed meanwhile stays as it is: false.
pub async fn keep(app: &App, compared: &Compared) -> Result<bool, Problem> {
    let now = app.now_ms();
    let day = print_date(compared.day);
    let transaction = app.database.begin_write().await?;
    write_day(&*transaction, compared, now).await?;
    let row = find_day(&*transaction, compared.day).await?.ok_or_else(|| Problem::internal("the day vanished"))?;
    if row.state == DayState::Closed.as_str() {
        return Ok(false);
    }
    name_refunds(&*transaction, compared).await?;
    settle_gone(&*transaction, &day, &compared.found, now).await?;
    open_new(&*transaction, &day, &compared.found, now).await?;
    refresh_state(&*transaction, &day).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn write_day<C: ConnectionTrait>(connection: &C, compared: &Compared, now: i64) -> Result<(), DbErr> {
    use reconciliation_days::{ActiveModel, Column, Entity};
    let (channel_count, channel_fen) = compared.bills.payments();
    let row = ActiveModel {
        day: Set(print_date(compared.day)),
        state: Set(DayState::None.as_str().to_owned()),
        channel_count: Set(channel_count),
        channel_fen: Set(channel_fen),
        channel_refund_fen: Set(compared.bills.refunds_fen()),
        charge_fen: Set(compared.bills.charge_fen),
        books_count: Set(compared.books.payments.len() as i64),
        books_fen: Set(compared.books.payments.iter().map(|payment| payment.amount_fen).sum()),
        books_refund_fen: Set(compared.books.refunds.iter().map(|refund| refund.amount_fen).sum()),
        core_fen: Set(compared.core_fen),
        trade_bill_sha1: Set(compared.bills.trade_sha1.clone()),
        fund_flow_sha1: Set(compared.bills.flow_sha1.clone()),
        flow_net_fen: Set(Some(compared.bills.flow_net_fen)),
        run_at: Set(now),
        closed_at: Set(None),
        closed_by: Set(None),
    };
    let renewed = [
        Column::ChannelCount,
        Column::ChannelFen,
        Column::ChannelRefundFen,
        Column::ChargeFen,
        Column::BooksCount,
        Column::BooksFen,
        Column::BooksRefundFen,
        Column::CoreFen,
        Column::TradeBillSha1,
        Column::FundFlowSha1,
        Column::FlowNetFen,
        Column::RunAt,
    ];
    let unless_closed = Expr::col((Entity, Column::State)).ne(DayState::Closed.as_str());
    let conflict = OnConflict::column(Column::Day).update_columns(renewed).action_and_where(unless_closed).to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

async fn name_refunds<C: ConnectionTrait>(connection: &C, compared: &Compared) -> Result<(), DbErr> {
    let day = print_date(compared.day);
    let rows: Vec<_> = compared
        .bills
        .lines
        .iter()
        .filter_map(|line| line.out_refund_no.clone())
        .map(|number| billed_refunds::ActiveModel { out_refund_no: Set(number), day: Set(day.clone()) })
        .collect();
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        let keep_first = OnConflict::column(billed_refunds::Column::OutRefundNo).do_nothing().to_owned();
        billed_refunds::Entity::insert_many(chunk.to_vec())
            .on_conflict(keep_first)
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

async fn settle_gone<C: ConnectionTrait>(connection: &C, day: &str, found: &[Found], now: i64) -> Result<(), DbErr> {
    let open = differences::Entity::find()
        .filter(differences::Column::Day.eq(day))
        .filter(differences::Column::State.eq("open"))
        .all(connection)
        .await?;
    let still = |row: &differences::Model| {
        found.iter().any(|found| found.kind.as_str() == row.kind && found.reference == row.reference)
    };
    for row in open.into_iter().filter(|row| !still(row)) {
        settle(connection, &row.id, SYSTEM, "重新对账后两边一致", now).await?;
    }
    Ok(())
}

async fn open_new<C: ConnectionTrait>(connection: &C, day: &str, found: &[Found], now: i64) -> Result<(), DbErr> {
    use differences::{ActiveModel, Column, Entity};
    let rows: Vec<ActiveModel> = found
        .iter()
        .map(|found| ActiveModel {
            id: Set(DifferenceId::new().to_string()),
            day: Set(day.to_owned()),
            kind: Set(found.kind.as_str().to_owned()),
            reference: Set(found.reference.clone()),
            channel_fen: Set(found.channel_fen),
            books_fen: Set(found.books_fen),
            state: Set("open".to_owned()),
            settled_by: Set(None),
            settled_at: Set(None),
            note: Set(None),
            created_at: Set(now),
        })
        .collect();
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        let known = OnConflict::columns([Column::Day, Column::Kind, Column::Reference])
            .update_columns([Column::ChannelFen, Column::BooksFen])
            .to_owned();
        Entity::insert_many(chunk.to_vec()).on_conflict(known).exec_without_returning(connection).await?;
    }
    // What the system itself settled and found again is open again; what a person explained is not.
    for found in found {
        Entity::update_many()
            .col_expr(Column::State, Expr::value("open"))
            .filter(Column::Day.eq(day))
            .filter(Column::Kind.eq(found.kind.as_str()))
            .filter(Column::Reference.eq(&found.reference))
            .filter(Column::SettledBy.eq(SYSTEM))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Moves an open difference to settled; false if it was not open.
pub async fn settle<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    by: &str,
    note: &str,
    now: i64,
) -> Result<bool, DbErr> {
    use differences::{Column, Entity};
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value("settled"))
        .col_expr(Column::SettledBy, Expr::value(by))
        .col_expr(Column::SettledAt, Expr::value(now))
        .col_expr(Column::Note, Expr::value(note))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq("open"));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// How many differences of a day are open.
pub async fn open_count<C: ConnectionTrait>(connection: &C, day: &str) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait;
    let open = differences::Entity::find()
        .filter(differences::Column::Day.eq(day))
        .filter(differences::Column::State.eq("open"));
    open.count(connection).await
}

/// How many differences are open, over all days.
pub async fn open_in_all<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait;
    // In the text of the statement, so that a prepared one uses the partial index.
    differences::Entity::find().filter(Expr::cust("state = 'open'")).count(connection).await
}

/// Brings the state of a day in line with its open differences; a closed day stays closed.
pub async fn refresh_state<C: ConnectionTrait>(connection: &C, day: &str) -> Result<(), DbErr> {
    use reconciliation_days::{Column, Entity};
    let state = if open_count(connection, day).await? == 0 { DayState::Balanced } else { DayState::Differences };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .filter(Column::Day.eq(day))
        .filter(Column::State.ne(DayState::Closed.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Which of these refunds a bill of another day has named.
pub async fn named_elsewhere<C: ConnectionTrait>(
    connection: &C,
    day: &str,
    numbers: &[String],
) -> Result<Vec<String>, DbErr> {
    let mut named = Vec::new();
    for chunk in numbers.chunks(ROWS_AT_ONCE) {
        let rows = billed_refunds::Entity::find()
            .filter(billed_refunds::Column::OutRefundNo.is_in(chunk.iter().map(String::as_str)))
            .filter(billed_refunds::Column::Day.ne(day))
            .all(connection)
            .await?;
        named.extend(rows.into_iter().map(|row| row.out_refund_no));
    }
    Ok(named)
}

/// What the core system says of a day: number of the order and fen; nothing if it has not told yet.
pub async fn core_ledger<C: ConnectionTrait>(connection: &C, day: &str) -> Result<Option<Vec<(String, i64)>>, DbErr> {
    if core_ledger_days::Entity::find_by_id(day).one(connection).await?.is_none() {
        return Ok(None);
    }
    let rows = core_ledger_entries::Entity::find().filter(core_ledger_entries::Column::Day.eq(day)).all(connection);
    Ok(Some(rows.await?.into_iter().map(|row| (row.order_no, row.amount_fen)).collect()))
}
