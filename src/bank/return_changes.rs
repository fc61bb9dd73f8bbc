//! When the sender of a second transfer cannot take his money back, his account being closed: the decided return goes to
//! another account, or is called off and its money is on its line again; what was paid and the bank sent back goes to
//! another account as well, also a refund of an order. Asked by one member of staff, decided by another; whoever asked may
//! take it back until then.

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Money, Problem};
use foundation::text::mask_code;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::BankTransaction;
use super::claims::line_not_found;
use super::going_back::going_back;
use super::returns::give_back;
use super::store::{self, TransactionRow};
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::orders;
use crate::payments::{self, LineReturnChangeKind, LineReturnWish, RefundAnswer, RefundPayee, RefundRow};
use crate::reviews::{self, NewReview, Review, ReviewAnswer, ReviewKind, Submitter, Verdict};
use crate::staff::{May, Officer, Permission, may};
use crate::web::{Json, Path};

/// As stored.
const KIND: &str = "line_return_change";
/// The payer waits for his money already.
const WORKING_DAYS: u32 = 1;

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(ask_return_payee))
        .routes(routes!(ask_return_call_off))
        .routes(routes!(ask_return_bounced))
        .routes(routes!(withdraw_return_change))
}

/// Another account for a decided return.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnPayeeRequest {
    /// Where it is to go.
    payee: RefundPayee,
    /// Why, at most 60 characters.
    #[schema(max_length = 60)]
    reason: String,
}

/// No return after all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnCallOffRequest {
    /// For the payer, at most 60 characters.
    #[schema(max_length = 60)]
    reason: String,
}

/// Asks for a decided return of a line's money to go to another account; another member of staff decides, and whoever asked
/// does not pay it out. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/bank/returns/{id}/payee", tag = "bank", params(("id" = String, Path, description = "refund")), request_body = ReturnPayeeRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "return_not_open, return_change_waits", body = ErrorAnswer),
    (status = 422, description = "payee_incomplete, reason_missing", body = ErrorAnswer),
))]
async fn ask_return_payee(
    State(app): State<SharedApp>,
    officer: May<may::RefundsPropose>,
    Path(id): Path<String>,
    Json(request): Json<ReturnPayeeRequest>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let payee = request.payee.checked()?;
    let wish = LineReturnWish { kind: LineReturnChangeKind::Payee, payee: Some(payee), reason: &request.reason };
    propose(&app, &officer, &id, wish).await
}

/// Asks for a decided return of a line's money to be called off: the money stays on its line, unclaimed. Another member of
/// staff decides. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/bank/returns/{id}/call-off", tag = "bank", params(("id" = String, Path, description = "refund")), request_body = ReturnCallOffRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "return_not_open, return_change_waits", body = ErrorAnswer),
    (status = 422, description = "reason_missing", body = ErrorAnswer),
))]
async fn ask_return_call_off(
    State(app): State<SharedApp>,
    officer: May<may::RefundsPropose>,
    Path(id): Path<String>,
    Json(request): Json<ReturnCallOffRequest>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let wish = LineReturnWish { kind: LineReturnChangeKind::CallOff, payee: None, reason: &request.reason };
    propose(&app, &officer, &id, wish).await
}

/// Tells that the bank has sent back what was paid of a return of a line's money or of a refund of an order, and asks for it to
/// go to another account. Another member of staff decides; then it waits to be paid once more, and whoever asked does not pay
/// it out. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/bank/returns/{id}/bounced", tag = "bank", params(("id" = String, Path, description = "refund")), request_body = ReturnPayeeRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "return_not_paid, return_change_waits", body = ErrorAnswer),
    (status = 422, description = "payee_incomplete, reason_missing", body = ErrorAnswer),
))]
async fn ask_return_bounced(
    State(app): State<SharedApp>,
    officer: May<may::RefundsPropose>,
    Path(id): Path<String>,
    Json(request): Json<ReturnPayeeRequest>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let payee = request.payee.checked()?;
    let wish = LineReturnWish { kind: LineReturnChangeKind::Bounced, payee: Some(payee), reason: &request.reason };
    propose(&app, &officer, &id, wish).await
}

