//! A transfer that names an order which needs no money goes back to the one who sent it: asked by one member of staff, decided
//! by another, paid by the cashier. Its money is set aside on its line with the question: Σ live claims + Σ returns that are
//! not declined + rest = amount. A decided return may still change its account or be called off ([`super::return_changes`]).

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use foundation::money::Fen;
use foundation::problem::{ErrorAnswer, Money, Problem};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::BankTransaction;
use super::claims::line_not_found;
use super::going_back::going_back;
use super::model::BankTransactionId;
use super::named::belongs_to;
use super::score::Marks;
use super::store::{self, TransactionRow};
use super::twins::refuse_perhaps_known;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::orders::{self, OrderId, OrderRow, OrderState};
use crate::payments::{self, LINE_RETURN_KIND, NewLineReturn, RefundAnswer, RefundPayee};
use crate::reviews::{self, NewReview, Review, ReviewAnswer, ReviewKind, Submitter, Verdict};
use crate::staff::{May, Officer, Permission, may};
use crate::transfers;
use crate::web::{Json, Path};

/// A refund is decided within so many working days.
const WORKING_DAYS: u32 = 2;

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(ask))
}

/// What is to go back of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnRequest {
    /// The order that the line names.
    order_id: OrderId,
    /// Fen; at most what nobody has claimed of the line.
    amount_fen: Fen,
    /// For the payer, at most 60 characters.
    #[schema(max_length = 60)]
    reason: String,
}

/// Asks for unclaimed money of a line to go back to its sender; another member of staff decides. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/bank/transactions/{id}/return", tag = "bank", params(("id" = BankTransactionId, Path, description = "line")), request_body = ReturnRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "order_waits_for_money, line_names_other, line_perhaps_known", body = ErrorAnswer),
    (status = 422, description = "return_exceeds_rest, reason_missing", body = ErrorAnswer),
))]
async fn ask(
    State(app): State<SharedApp>,
    officer: May<may::RefundsPropose>,
    Path(id): Path<BankTransactionId>,
    Json(request): Json<ReturnRequest>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let review = propose(&app, &officer, &id, &request).await?;
    Ok((StatusCode::CREATED, Json(reviews::full(&app, &officer, review).await?)))
}

async fn propose(
    app: &App,
    officer: &Officer,
    id: &BankTransactionId,
    request: &ReturnRequest,
) -> Result<Review, Problem> {
    let now = app.now_ms();
    officer.demand_step_up(now)?;
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, request.order_id.as_str(), now).await?;
    let order = order.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))?;
    let line = store::lock(&*transaction, id.as_str(), now).await?.ok_or_else(line_not_found)?;
    refuse_perhaps_known(&line)?;
    refuse_while_it_waits(&order)?;
    refuse_a_stranger(&*transaction, &line, &order).await?;
    let amount = request.amount_fen;
    if amount < Fen(1) || !store::take(&*transaction, &line, amount.0, now).await? {
        let rest = Fen(line.rest_fen);
        return Err(Problem::unacceptable("return_exceeds_rest", format!("这笔流水只剩 {rest} 元可退，没有提交"))
            .field("amount_fen", format!("最多 {rest} 元"))
            .advice("请核对退回金额"));
    }
    // Or the fiscal system, asked later, would take up again an order whose money is on its way back.
    transfers::note_spoken_for(&*transaction, &Marks::of(&line.remark).codes, &[], now).await?;
    let payee = payer_of(&line);
    let to = payee.as_ref().map(RefundPayee::masked);
    let new = NewLineReturn { line_id: &line.id, order: &order, amount, reason: &request.reason, payee };
    let row = payments::propose_line_return(&*transaction, officer, new, now).await?;
    let review = NewReview {
        kind: LINE_RETURN_KIND,
        subject_id: &row.id,
        title: format!("退回重复转账 {amount} 元：{}（订单 {}）", line.payer_name, order.order_no),
        amount_fen: Some(amount.0),
        search: format!("{} {} {}", row.out_refund_no, line.serial_no.as_deref().unwrap_or(""), order.unit_name),
        submitter: Submitter::officer(officer),
        working_days: WORKING_DAYS,
    };
    let review = reviews::open(&*transaction, app, review).await?;
    let detail = json!({
        "transaction_id": line.id, "refund": row.id, "amount_fen": amount, "reason": row.reason, "payee": to,
    });
    audit::record(&*transaction, app, officer.entry(Action::LineReturnAsked, &order.id, detail)).await?;
    let review = reviews::find(&*transaction, &review).await?;
    let review = review.ok_or_else(|| Problem::internal("the review just opened is gone"))?;
    transaction.commit().await?;
    Ok(review)
}

