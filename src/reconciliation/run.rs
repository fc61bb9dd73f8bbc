//! Comparing one day, and mending what can be mended by asking.

use foundation::calendar::{print_date, start_of_beijing_day_ms};
use foundation::config::Environment;
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use time::{Date, Duration};

use super::bills::{self, BillProblem, Bills};
use super::compare::{Books, with_bill, with_core};
use super::model::{DayState, DifferenceKind, Found};
use super::read::{self, Day};
use super::store::{self, Compared};
use crate::app::App;
use crate::payments::AskedByNumber;
use crate::{orders, payments};

/// A refund accepted in the last moments of a day may stand on the next day's bill.
const REFUND_SLACK_MS: i64 = 300_000;
/// How many payments one run asks WeChat about; the next run asks about the rest.
const ASKED_PER_RUN: usize = 1_000;

/// Why a day could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum RunProblem {
    /// WeChat makes bills from 10:00 of the next day on; try later.
    #[error("微信账单还没有生成，次日 10 点以后可以对账")]
    NotReady,
    /// Closed days do not change.
    #[error("这一天已经关账")]
    Closed,
    /// The channel did not give the bills.
    #[error("无法取得微信账单：{0}")]
    Channel(String),
    /// Ours.
    #[error("{0}")]
    Ours(Problem),
}

impl From<Problem> for RunProblem {
    fn from(problem: Problem) -> Self {
        RunProblem::Ours(problem)
    }
}

impl From<sea_orm::DbErr> for RunProblem {
    fn from(error: sea_orm::DbErr) -> Self {
        RunProblem::Ours(error.into())
    }
}

impl From<BillProblem> for RunProblem {
    fn from(problem: BillProblem) -> Self {
        match problem {
            BillProblem::NotReady => RunProblem::NotReady,
            BillProblem::Channel(error) => RunProblem::Channel(error.to_string()),
            BillProblem::Unreadable(error) => RunProblem::Ours(Problem::internal(format!("{error:#}"))),
        }
    }
}

impl From<RunProblem> for Problem {
    fn from(problem: RunProblem) -> Self {
        let advice = match &problem {
            RunProblem::NotReady => "请在次日 10 点以后再试；系统也会自动重试",
            RunProblem::Closed => "关账后的变动记入处理当天",
            RunProblem::Channel(_) => "账单没有取到，账目没有改动；请稍后再试",
            RunProblem::Ours(_) => "",
        };
        match problem {
            RunProblem::Ours(problem) => problem,
            other => Problem::conflict("day_not_reconciled", other.to_string()).advice(advice),
        }
    }
}

/// Compares `day` (Beijing) three ways and keeps what was found. Payments that WeChat has and we do not are asked for and
/// booked first, so that a lost notice is no difference. Running it again changes nothing but what changed.
pub async fn run(app: &App, day: Date) -> Result<Day, RunProblem> {
    if let Some(row) = store::find_day(app.database.reader(), day).await?
        && row.state == DayState::Closed.as_str()
    {
        return Err(RunProblem::Closed);
    }
    let bills = bills::fetch(app, day).await?;
    let mut compared = compare(app, day, bills).await?;
    if ask_about_missing(app, &compared.found).await? > 0 {
        compared = compare(app, day, compared.bills).await?;
    }
    if !store::keep(app, &compared).await? {
        return Err(RunProblem::Closed);
    }
    report(app, &compared);
    read::day(app.database.reader(), day).await?.ok_or_else(|| Problem::internal("the day vanished").into())
}

async fn compare(app: &App, day: Date, bills: Bills) -> Result<Compared, RunProblem> {
    let connection = app.database.reader();
    let from = start_of_beijing_day_ms(day);
    let to = start_of_beijing_day_ms(day + Duration::days(1));
    let books = load_books(connection, day, &bills, from, to).await?;
    let mut found = with_bill(&bills.lines, &books);
    found.extend(flow_difference(&bills));
    let core = store::core_ledger(connection, &print_date(day)).await?;
    if let Some(core) = &core {
        found.extend(with_core(core, &orders::paid_between(connection, from, to).await?));
    }
    let core_fen = core.map(|core| core.iter().map(|(_, fen)| fen).sum());
    Ok(Compared { day, bills, books, core_fen, found })
}

async fn load_books<C: ConnectionTrait>(
    connection: &C,
    day: Date,
    bills: &Bills,
    from: i64,
    to: i64,
) -> Result<Books, RunProblem> {
    let trade_numbers: Vec<&str> = bills.lines.iter().map(|line| line.out_trade_no.as_str()).collect();
    let refund_numbers: Vec<&str> = bills.lines.iter().filter_map(|line| line.out_refund_no.as_deref()).collect();
    let accepted = payments::refunds_between(connection, from - REFUND_SLACK_MS, to - REFUND_SLACK_MS).await?;
    let numbers: Vec<String> = accepted.iter().map(|refund| refund.out_refund_no.clone()).collect();
    let elsewhere = store::named_elsewhere(connection, &print_date(day), &numbers).await?;
    Ok(Books {
        payments: payments::payments_between(connection, from, to).await?,
        other_payments: payments::payments_by_numbers(connection, &trade_numbers).await?,
        refunds: accepted.into_iter().filter(|refund| !elsewhere.contains(&refund.out_refund_no)).collect(),
        other_refunds: payments::refunds_by_numbers(connection, &refund_numbers).await?,
    })
}

/// The account must have moved by what was paid, less what was given back, less WeChat's charges.
fn flow_difference(bills: &Bills) -> Option<Found> {
    let (_, paid_fen) = bills.payments();
    let expected_fen = paid_fen - bills.refunds_fen() - bills.charge_fen;
    (bills.flow_net_fen != expected_fen).then(|| Found {
        kind: DifferenceKind::FundFlowDiffers,
        reference: "基本账户".to_owned(),
        channel_fen: Some(bills.flow_net_fen),
        books_fen: Some(expected_fen),
    })
}

/// Returns how many were booked by it.
async fn ask_about_missing(app: &App, found: &[Found]) -> Result<usize, Problem> {
    let missing = found.iter().filter(|found| found.kind == DifferenceKind::MissingInBooks);
    let mut booked = 0;
    for found in missing.take(ASKED_PER_RUN) {
        if payments::ask_by_number(app, &found.reference).await? == AskedByNumber::Booked {
            booked += 1;
        }
    }
    Ok(booked)
}

fn report(app: &App, compared: &Compared) {
    let open = compared.found.len();
    metrics::gauge!("tejian_reconciliation_differences").set(open as f64);
    if open == 0 {
        tracing::info!(day = print_date(compared.day), "reconciled without differences");
    } else if app.config.service.environment == Environment::Demo {
        // The demonstration shows some on purpose: nobody needs to be woken.
        tracing::info!(day = print_date(compared.day), open, "the demo has differences to try the reconciliation with");
    } else {
        tracing::warn!(day = print_date(compared.day), open, "reconciled with differences");
    }
}
