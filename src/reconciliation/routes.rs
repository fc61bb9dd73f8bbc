//! The reconciliation desk over HTTP, and the core system's door to it.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use foundation::calendar::{parse_date, print_date};
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Date;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::core_ledger::{LedgerEntry, keep_ledger};
use super::model::DifferenceId;
use super::read::{self, Day, Difference};
use super::{run, settle};
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::imports::{SignatureHeaders, SignedRequest};
use crate::staff::{May, may};
use crate::web::{Json, Path, Query, parse_json};

/// A day of a large institute fits many times.
const LEDGER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    let ledger = OpenApiRouter::new().routes(routes!(put_ledger)).layer(DefaultBodyLimit::max(LEDGER_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(list_days))
        .routes(routes!(show_day))
        .routes(routes!(run_day))
        .routes(routes!(close_day))
        .routes(routes!(list_differences))
        .routes(routes!(settle_difference))
        .merge(super::remedy::router())
        .merge(ledger)
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MonthQuery {
    /// `2026-11`.
    month: String,
}

/// The compared days of a month.
#[derive(Debug, Serialize, ToSchema)]
struct Days {
    /// Oldest first; a day that was never compared is not among them.
    days: Vec<Day>,
}

/// Which differences.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DifferenceQuery {
    /// Of this Beijing day, open and settled; absent = the open ones of all days.
    on: Option<String>,
}

impl DifferenceQuery {
    /// The day it asks for. 422 for one that is none.
    pub fn day(&self) -> Result<Option<Date>, Problem> {
        self.on.as_deref().map(str::trim).filter(|on| !on.is_empty()).map(day_of).transpose()
    }
}

/// What was found out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Settlement {
    /// Cause and remedy, 4–500 characters.
    #[schema(min_length = 4, max_length = 500)]
    note: String,
}

/// The core system's whole ledger of a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ledger {
    /// Every order it booked on that day.
    entries: Vec<LedgerEntry>,
}

fn day_of(text: &str) -> Result<Date, Problem> {
    parse_date(text).map_err(|error| {
        Problem::unacceptable("date_malformed", error.to_string())
            .field("on", "应为 2026-01-31")
            .advice("请重新选择日期")
    })
}

fn never_compared() -> Problem {
    Problem::not_found("day_not_compared", "这一天还没有对账").advice("请先对账")
}

/// The compared days of a month.
#[utoipa::path(get, path = "/staff/v1/reconciliation/days", tag = "staff", params(MonthQuery), responses((status = 200, body = Days)))]
async fn list_days(
    State(app): State<SharedApp>,
    _officer: May<may::ReconciliationRead>,
    Query(query): Query<MonthQuery>,
) -> Result<Json<Days>, Problem> {
    Ok(Json(Days { days: read::days_of_month(app.database.reader(), &query.month).await? }))
}

/// One day.
#[utoipa::path(get, path = "/staff/v1/reconciliation/days/{on}", tag = "staff", params(("on" = String, Path, description = "Beijing day")), responses((status = 200, body = Day), (status = 404, description = "day_not_compared", body = ErrorAnswer)))]
async fn show_day(
    State(app): State<SharedApp>,
    _officer: May<may::ReconciliationRead>,
    Path(on): Path<String>,
) -> Result<Json<Day>, Problem> {
    read::day(app.database.reader(), day_of(&on)?).await?.map(Json).ok_or_else(never_compared)
}

/// Compares a day now.
#[utoipa::path(post, path = "/staff/v1/reconciliation/days/{on}/run", tag = "staff", params(("on" = String, Path, description = "Beijing day")), responses((status = 200, body = Day), (status = 409, description = "day_not_reconciled: the bill is not ready, or the day is closed", body = ErrorAnswer)))]
async fn run_day(
    State(app): State<SharedApp>,
    officer: May<may::ReconciliationSettle>,
    Path(on): Path<String>,
) -> Result<Json<Day>, Problem> {
    let day = day_of(&on)?;
    let compared = run::run(&app, day).await?;
    let transaction = app.database.begin_write().await?;
    let detail = json!({ "state": compared.state, "differences": compared.differences });
    let entry = officer.entry(Action::DayCompared, object_of(day), detail);
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(Json(compared))
}

/// Closes a day.
#[utoipa::path(post, path = "/staff/v1/reconciliation/days/{on}/close", tag = "staff", params(("on" = String, Path, description = "Beijing day")), responses((status = 200, body = Day), (status = 409, description = "differences_open, day_not_compared, day_closed, day_not_over", body = ErrorAnswer)))]
async fn close_day(
    State(app): State<SharedApp>,
    officer: May<may::ReconciliationClose>,
    Path(on): Path<String>,
) -> Result<Json<Day>, Problem> {
    let day = day_of(&on)?;
    let transaction = app.database.begin_write().await?;
    settle::close_day(&*transaction, day, &officer.display_name, app.now_ms()).await?;
    audit::record(&*transaction, &app, officer.entry(Action::DayClosed, object_of(day), json!({}))).await?;
    transaction.commit().await?;
    read::day(app.database.reader(), day).await?.map(Json).ok_or_else(never_compared)
}

/// Differences, newest first.
#[utoipa::path(get, path = "/staff/v1/reconciliation/differences", tag = "staff", params(DifferenceQuery, PageRequest), responses((status = 200, body = Page<Difference>)))]
async fn list_differences(
    State(app): State<SharedApp>,
    _officer: May<may::ReconciliationRead>,
    Query(query): Query<DifferenceQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Difference>>, Problem> {
    Ok(Json(read::open_differences(app.database.reader(), query.day()?, &page).await?))
}

/// Settles a difference with an explanation.
#[utoipa::path(post, path = "/staff/v1/reconciliation/differences/{id}/settle", tag = "staff", params(("id" = DifferenceId, Path, description = "difference")), request_body = Settlement, responses((status = 204), (status = 409, description = "difference_settled", body = ErrorAnswer), (status = 422, description = "note_missing", body = ErrorAnswer)))]
async fn settle_difference(
    State(app): State<SharedApp>,
    officer: May<may::ReconciliationSettle>,
    Path(id): Path<DifferenceId>,
    Json(request): Json<Settlement>,
) -> Result<StatusCode, Problem> {
    let transaction = app.database.begin_write().await?;
    settle::settle_difference(&*transaction, &id, &officer.display_name, &request.note, app.now_ms()).await?;
    let entry = officer.entry(Action::DifferenceSettled, id.as_str(), json!({ "note": request.note.trim() }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn object_of(day: Date) -> String {
    format!("day:{}", print_date(day))
}

/// Takes the whole ledger of a day, in place of an earlier one; the next comparison of the day uses it.
#[utoipa::path(put, path = "/integration/v1/ledgers/{on}", tag = "integration", params(("on" = String, Path, description = "Beijing day"), SignatureHeaders), request_body = Ledger, responses((status = 204), (status = 401, description = "signature", body = ErrorAnswer), (status = 422, description = "not acceptable", body = ErrorAnswer)))]
async fn put_ledger(
    State(app): State<SharedApp>,
    Path(on): Path<String>,
    request: SignedRequest,
) -> Result<StatusCode, Problem> {
    let ledger: Ledger = parse_json(&request.body)?;
    keep_ledger(&app, day_of(&on)?, &ledger.entries).await?;
    Ok(StatusCode::NO_CONTENT)
}
