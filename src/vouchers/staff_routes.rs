//! The window over HTTP: find a voucher, print its reports, hand them over.

use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::VoucherState;
use super::print;
use super::routes::{Voucher, answers};
use super::store::{self, Whole};
use crate::app::{App, SharedApp};
use crate::staff::{self, May, may};
use crate::web::{Json, Path, Query};

/// Routes for the institute's people.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(hand_over))
}

/// Which vouchers.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct VoucherQuery {
    /// Part of voucher number, unit name or report number; several words narrow each other.
    q: Option<String>,
    /// `open`, `handed_over` or `cancelled`.
    state: Option<String>,
}

/// A voucher as the window sees it.
#[derive(Debug, Serialize, ToSchema)]
struct StaffVoucher {
    /// What the unit sees too.
    #[serde(flatten)]
    voucher: Voucher,
    /// 单位名称.
    unit_name: String,
    /// Who took the reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_by: Option<String>,
    /// Of his identity card.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_last4: Option<String>,
    /// Who handed them over.
    #[serde(skip_serializing_if = "Option::is_none")]
    handed_over_by: Option<String>,
    /// Files to print, in the order of the reports; only for one voucher, good for minutes.
    prints: Vec<PrintLink>,
}

/// A file to print.
#[derive(Debug, Serialize, ToSchema)]
struct PrintLink {
    /// The report.
    report_id: String,
    /// Absolute path of a PDF.
    url: String,
    /// It was handed over with an earlier voucher.
    handed_over_before: bool,
}

impl StaffVoucher {
    fn of(whole: Whole) -> Result<Self, Problem> {
        let row = &whole.voucher;
        let (unit_name, received_by, id_last4) = (row.unit_name.clone(), row.received_by.clone(), row.id_last4.clone());
        Ok(Self {
            unit_name,
            received_by,
            id_last4,
            handed_over_by: row.handed_over_by.clone(),
            prints: Vec::new(),
            voucher: Voucher::of(whole)?,
        })
    }
}

/// Vouchers of everybody, newest first.
#[utoipa::path(get, path = "/staff/v1/vouchers", tag = "staff", params(VoucherQuery, PageRequest), responses((status = 200, body = Page<StaffVoucher>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::VouchersHandOver>,
    Query(query): Query<VoucherQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffVoucher>>, Problem> {
    let state = query.state.as_deref().and_then(|state| state.parse::<VoucherState>().ok());
    let found = store::staff_page(&app, query.q.as_deref(), state, &page).await?;
    let mut page = answers(found, StaffVoucher::of)?;
    for voucher in &mut page.items {
        name_officer(&app, voucher).await?;
    }
    Ok(Json(page))
}

/// One voucher by its QR code or its number, with the files to print.
#[utoipa::path(get, path = "/staff/v1/vouchers/{code}", tag = "staff", params(("code" = String, Path, description = "QR code or number")),
    responses((status = 200, body = StaffVoucher), (status = 404, body = ErrorAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::VouchersHandOver>,
    Path(code): Path<String>,
) -> Result<Json<StaffVoucher>, Problem> {
    whole_answer(&app, &code).await.map(Json)
}

/// Who takes the reports.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandOverRequest {
    /// His name, up to 40 characters.
    received_by: String,
    /// The last four characters of his identity card: digits, the last may be X.
    id_last4: String,
}

/// Writes down that the reports were handed over, and to whom. 409 `voucher_ended` when they were already,
/// `voucher_report_closed` when the money of one of them has gone back.
#[utoipa::path(post, path = "/staff/v1/vouchers/{code}/hand-over", tag = "staff", params(("code" = String, Path, description = "QR code or number")),
    request_body = HandOverRequest,
    responses((status = 200, body = StaffVoucher), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn hand_over(
    State(app): State<SharedApp>,
    officer: May<may::VouchersHandOver>,
    Path(code): Path<String>,
    Json(request): Json<HandOverRequest>,
) -> Result<Json<StaffVoucher>, Problem> {
    let received_by = request.received_by.trim();
    let id_last4 = request.id_last4.trim().to_uppercase();
    let problem = Problem::unacceptable("hand_over_malformed", "领取人信息不完整").advice("请按提示修改后再提交");
    if received_by.is_empty() || received_by.chars().count() > 40 {
        return Err(problem.field("received_by", "请填写领取人姓名（40 字以内）"));
    }
    let fits = id_last4.len() == 4
        && id_last4.bytes().enumerate().all(|(at, byte)| byte.is_ascii_digit() || (at == 3 && byte == b'X'));
    if !fits {
        return Err(problem.field("id_last4", "请填写证件号后四位（数字，末位可为 X）"));
    }
    let found = store::find(&app, &code).await?;
    store::hand_over(&app, &officer, &found, received_by, &id_last4).await?;
    whole_answer(&app, &code).await.map(Json)
}

async fn whole_answer(app: &App, code: &str) -> Result<StaffVoucher, Problem> {
    let found = store::find(app, code).await?;
    let before = store::handed_over_before(app, &found).await?;
    let link = |report_id: &String| -> Result<PrintLink, Problem> {
        Ok(PrintLink {
            url: print::address(app, &found.voucher.id, report_id)?,
            handed_over_before: before.contains(report_id),
            report_id: report_id.clone(),
        })
    };
    let prints = match found.voucher.state.parse::<VoucherState>()? {
        VoucherState::Open => found.lines.iter().map(|line| link(&line.report_id)).collect::<Result<_, _>>()?,
        VoucherState::HandedOver | VoucherState::Cancelled => Vec::new(),
    };
    let mut answer = StaffVoucher::of(found)?;
    answer.prints = prints;
    name_officer(app, &mut answer).await?;
    Ok(answer)
}

/// The name in the place of the id.
async fn name_officer(app: &App, answer: &mut StaffVoucher) -> Result<(), Problem> {
    if let Some(id) = answer.handed_over_by.take() {
        let mut names = staff::names_of(app.database.reader(), [id.as_str()]).await?;
        answer.handed_over_by = names.remove(&id);
    }
    Ok(())
}
