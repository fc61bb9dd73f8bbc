//! `/api/v1/pickup-vouchers`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{VoucherId, VoucherState};
use super::store::{self, Whole};
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::reports::intake::ReportId;
use crate::web::{Json, Path, Query};

/// Reports on one voucher.
const REPORTS_MAX: usize = 50;

/// Routes for payers.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(cancel))
}

/// What is to be printed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VoucherRequest {
    /// 1–50 paid reports.
    #[schema(min_items = 1, max_items = 50)]
    report_ids: Vec<ReportId>,
}

/// A voucher (S1-52).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Voucher {
    /// Which.
    pub(super) id: VoucherId,
    /// To be read out.
    pub(super) voucher_no: String,
    /// What the QR code says.
    pub(super) code: String,
    /// Where it stands.
    pub(super) state: VoucherState,
    /// For people.
    pub(super) state_text: String,
    /// Epoch milliseconds.
    pub(super) created_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handed_over_at: Option<i64>,
    /// What is on it.
    pub(super) reports: Vec<VoucherReport>,
}

/// A report on a voucher.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct VoucherReport {
    /// Which.
    pub(super) id: ReportId,
    /// 报告编号.
    pub(super) report_no: String,
    /// 设备名称.
    pub(super) device_name: String,
}

impl Voucher {
    pub(super) fn of(whole: Whole) -> Result<Self, Problem> {
        let Whole { voucher, lines } = whole;
        let state: VoucherState = voucher.state.parse()?;
        Ok(Self {
            id: VoucherId::from_stored(voucher.id),
            voucher_no: voucher.voucher_no,
            code: voucher.code,
            state,
            state_text: state.text().to_owned(),
            created_at: voucher.created_at,
            handed_over_at: voucher.handed_over_at,
            reports: lines
                .into_iter()
                .map(|line| VoucherReport {
                    id: ReportId::from_stored(line.report_id),
                    report_no: line.report_no,
                    device_name: line.device_name,
                })
                .collect(),
        })
    }
}

/// A page of answers.
pub(super) fn answers<T>(page: Page<Whole>, of: impl Fn(Whole) -> Result<T, Problem>) -> Result<Page<T>, Problem> {
    let items = page.items.into_iter().map(of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page { items, next: page.next })
}

/// Makes a voucher for printed reports; a report is on at most one open voucher (409 `report_on_voucher`).
#[utoipa::path(post, path = "/api/v1/pickup-vouchers", tag = "reports", request_body = VoucherRequest,
    responses((status = 200, body = Voucher), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn create(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(request): Json<VoucherRequest>,
) -> Result<Json<Voucher>, Problem> {
    let mut ids: Vec<String> = Vec::with_capacity(request.report_ids.len());
    for id in request.report_ids {
        let id = String::from(id);
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > REPORTS_MAX {
            break;
        }
    }
    if ids.is_empty() || ids.len() > REPORTS_MAX {
        return Err(Problem::unacceptable("reports_out_of_range", "一张凭证可以有 1–50 份报告")
            .field("report_ids", "请勾选 1–50 份报告")
            .advice("份数多时请分成几张凭证"));
    }
    Ok(Json(Voucher::of(store::create(&app, &scope, &ids).await?)?))
}

/// The scope's vouchers, newest first.
#[utoipa::path(get, path = "/api/v1/pickup-vouchers", tag = "reports", params(PageRequest),
    responses((status = 200, body = Page<Voucher>), (status = 401, body = ErrorAnswer)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Voucher>>, Problem> {
    Ok(Json(answers(store::page_for(&app, &scope, &page).await?, Voucher::of)?))
}

/// Takes an open voucher back; its reports may be put on another. 409 `voucher_ended`.
#[utoipa::path(delete, path = "/api/v1/pickup-vouchers/{id}", tag = "reports", params(("id" = VoucherId, Path, description = "voucher")),
    responses((status = 204, description = "taken back"), (status = 403, description = "role_may_only_look", body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn cancel(State(app): State<SharedApp>, scope: Scope, Path(id): Path<VoucherId>) -> Result<StatusCode, Problem> {
    store::cancel(&app, &scope, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
