//! Figures for the dashboard: payments by day and method, how long reviews take, what waits.

use std::collections::BTreeMap;

use axum::extract::State;
use foundation::calendar::{beijing_date, parse_date, print_date, start_of_beijing_day_ms};
use foundation::clock::DAY_MS;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use time::{Date, Duration};
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, SharedApp};
use crate::staff::{May, Officer, may};
use crate::web::{Json, Query};
use crate::{counter, fees, messages, orders, reviews};

/// A range asked for is not longer than a year.
const DAYS_MAX: i64 = 366;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// First day in Beijing; thirty days back when absent.
    from: Option<String>,
    /// Last day; today when absent.
    to: Option<String>,
}

/// The figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// Every day of the range, also those without a payment.
    payments_by_day: Vec<PaymentsOfDay>,
    /// How long reviews decided in the range took.
    review_hours: ReviewHours,
    /// Differences between the books and the channel that nobody settled yet.
    open_differences: u64,
    /// Messages of the range on their way through WeChat.
    messages: MessageFigures,
    /// What is payable now.
    payable: PayableFigures,
    /// Reviews past their due time.
    overdue_reviews: u64,
}

/// Payments of one day.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PaymentsOfDay {
    /// The day in Beijing.
    on: String,
    /// 线上支付, fen.
    online_fen: i64,
    /// 对公转账, fen.
    transfer_fen: i64,
    /// 已汇款, fen.
    remitted_fen: i64,
    /// 窗口收款, fen.
    counter_fen: i64,
    /// Orders.
    count: i64,
}

impl PaymentsOfDay {
    fn by_method(&mut self, stored: &str) -> &mut i64 {
        match stored {
            "transfer" => &mut self.transfer_fen,
            "remitted" => &mut self.remitted_fen,
            _ => &mut self.online_fen,
        }
    }
}

/// How long reviews took.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewHours {
    /// Half of them were faster, hours.
    median: f64,
    /// Nineteen of twenty were faster, hours.
    p95: f64,
    /// Reviews.
    count: u64,
}

/// Messages through WeChat.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageFigures {
    /// Taken by WeChat.
    sent: u64,
    /// On the phone.
    delivered: u64,
    /// Not there.
    failed: u64,
}

/// What is payable.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayableFigures {
    /// Reports.
    count: i64,
    /// Fen.
    amount_fen: i64,
}

/// The figures of a range of days.
#[utoipa::path(get, path = "/staff/v1/dashboard", tag = "staff", params(DashboardQuery), responses((status = 200, body = Dashboard)))]
pub async fn show(
    State(app): State<SharedApp>,
    officer: May<may::DashboardRead>,
    Query(query): Query<DashboardQuery>,
) -> Result<Json<Dashboard>, Problem> {
    let today = beijing_date(app.now_ms());
    let last = date("to", query.to.as_deref())?.unwrap_or(today);
    let first = date("from", query.from.as_deref())?.unwrap_or(last - Duration::days(29));
    let days = (last - first).whole_days() + 1;
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::unacceptable("range_wrong", "统计的起止日期不对")
            .field("from", "起始日期应不晚于截止日期，且不超过一年")
            .advice("请重新选择日期"));
    }
    app.database.behind(app.now_ms(), || figures(&app, &officer, first, last)).await.map(Json)
}

/// The figures of these days.
async fn figures(app: &App, officer: &Officer, first: Date, last: Date) -> Result<Dashboard, Problem> {
    let days = (last - first).whole_days() + 1;
    let (from, until) = (start_of_beijing_day_ms(first), start_of_beijing_day_ms(last) + DAY_MS);
    let reader = app.database.reader();
    let mut hours = reviews::hours_taken(reader, from, until).await?;
    hours.sort_by(f64::total_cmp);
    let figures = messages::figures(reader, from, until).await?;
    let payable = fees::payable_total_of_all(reader).await?;
    let mut open_differences = 0;
    for desk in app.desks.all().filter(|desk| desk.code() == "differences") {
        open_differences = desk.counts(app, officer).await?.count;
    }
    Ok(Dashboard {
        payments_by_day: by_day(app, first, days, from, until).await?,
        review_hours: ReviewHours { median: part(&hours, 50), p95: part(&hours, 95), count: hours.len() as u64 },
        open_differences,
        messages: MessageFigures { sent: figures.sent, delivered: figures.delivered, failed: figures.failed },
        payable: PayableFigures { count: payable.count, amount_fen: payable.amount.0 },
        overdue_reviews: reviews::overdue_count(app).await?,
    })
}

async fn by_day(app: &App, first: Date, days: i64, from: i64, until: i64) -> Result<Vec<PaymentsOfDay>, Problem> {
    let mut found: BTreeMap<i64, PaymentsOfDay> = BTreeMap::new();
    for row in orders::payments_by_day(app.database.reader(), from, until).await? {
        let day = found.entry(row.day).or_default();
        day.count += row.count;
        *day.by_method(&row.method) += row.amount_fen;
    }
    // What a window took of them is not what the method brought.
    for row in counter::taken_by_day(app.database.reader(), from, until).await? {
        let day = found.entry(row.day).or_default();
        *day.by_method(&row.method) -= row.amount_fen;
        day.counter_fen += row.amount_fen;
    }
    // The number of a day, as the books count it: days since 1970-01-01 in Beijing.
    let first_number = (from + 28_800_000) / DAY_MS;
    Ok((0..days)
        .map(|offset| {
            let on = print_date(first + Duration::days(offset));
            PaymentsOfDay { on, ..found.remove(&(first_number + offset)).unwrap_or_default() }
        })
        .collect())
}

/// The value below which `percent` of the sorted values lie; one decimal.
fn part(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len().saturating_sub(1)) * percent / 100;
    sorted.get(place).map_or(0.0, |hours| (hours * 10.0).round() / 10.0)
}

fn date(field: &'static str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    parse_date(text).map(Some).map_err(|error| {
        Problem::unacceptable("date_wrong", "日期写法不对").field(field, error.to_string()).advice("请重新选择日期")
    })
}
