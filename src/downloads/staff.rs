//! Files for the institute's people: receipts, payment orders, proofs of remittances. What an officer may see is checked
//! when the link is made and again when it is used; a link dies with his session and with his permission.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use foundation::calendar::{parse_date, print_date};
use foundation::problem::{ErrorAnswer, Problem};
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::found::{self, Content, Found, pdf_name};
use super::names::safe_name;
use super::routes::{DownloadLink, FetchQuery};
use crate::app::{App, SharedApp};
use crate::invoices::{self, InvoiceId};
use crate::reconciliation::{self, BillKind};
use crate::staff::{self, May, Permission, StaffSessionId, may};
use crate::uploads::{self, Purpose, UploadState};
use crate::web::{Json, Path, Query};
use crate::{orders, reports};

/// Documented routes of the institute's side.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(make_link))
}

/// What an officer can fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StaffFileKind {
    /// 缴款订单 as PDF; `id` is an order.
    OrderDocument,
    /// A receipt, also one that was taken back; `id` is a receipt.
    Invoice,
    /// A picture or PDF that a payer sent with his remittance; `id` is a file.
    RemittanceProof,
    /// A report that was released; `id` is a report.
    Report,
    /// The label of its device (S1-50); `id` is a report.
    DeviceLabel,
    /// WeChat's trade bill as it was compared; `id` is a Beijing day.
    TradeBill,
    /// WeChat's fund-flow bill as it was compared; `id` is a Beijing day.
    FundFlowBill,
}

impl StaffFileKind {
    /// What it takes to see it.
    fn permission(self) -> Permission {
        match self {
            StaffFileKind::OrderDocument | StaffFileKind::RemittanceProof => Permission::OrdersRead,
            StaffFileKind::Invoice => Permission::InvoicesRead,
            StaffFileKind::Report | StaffFileKind::DeviceLabel => Permission::ReportsRead,
            StaffFileKind::TradeBill | StaffFileKind::FundFlowBill => Permission::ReconciliationRead,
        }
    }
}

/// What is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StaffLinkRequest {
    /// The kind of file.
    kind: StaffFileKind,
    /// The order, receipt, report, file or day.
    id: String,
}

/// For whom and for what a link is; links of payers have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffLink {
    staff_session: StaffSessionId,
    file: StaffFileKind,
    object: String,
}

/// Makes a link to a file that lives a few minutes.
#[utoipa::path(post, path = "/staff/v1/download-links", tag = "staff", request_body = StaffLinkRequest, responses((status = 200, body = DownloadLink), (status = 403, description = "not_permitted", body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, description = "invoice_not_issued", body = ErrorAnswer)))]
async fn make_link(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Json(request): Json<StaffLinkRequest>,
) -> Result<Json<DownloadLink>, Problem> {
    officer.demand(request.kind.permission())?;
    let found = find(&app, request.kind, &request.id).await?;
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    let link = StaffLink { staff_session: officer.session.clone(), file: request.kind, object: request.id };
    let payload = serde_json::to_string(&link).map_err(Problem::internal)?;
    Ok(Json(DownloadLink {
        url: format!("/files/staff/{}", app.links.sign(&payload, expires_at)),
        content_type: found.content.media_type().to_owned(),
        file_name: found.file_name,
        expires_at,
    }))
}

/// The file behind a link of an officer.
pub(super) async fn fetch(
    State(app): State<SharedApp>,
    Path(token): Path<String>,
    Query(query): Query<FetchQuery>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let invalid = || Problem::not_found("link_invalid", "下载链接无效").advice("请返回页面重新点击下载");
    let payload = app.links.open(&token, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => {
            Problem::new(StatusCode::GONE, "link_expired", "下载链接已过期").advice("请返回页面重新点击下载")
        }
        TokenRefused::Forged => invalid(),
    })?;
    let link: StaffLink = serde_json::from_str(&payload).map_err(|_| invalid())?;
    let officer = staff::officer_of_session(&app, &link.staff_session).await?;
    let officer = officer.filter(|officer| officer.may(link.file.permission())).ok_or_else(|| {
        Problem::new(StatusCode::FORBIDDEN, "link_revoked", "登录已失效或权限已收回，链接不能再使用")
            .advice("请重新登录后再下载")
    })?;
    tracing::info!(officer = %officer.id, object = %link.object, "a file was fetched");
    answer::send(&app, find(&app, link.file, &link.object).await?, &headers, query.is_inline()).await
}

async fn find(app: &App, kind: StaffFileKind, id: &str) -> Result<Found, Problem> {
    let reader = app.database.reader();
    match kind {
        StaffFileKind::OrderDocument => {
            let order = orders::find_row(reader, id).await?;
            let order = order.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))?;
            found::payment_order(app, order).await
        }
        StaffFileKind::Invoice => {
            let missing = || Problem::not_found("invoice_not_found", "没有找到这张票据");
            let id: InvoiceId = id.parse().map_err(|_| missing())?;
            let receipt = invoices::find(reader, &id).await?.ok_or_else(missing)?;
            let names = orders::names_of(reader, [receipt.order_id.as_str()]).await?;
            let order_no = names.get(&receipt.order_id).map(|name| name.order_no.clone()).unwrap_or_default();
            found::receipt_file(receipt, &order_no).ok_or_else(found::not_issued)
        }
        StaffFileKind::RemittanceProof => {
            let missing = || Problem::not_found("upload_not_found", "没有找到这个文件");
            let file = uploads::by_ids(reader, &[id.to_owned()]).await?.pop().ok_or_else(missing)?;
            if file.purpose != Purpose::RemittanceProof.as_str() || file.state()? != UploadState::Ready {
                return Err(missing());
            }
            let media_type = if file.content_type == found::PDF { found::PDF } else { "image/jpeg" };
            let content = Content::Stored { key: file.file_key.ok_or_else(missing)?, media_type };
            Ok(Found { file_name: safe_name(&file.file_name), content })
        }
        StaffFileKind::Report => {
            let file = reports::shared_file(reader, id).await?;
            let content = Content::Stored { key: file.key, media_type: found::PDF };
            Ok(Found { file_name: pdf_name(&file.title), content })
        }
        StaffFileKind::DeviceLabel => found::label(app, reports::shared_label(reader, id).await?, id).await,
        StaffFileKind::TradeBill => bill(app, id, BillKind::Trade).await,
        StaffFileKind::FundFlowBill => bill(app, id, BillKind::FundFlow).await,
    }
}

async fn bill(app: &App, day: &str, kind: BillKind) -> Result<Found, Problem> {
    let missing =
        || Problem::not_found("bill_not_found", "没有这一天的账单文件").advice("这一天没有交易，或还没有对账");
    let day = parse_date(day).map_err(|_| missing())?;
    let key = reconciliation::bill_file(app, day, kind).await?.ok_or_else(missing)?;
    let file_name = format!("微信{}_{}.csv", kind.text(), print_date(day));
    Ok(Found { file_name, content: Content::Stored { key, media_type: "text/csv; charset=utf-8" } })
}
