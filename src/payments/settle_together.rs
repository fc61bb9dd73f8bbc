//! Booking payments that arrived together with as many statements as one needs. Only what is ordinary is booked here:
//! an attempt that is not paid yet, of an order that waits for money, at the right amount. Everything else is left to
//! [`super::settle::settle_in`], one by one.

use std::collections::HashSet;

use foundation::batches::values_table;
use foundation::jobs::{NewJob, enqueue_all};
use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait};
use wechat::pay::{Transaction, check_business};

use super::counts::Counts;
use super::entity::payment_attempts::{Column, Entity, Model as Attempt};
use super::model::AttemptState;
use super::settle::{Settled, expected, paid_at};
use super::store;
use super::watch::{JOB_WATCH, WatchJob};
use crate::app::App;
use crate::orders::{self, OrderRow, PaidOrder};

struct Ordinary<'a> {
    position: usize,
    attempt: &'a Attempt,
    order: &'a OrderRow,
    transaction_id: &'a str,
    paid_at: i64,
}

/// Books the ordinary ones among `found` in the transaction of the caller and says which; an error means that nothing may
/// be committed. The rows of all their orders are held from now on. `counts` are told after the commit.
pub(super) async fn settle_ordinary<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    found: &[&Transaction],
    counts: &mut Counts,
) -> Result<HashSet<usize>, Problem> {
    let now = app.now_ms();
    let numbers: Vec<&str> = found.iter().map(|found| found.out_trade_no.as_str()).collect();
    // The orders' rows first; what is read after that stays true until the commit.
    let orders = orders::lock_rows(connection, store::order_ids_of(&numbers)).await?;
    let attempts = store::attempts_of(connection, orders.keys().map(String::as_str)).await?;
    let mut taken = HashSet::new();
    let mut ordinary = Vec::new();
    for (position, found) in found.iter().enumerate() {
        let attempt = attempts.iter().find(|attempt| attempt.out_trade_no == found.out_trade_no);
        let Some(attempt) = attempt else { continue };
        let Some(order) = orders.get(&attempt.order_id) else { continue };
        let fits = attempt.state != AttemptState::Paid.as_str()
            && order.state()?.waits_for_money()
            // What got a part of its money another way is not ordinary.
            && order.received_fen == 0
            && check_business(found, &expected(attempt)).is_ok()
            // Of two payments for one order the second is not ordinary.
            && taken.insert(order.id.as_str());
        if fits {
            let transaction_id = found.transaction_id.as_deref().unwrap_or_default();
            ordinary.push(Ordinary { position, attempt, order, transaction_id, paid_at: paid_at(found, attempt, now) });
        }
    }
    if ordinary.is_empty() {
        return Ok(HashSet::new());
    }
    mark_attempts_paid(connection, &ordinary, now).await?;
    let paid: Vec<PaidOrder<'_>> = ordinary
        .iter()
        .map(|one| PaidOrder { order: one.order, attempt_id: &one.attempt.id, paid_at: one.paid_at })
        .collect();
    orders::mark_all_paid(connection, &paid, now).await?;
    watch_siblings(connection, &attempts, &ordinary, now).await?;
    let outcome = Settled::Paid.as_str();
    counts.add(metrics::counter!("tejian_payments_total", "outcome" => outcome), ordinary.len() as u64);
    Ok(ordinary.iter().map(|one| one.position).collect())
}

async fn mark_attempts_paid<C: ConnectionTrait>(
    connection: &C,
    ordinary: &[Ordinary<'_>],
    now: i64,
) -> Result<(), Problem> {
    let column = |name: &'static str| (Alias::new("paid"), Alias::new(name));
    let rows = ordinary.iter().map(|one| (one.attempt.id.as_str(), one.transaction_id, one.paid_at).into()).collect();
    let update = Query::update()
        .table(Entity)
        .from(values_table("paid", rows))
        .value(Column::State, AttemptState::Paid.as_str())
        .value(Column::TransactionId, Expr::col(column("column2")))
        .value(Column::PaidAt, Expr::col(column("column3")))
        .value(Column::UpdatedAt, now)
        .and_where(Expr::col((Entity, Column::Id)).equals(column("column1")))
        .and_where(Column::State.ne(AttemptState::Paid.as_str()))
        .to_owned();
    let changed = connection.execute(&update).await?.rows_affected();
    if changed == ordinary.len() as u64 {
        return Ok(());
    }
    Err(Problem::internal(format!("{changed} of {} attempts were not paid yet", ordinary.len())))
}

/// Other open attempts of orders that have their money are looked at now, and closed.
async fn watch_siblings<C: ConnectionTrait>(
    connection: &C,
    attempts: &[Attempt],
    ordinary: &[Ordinary<'_>],
    now: i64,
) -> Result<(), Problem> {
    let mut jobs = Vec::new();
    for one in ordinary {
        for sibling in attempts.iter().filter(|other| other.order_id == one.order.id && other.id != one.attempt.id) {
            if sibling.state.parse::<AttemptState>()?.is_open() {
                jobs.push(NewJob::new(JOB_WATCH, &WatchJob { attempt_id: sibling.id.clone() }, now));
            }
        }
    }
    enqueue_all(connection, jobs).await?;
    Ok(())
}