/// Takes back what one has asked for of a decided return oneself, as long as nobody has decided on it: the return stays as it
/// was decided.
#[utoipa::path(post, path = "/staff/v1/bank/returns/{id}/change/withdraw", tag = "bank", params(("id" = String, Path, description = "refund")), responses(
    (status = 204),
    (status = 403, description = "change_not_yours", body = ErrorAnswer),
    (status = 409, description = "return_change_decided", body = ErrorAnswer),
))]
async fn withdraw_return_change(
    State(app): State<SharedApp>,
    officer: May<may::RefundsPropose>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    withdraw(&app, &officer, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn withdraw(app: &App, officer: &Officer, refund_id: &str) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    let refund = payments::find_refund(&*transaction, refund_id).await?;
    let change = payments::waiting_line_return_change(&*transaction, refund_id).await?.ok_or_else(change_decided)?;
    if change.asked_by != officer.id.as_str() {
        let what = "这项变更不是您申请的，不能由您撤回，没有改变";
        return Err(Problem::new(StatusCode::FORBIDDEN, "change_not_yours", what)
            .money(Money::Taken)
            .advice("请申请人自己撤回，或由审批人驳回"));
    }
    // The review first, as the one who decides does: so they never wait for each other in a circle.
    let by = Submitter::officer(officer);
    let withdrawn = reviews::withdraw(&*transaction, app, KIND, &change.id, &by).await?;
    if !withdrawn || !payments::withdraw_line_return_change(&*transaction, &change.id, officer).await? {
        return Err(change_decided());
    }
    let detail = json!({
        "transaction_id": refund.line_id, "refund": refund.id, "amount_fen": refund.amount_fen,
        "kind": change.kind().text(), "reason": change.reason, "payee": change.payee().map(|payee| payee.masked()),
    });
    audit::record(&*transaction, app, officer.entry(Action::LineReturnChangeWithdrawn, &refund.order_id, detail))
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn change_decided() -> Problem {
    Problem::conflict("return_change_decided", "这笔退回没有等待审批的变更，没有撤回")
        .money(Money::Unknown)
        .advice("可能已经审批或撤回，请刷新页面查看状态")
}

async fn propose(
    app: &App,
    officer: &Officer,
    refund_id: &str,
    wish: LineReturnWish<'_>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let now = app.now_ms();
    officer.demand_step_up(now)?;
    let transaction = app.database.begin_write().await?;
    let refund = payments::find_refund(&*transaction, refund_id).await?;
    let order = orders::lock_row(&*transaction, &refund.order_id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("a refund without an order"))?;
    let to = wish.payee.as_ref().map(RefundPayee::masked);
    let change = payments::ask_line_return_change(&*transaction, officer, refund_id, wish, now).await?;
    let line = line_of(&*transaction, &refund).await?;
    let (what, payee) = match &line {
        Some(line) => ("重复转账", line.payer_name.as_str()),
        None => ("订单退款", order.unit_name.as_str()),
    };
    let serial_no = line.as_ref().and_then(|line| line.serial_no.as_deref()).unwrap_or("");
    let review = NewReview {
        kind: KIND,
        subject_id: &change.id,
        title: format!("{}（{what}）：{payee}（订单 {}）", change.kind().text(), order.order_no),
        amount_fen: Some(refund.amount_fen),
        search: format!("{} {serial_no} {}", refund.out_refund_no, order.unit_name),
        submitter: Submitter::officer(officer),
        working_days: WORKING_DAYS,
    };
    let review = reviews::open(&*transaction, app, review).await?;
    let before = refund.payee().map(|payee| payee.masked());
    let detail = json!({
        "transaction_id": refund.line_id, "refund": refund.id, "amount_fen": refund.amount_fen, "reason": change.reason,
        "payee": to, "payee_before": before, "reference_no": refund.bank_reference,
    });
    let action = match change.kind() {
        LineReturnChangeKind::Payee => Action::LineReturnPayeeAsked,
        LineReturnChangeKind::CallOff => Action::LineReturnCallOffAsked,
        LineReturnChangeKind::Bounced => Action::LineReturnBounceAsked,
    };
    audit::record(&*transaction, app, officer.entry(action, &order.id, detail)).await?;
    let review = reviews::find(&*transaction, &review).await?;
    let review = review.ok_or_else(|| Problem::internal("the review just opened is gone"))?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Json(reviews::full(app, officer, review).await?)))
}

