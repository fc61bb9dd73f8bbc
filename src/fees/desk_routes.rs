//! The fee desk over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::{self, NewFee};
use super::desk_list::{self, StaffFee, StaffFeeSearch};
use super::model::FeeId;
use super::payee_desk::{self, PayeeLine};
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list, post))
        .routes(routes!(correct))
        .routes(routes!(cancel))
        .routes(routes!(payees))
}

/// Another amount.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FeeCorrection {
    /// Fen.
    amount_fen: i64,
    /// Why.
    #[schema(max_length = 100)]
    reason: String,
}

/// Nothing is owed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FeeCancellation {
    /// Why.
    #[schema(max_length = 100)]
    reason: String,
}

/// Who may receive money.
#[derive(Debug, Serialize, ToSchema)]
struct PayeeList {
    items: Vec<PayeeLine>,
}

/// All fees, newest first.
#[utoipa::path(get, path = "/staff/v1/fees", tag = "staff", params(StaffFeeSearch, PageRequest), responses((status = 200, body = Page<StaffFee>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::FeesRead>,
    Query(search): Query<StaffFeeSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffFee>>, Problem> {
    Ok(Json(desk_list::staff_fee_page(app.database.reader(), &search, &page).await?))
}

/// Posts a fee by hand.
#[utoipa::path(post, path = "/staff/v1/fees", tag = "staff", request_body = NewFee, responses((status = 201, body = StaffFee), (status = 409, description = "fee_exists", body = ErrorAnswer), (status = 422, description = "fee_wrong, report_unknown, payee_unknown, unit_differs", body = ErrorAnswer)))]
async fn post(
    State(app): State<SharedApp>,
    officer: May<may::FeesEdit>,
    Json(new): Json<NewFee>,
) -> Result<(StatusCode, Json<StaffFee>), Problem> {
    Ok((StatusCode::CREATED, Json(desk::post(&app, &officer, &new).await?)))
}

/// Corrects the amount; what was cancelled, or told as settled by the core system, becomes payable. Refused while the fee is
/// in a live order, or paid by one.
#[utoipa::path(post, path = "/staff/v1/fees/{id}/correct", tag = "staff", params(("id" = FeeId, Path, description = "fee")), request_body = FeeCorrection, responses((status = 200, body = StaffFee), (status = 409, description = "fee_in_order, fee_paid", body = ErrorAnswer)))]
async fn correct(
    State(app): State<SharedApp>,
    officer: May<may::FeesEdit>,
    Path(id): Path<FeeId>,
    Json(request): Json<FeeCorrection>,
) -> Result<Json<StaffFee>, Problem> {
    Ok(Json(desk::correct(&app, &officer, &id, request.amount_fen, &request.reason).await?))
}

/// Cancels a fee that is payable, or was told as settled by the core system. Refused while it is in a live order, or paid by
/// one.
#[utoipa::path(post, path = "/staff/v1/fees/{id}/cancel", tag = "staff", params(("id" = FeeId, Path, description = "fee")), request_body = FeeCancellation, responses((status = 200, body = StaffFee), (status = 409, description = "fee_in_order, fee_paid, fee_cancelled", body = ErrorAnswer)))]
async fn cancel(
    State(app): State<SharedApp>,
    officer: May<may::FeesEdit>,
    Path(id): Path<FeeId>,
    Json(request): Json<FeeCancellation>,
) -> Result<Json<StaffFee>, Problem> {
    Ok(Json(desk::cancel(&app, &officer, &id, &request.reason).await?))
}

/// Who may receive money.
#[utoipa::path(get, path = "/staff/v1/payees", tag = "staff", responses((status = 200, body = PayeeList)))]
async fn payees(State(app): State<SharedApp>, _officer: May<may::FeesRead>) -> Result<Json<PayeeList>, Problem> {
    Ok(Json(PayeeList { items: payee_desk::payee_lines(app.database.reader()).await? }))
}