/// Money that an order still waits for is claimed for it, not sent back.
fn refuse_while_it_waits(order: &OrderRow) -> Result<(), Problem> {
    if order.state()? != OrderState::Void && order.lacks_of_bank() > Fen::ZERO {
        return Err(Problem::conflict(
            "order_waits_for_money",
            format!("订单 {} 还在等这笔款，没有提交退回", order.order_no),
        )
        .money(Money::Taken)
        .advice("请把流水认领到这个订单"));
    }
    Ok(())
}

/// The people of the order are told of the return, and other systems too: only of an order that the line names, or that is the
/// payer's own.
async fn refuse_a_stranger<C: ConnectionTrait>(
    connection: &C,
    line: &TransactionRow,
    order: &OrderRow,
) -> Result<(), Problem> {
    if belongs_to(connection, line, order).await? {
        return Ok(());
    }
    let what = format!(
        "这笔流水没有提到订单 {}，付款人“{}”也不是这个订单的缴款单位，没有提交退回",
        order.order_no, line.payer_name
    );
    Err(Problem::conflict("line_names_other", what)
        .money(Money::Taken)
        .advice("请选择流水里提到的订单；与订单无关的款项请登记为不认领，由出纳在网银原路退回"))
}

/// The account that a line came from, where the statement tells it.
pub(super) fn payer_of(line: &TransactionRow) -> Option<RefundPayee> {
    let account = line.payer_account.clone()?;
    Some(RefundPayee { name: line.payer_name.clone(), account, bank: None })
}

/// What the one who decides on a return sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineReturnSubject {
    /// The refund.
    refund: RefundAnswer,
    /// The order that the line names.
    order_id: String,
    /// The line.
    transaction: BankTransaction,
}

/// Registered in `App::open`.
pub struct LineReturnReview;

#[async_trait]
impl ReviewKind for LineReturnReview {
    fn code(&self) -> &'static str {
        LINE_RETURN_KIND
    }

    fn text(&self) -> &'static str {
        "重复转账退回"
    }

    fn permission(&self) -> Permission {
        Permission::RefundsDecide
    }

    fn needs_step_up(&self) -> bool {
        true
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        officer: &Officer,
    ) -> Result<(), Problem> {
        let (id, now) = (review.subject_id.as_str(), app.now_ms());
        match verdict {
            Verdict::Approved => payments::approve_line_return(transaction, id, officer, now).await,
            Verdict::Rejected => {
                let row = payments::decline_line_return(transaction, id, now).await?;
                give_back(transaction, row.line_id.as_deref().unwrap_or(""), row.amount_fen, now).await
            }
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let reader = app.database.reader();
        let row = payments::find_refund(reader, &review.subject_id).await?;
        let line = store::find(reader, row.line_id.as_deref().unwrap_or("")).await?.ok_or_else(line_not_found)?;
        let back = going_back(reader, std::slice::from_ref(&line)).await?.remove(&line.id);
        let subject = LineReturnSubject {
            refund: payments::refund_answer(app, &row.id).await?,
            order_id: row.order_id,
            transaction: BankTransaction::of(line, None, None)?.going_back(back),
        };
        serde_json::to_value(subject).map_err(Problem::internal)
    }
}

/// Declined or called off: the money is on its line again, and may be claimed.
pub(super) async fn give_back<C: ConnectionTrait>(
    connection: &C,
    line_id: &str,
    amount_fen: i64,
    now: i64,
) -> Result<(), Problem> {
    let line = store::lock(connection, line_id, now).await?.ok_or_else(line_not_found)?;
    if store::take(connection, &line, -amount_fen, now).await? {
        return Ok(());
    }
    Err(Problem::internal(format!("line {line_id} has less than was set aside of it")))
}