/// The line whose money a refund gives back; nothing for money of the order itself.
async fn line_of<C: ConnectionTrait>(connection: &C, refund: &RefundRow) -> Result<Option<TransactionRow>, Problem> {
    let Some(id) = refund.line_id.as_deref() else { return Ok(None) };
    store::find(connection, id).await?.map(Some).ok_or_else(line_not_found)
}

/// What is wanted of a decided return. The account in full is shown where each look at it is written down.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineReturnChange {
    /// Another account, or none.
    kind: LineReturnChangeKind,
    /// For people.
    kind_text: &'static str,
    /// Why.
    reason: String,
    /// Whose account it is to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee_name: Option<String>,
    /// Its ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee_account_masked: Option<String>,
}

/// What the one who decides on a change of a return sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineReturnChangeSubject {
    /// What is wanted.
    return_change: LineReturnChange,
    /// The refund as it is.
    refund: RefundAnswer,
    /// The order that the line names, or whose money it is.
    order_id: String,
    /// The line; missing for money of the order itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<BankTransaction>,
}

/// Registered in `App::open`.
pub struct LineReturnChangeReview;

#[async_trait]
impl ReviewKind for LineReturnChangeReview {
    fn code(&self) -> &'static str {
        KIND
    }

    fn text(&self) -> &'static str {
        "退回变更"
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
        if verdict == Verdict::Rejected {
            return payments::decline_line_return_change(transaction, id).await;
        }
        let change = payments::find_line_return_change(transaction, id).await?;
        let refund = payments::find_refund(transaction, &change.refund_id).await?;
        let order = orders::lock_row(transaction, &refund.order_id, now).await?;
        let order = order.ok_or_else(|| Problem::internal("a refund without an order"))?;
        let action = match change.kind() {
            LineReturnChangeKind::Payee => {
                payments::change_line_return_payee(transaction, &change, now).await?;
                Action::LineReturnPayeeChanged
            }
            LineReturnChangeKind::Bounced => {
                payments::reopen_paid(transaction, &change, &order, officer, now).await?;
                Action::LineReturnBounced
            }
            LineReturnChangeKind::CallOff => {
                // The line before what belongs to it.
                let line_id = refund.line_id.clone().unwrap_or_default();
                store::lock(transaction, &line_id, now).await?;
                payments::call_off_line_return(transaction, &change, officer, now).await?;
                give_back(transaction, &line_id, refund.amount_fen, now).await?;
                Action::LineReturnCalledOff
            }
        };
        let detail = json!({
            "transaction_id": refund.line_id, "refund": refund.id, "amount_fen": refund.amount_fen, "reason": change.reason,
            "payee": change.payee().map(|payee| payee.masked()),
            "payee_before": refund.payee().map(|payee| payee.masked()), "reference_no": refund.bank_reference,
        });
        audit::record(transaction, app, officer.entry(action, &refund.order_id, detail)).await
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let reader = app.database.reader();
        let change = payments::find_line_return_change(reader, &review.subject_id).await?;
        let refund = payments::find_refund(reader, &change.refund_id).await?;
        let transaction = match line_of(reader, &refund).await? {
            None => None,
            Some(line) => {
                let back = going_back(reader, std::slice::from_ref(&line)).await?.remove(&line.id);
                Some(BankTransaction::of(line, None, None)?.going_back(back))
            }
        };
        let kind = change.kind();
        let subject = LineReturnChangeSubject {
            return_change: LineReturnChange {
                kind,
                kind_text: kind.text(),
                reason: change.reason,
                payee_name: change.payee_name,
                payee_account_masked: change.payee_account.as_deref().map(mask_code),
            },
            refund: payments::refund_answer(app, &refund.id).await?,
            order_id: refund.order_id,
            transaction,
        };
        serde_json::to_value(subject).map_err(Problem::internal)
    }
}
