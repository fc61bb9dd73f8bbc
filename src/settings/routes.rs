//! Settings over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::calendar::{beijing_date, parse_date, print_date};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::calendar;
use crate::app::{App, SharedApp};
use crate::fees::{self, PayeeId, PayeeLine, PayeeRequest, ReceiptClass};
use crate::orders::PaymentMethod;
use crate::reviews::{self, ReviewAnswer};
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Days shown around today.
const DAYS_BACK: i64 = 31;
const DAYS_AHEAD: i64 = 400;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(ask_payee_change)).routes(routes!(change_day))
}

/// What can be set, and what can only be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settings {
    /// Who receives the money.
    payees: Vec<PayeeLine>,
    /// Days that are not what their weekday says, from a month ago to a year ahead.
    calendar: Vec<CalendarDay>,
    /// What messages say, from `config/messages.toml`.
    templates: Vec<MessageTemplate>,
    /// The two classes of receipts and the ways to pay that each allows.
    receipt_classes: Vec<ReceiptClassLine>,
    /// From the configuration file.
    file: Vec<FileSetting>,
}

/// What a kind of message says.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageTemplate {
    /// Its kind.
    code: String,
    /// Headline.
    title: String,
    /// One or two sentences.
    text: String,
}

/// A class of receipts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptClassLine {
    /// For programs.
    code: String,
    /// For people.
    text: String,
    /// Ways to pay, for people.
    methods: Vec<String>,
}

/// A day that is not what its weekday says.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDay {
    /// The day.
    on: String,
    /// Whether people work.
    kind: DayKind,
    /// Why, as the institute called it.
    name: String,
    /// Whether the institute set it in the console.
    set_here: bool,
}

/// Whether people work on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// They do.
    Workday,
    /// They do not.
    Holiday,
}

impl DayKind {
    fn of(is_working_day: bool) -> Self {
        if is_working_day { DayKind::Workday } else { DayKind::Holiday }
    }
}

/// A value of the configuration file; never a secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileSetting {
    /// What it is, for people.
    title: String,
    /// Its key.
    key: String,
    /// Its value.
    value: String,
}

/// One day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayRequest {
    /// Whether people work.
    kind: DayKind,
    /// Why, at most 30 characters.
    #[serde(default)]
    #[schema(max_length = 30)]
    name: String,
}

/// Payees, calendar, and what the configuration file says.
#[utoipa::path(get, path = "/staff/v1/settings", tag = "staff", responses((status = 200, body = Settings)))]
async fn show(State(app): State<SharedApp>, _officer: May<may::SettingsRead>) -> Result<Json<Settings>, Problem> {
    Ok(Json(settings(&app).await?))
}

async fn settings(app: &App) -> Result<Settings, Problem> {
    let reader = app.database.reader();
    let set_here = calendar::load_days(reader, &app.calendar).await?;
    let today = beijing_date(app.now_ms());
    let days = (-DAYS_BACK..DAYS_AHEAD).filter_map(|offset| today.checked_add(Duration::days(offset)));
    let calendar = days
        .filter_map(|day| {
            let own = set_here.iter().find(|row| row.on_day == print_date(day));
            let is_working_day = app.calendar.is_working_day(day);
            let weekend = matches!(day.weekday(), time::Weekday::Saturday | time::Weekday::Sunday);
            (own.is_some() || is_working_day == weekend).then(|| CalendarDay {
                on: print_date(day),
                kind: DayKind::of(is_working_day),
                name: own.and_then(|row| row.note.clone()).unwrap_or_default(),
                set_here: own.is_some(),
            })
        })
        .collect();
    let templates = app.wording.texts().map(|(kind, title, text)| MessageTemplate {
        code: kind.as_str().to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
    });
    let class = |class: ReceiptClass| ReceiptClassLine {
        code: class.as_str().to_owned(),
        text: class.text().to_owned(),
        methods: PaymentMethod::of_class(class).iter().map(|method| method.text().to_owned()).collect(),
    };
    Ok(Settings {
        payees: fees::payee_lines(reader).await?,
        calendar,
        templates: templates.collect(),
        receipt_classes: [ReceiptClass::Nontax, ReceiptClass::Vat].map(class).into(),
        file: file_settings(app),
    })
}

fn file_settings(app: &App) -> Vec<FileSetting> {
    let config = &app.config;
    let setting =
        |title: &str, key: &str, value: String| FileSetting { title: title.to_owned(), key: key.to_owned(), value };
    vec![
        setting("机构名称", "service.institute_name", config.service.institute_name.clone()),
        setting("客服电话", "service.service_phone", config.service.service_phone.clone()),
        setting("服务时间", "service.service_hours", config.service.service_hours.clone()),
        setting("未支付订单保留（小时）", "orders.expire_hours", config.orders.expire_hours.to_string()),
        setting("微信商户号", "wechat.pay.mch_id", config.wechat.pay.mch_id.clone()),
        setting("财政电子票据", "fiscal.provider", config.fiscal.provider.clone()),
        setting("登录失败次数上限", "login.failures_max", config.login.failures_max.to_string()),
        setting("业务台登录有效（小时）", "staff.session_hours", config.staff.session_hours.to_string()),
    ]
}

/// Asks for another place where the money goes; another member of staff decides. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/settings/payees/{id}/changes", tag = "staff", params(("id" = PayeeId, Path, description = "payee")), request_body = PayeeRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "payee_change_waits, payee_same", body = ErrorAnswer),
    (status = 422, description = "payee_wrong", body = ErrorAnswer),
))]
async fn ask_payee_change(
    State(app): State<SharedApp>,
    officer: May<may::SettingsEdit>,
    Path(id): Path<PayeeId>,
    Json(request): Json<PayeeRequest>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let review = fees::ask_payee_change(&app, &officer, &id, &request).await?;
    Ok((StatusCode::CREATED, Json(reviews::full(&app, &officer, review).await?)))
}

/// Sets whether people work on a day; what is due is counted by it from then on.
#[utoipa::path(put, path = "/staff/v1/settings/calendar/{on}", tag = "staff", params(("on" = String, Path, description = "day, YYYY-MM-DD")), request_body = DayRequest, responses((status = 200, body = CalendarDay)))]
async fn change_day(
    State(app): State<SharedApp>,
    officer: May<may::SettingsEdit>,
    Path(on): Path<String>,
    Json(request): Json<DayRequest>,
) -> Result<Json<CalendarDay>, Problem> {
    let day =
        parse_date(&on).map_err(|_| Problem::not_found("day_not_found", "没有这一天，日期应为 2026-01-31 的写法"))?;
    let name: String = request.name.trim().chars().take(30).collect();
    let note = (!name.is_empty()).then(|| name.clone());
    calendar::set_day(&app, &officer, day, request.kind == DayKind::Workday, note).await?;
    Ok(Json(CalendarDay { on: print_date(day), kind: request.kind, name, set_here: true }))
}
