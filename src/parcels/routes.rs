//! The post desk over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::{self, Posting};
use crate::app::SharedApp;
use crate::orders::{Delivery, OrderId};
use crate::reports;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(post)).routes(routes!(list))
}

/// The parcel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostingRequest {
    /// 快递公司, up to 40 characters.
    carrier: String,
    /// 运单号, 4–40 letters, digits and dashes.
    tracking_no: String,
}

/// Writes down that the printed reports of an order were posted, or corrects carrier and number; the payer is told.
#[utoipa::path(post, path = "/staff/v1/orders/{id}/posting", tag = "staff", params(("id" = OrderId, Path, description = "order")),
    request_body = PostingRequest,
    responses((status = 204), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn post(
    State(app): State<SharedApp>,
    officer: May<may::VouchersHandOver>,
    Path(id): Path<OrderId>,
    Json(request): Json<PostingRequest>,
) -> Result<StatusCode, Problem> {
    let carrier = request.carrier.trim();
    let tracking_no: String = request.tracking_no.split_whitespace().collect::<String>().to_uppercase();
    let problem = Problem::unacceptable("posting_malformed", "寄送信息不完整").advice("请按提示修改后再提交");
    if carrier.is_empty() || carrier.chars().count() > 40 {
        return Err(problem.field("carrier", "请填写快递公司（40 字以内）"));
    }
    let number_fits = (4..=40).contains(&tracking_no.len())
        && tracking_no.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !number_fits {
        return Err(problem.field("tracking_no", "请填写运单号（4–40 位字母、数字）"));
    }
    store::post(&app, &officer, &id, carrier, &tracking_no).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which parcels.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PostingQuery {
    /// `waiting` (when absent) or `posted`.
    state: Option<String>,
}

/// An order whose reports are to be posted, or were.
#[derive(Debug, Serialize, ToSchema)]
struct StaffPosting {
    /// The order.
    order_id: OrderId,
    /// 缴款订单号.
    order_no: String,
    /// 缴款单位.
    unit_name: String,
    /// Reports in it.
    count: i64,
    /// Reports whose file is there to be printed.
    ready: i64,
    /// 收件人.
    recipient: String,
    /// Phone of the recipient.
    phone: String,
    /// Full address.
    address: String,
    /// When it was paid, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<i64>,
    /// 快递公司.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    /// 运单号.
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_no: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_at: Option<i64>,
}

/// Paid orders that wait for the post, the oldest first, or those that were posted, the newest first.
#[utoipa::path(get, path = "/staff/v1/postings", tag = "staff", params(PostingQuery, PageRequest), responses((status = 200, body = Page<StaffPosting>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::VouchersHandOver>,
    Query(query): Query<PostingQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffPosting>>, Problem> {
    let reader = app.database.reader();
    let found = store::page(reader, query.state.as_deref() == Some("posted"), &page).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for Posting { order, parcel } in found.items {
        let Delivery::Post { recipient, phone, address } = store::delivery_of(&order)? else { continue };
        let files = reports::order_files(reader, &order.id).await?;
        let parcel = parcel.map(|parcel| (parcel.carrier, parcel.tracking_no, parcel.posted_at));
        let (carrier, tracking_no, posted_at) = match parcel {
            Some((carrier, tracking_no, posted_at)) => (Some(carrier), Some(tracking_no), Some(posted_at)),
            None => (None, None, None),
        };
        items.push(StaffPosting {
            order_id: OrderId::from_stored(order.id),
            order_no: order.order_no,
            unit_name: order.unit_name,
            count: order.fee_count,
            ready: files.ready,
            recipient,
            phone,
            address,
            paid_at: order.paid_at,
            carrier,
            tracking_no,
            posted_at,
        });
    }
    Ok(Json(Page { items, next: found.next }))
}
