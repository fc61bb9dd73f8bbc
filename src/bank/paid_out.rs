//! The cashier has paid a refund by bank, or handed it back at the window, and writes that down. Two people stand behind the
//! account as behind the sum, so it is written down before: told by the books, or typed by somebody who does not pay it out.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Money, Problem};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::payout::{came_at_window, is_told_by_books, needs_account};
use crate::app::{App, SharedApp};
use crate::orders;
use crate::payments::{self, Payout, RefundRow};
use crate::staff::{May, Officer, may};
use crate::web::{Json, Path};

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(confirm))
}

/// How it was carried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmRequest {
    /// Number of the bank's slip, or of the window's.
    #[schema(max_length = 64)]
    reference_no: String,
    /// Handed back at the window where all of it came, and not by bank: needs no account.
    #[serde(default)]
    at_window: bool,
}

/// The money was given back by bank transfer, or at the window where it came. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/refunds/{id}/confirm", tag = "staff", params(("id" = String, Path, description = "refund")), request_body = ConfirmRequest, responses(
    (status = 204),
    (status = 403, description = "step_up_needed, four_eyes", body = ErrorAnswer),
    (status = 409, description = "refund_not_by_hand, return_change_waits, payee_unseen, payee_missing, payout_not_at_window, return_called_off", body = ErrorAnswer),
    (status = 422, description = "reference_missing", body = ErrorAnswer),
))]
async fn confirm(
    State(app): State<SharedApp>,
    officer: May<may::RefundsConfirm>,
    Path(id): Path<String>,
    Json(request): Json<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    register(&app, &officer, &id, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn register(app: &App, officer: &Officer, id: &str, request: &ConfirmRequest) -> Result<(), Problem> {
    let now = app.now_ms();
    officer.demand_step_up(now)?;
    let payout = Payout::checked(&request.reference_no, request.at_window)?;
    let transaction = app.database.begin_write().await?;
    let order_id = payments::find_refund(&*transaction, id).await?.order_id;
    orders::lock_row(&*transaction, &order_id, now).await?;
    // Only now it stands still.
    let row = payments::find_refund(&*transaction, id).await?;
    refuse_without_account(&*transaction, &row, payout).await?;
    payments::confirm(app, &transaction, officer, &row, payout).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// 409 while nobody has written down where the money goes, unless the books tell it or it was handed back where it came.
async fn refuse_without_account<C: ConnectionTrait>(
    connection: &C,
    row: &RefundRow,
    payout: Payout<'_>,
) -> Result<(), Problem> {
    let needs = needs_account(row)?;
    if payout.at_window {
        // With an account written down it goes there, seen by two people.
        if needs && came_at_window(connection, row).await? {
            return Ok(());
        }
        return Err(Problem::conflict("payout_not_at_window", "这笔退款不能按窗口当面退还登记，没有登记")
            .money(Money::Unknown)
            .advice("只有款项全部在窗口收取、还没有填写收款账户的可以；请刷新页面查看，按收款账户转账后登记"));
    }
    if !needs || is_told_by_books(connection, row).await? {
        return Ok(());
    }
    Err(Problem::conflict("payee_missing", "还没有填写收款账户，没有登记")
        .money(Money::Unknown)
        .advice("请先查看并填写收款账户，由另一位同事核对、转账并登记；已经转账的，请填写转到的账户"))
}
