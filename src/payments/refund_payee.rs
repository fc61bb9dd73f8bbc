//! The account that a refund by bank goes to, where the books of the bank do not tell it: typed by a member of staff. Two
//! people look at it as at the sum: what was told with the proposal is shown to the decider beside the accounts that the
//! money came from, and nobody pays out to an account that he has typed himself, before the decision or after, nor to one
//! that is not written down. Money of a line of the bank goes to where the line came from, unless two people decide
//! otherwise (`line_return_change`).

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Money, Problem};
use foundation::sealed::Sealed;
use foundation::text::{mask_code, plain_line};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::refunds::{Column, Entity, Model as RefundRow};
use super::refund_proposal::{BANK, find_refund};
use super::refunds::RefundState;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::orders;
use crate::staff::{May, Officer, StaffId, may};
use crate::web::{Json, Path};

const NAME_CHARACTERS_MAX: usize = 100;
const BANK_CHARACTERS_MAX: usize = 100;
const ACCOUNT_DIGITS: std::ops::RangeInclusive<usize> = 8..=32;

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(write))
}

/// An account that money goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundPayee {
    /// 户名.
    pub name: String,
    /// 账号.
    pub account: String,
    /// 开户行.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
}

impl RefundPayee {
    /// As it is seen ([`plain_line`]) and without blanks in the account, or what is wrong with it.
    pub fn checked(self) -> Result<Self, Problem> {
        let name = plain_line(&self.name);
        let account: String = self.account.chars().filter(|character| !character.is_whitespace()).collect();
        let bank = self.bank.map(|bank| plain_line(&bank)).filter(|bank| !bank.is_empty());
        let wrong = |field: &str, message: &str| {
            Err(Problem::unacceptable("payee_incomplete", "退款账户没有填对，没有保存")
                .field(field, message)
                .advice("请核对收款账户后再提交"))
        };
        if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
            return wrong("payee.name", "请填写户名（100 字以内）");
        }
        let plain = account.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
        if !ACCOUNT_DIGITS.contains(&account.len()) || !plain {
            return wrong("payee.account", "请填写账号（8–32 位数字或字母）");
        }
        if bank.as_ref().is_some_and(|bank| bank.chars().count() > BANK_CHARACTERS_MAX) {
            return wrong("payee.bank", "开户行最多 100 个字");
        }
        Ok(Self { name, account, bank })
    }

    /// For the audit trail.
    pub fn masked(&self) -> String {
        format!("{} {}", self.name, mask_code(&self.account))
    }
}

/// Where the account of a refund is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayeeSource {
    /// Told with the proposal: who decided saw it.
    Proposal,
    /// Written down after the decision.
    Later,
    /// The line of the bank whose money goes back.
    Line,
    /// Instead of the line's, by another decision of two people.
    Changed,
    /// None: the money was handed back at the window where it came.
    Window,
}

impl PayeeSource {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            PayeeSource::Proposal => "proposal",
            PayeeSource::Later => "later",
            PayeeSource::Line => "line",
            PayeeSource::Changed => "changed",
            PayeeSource::Window => "window",
        }
    }
}

/// States in which the account of a refund may still be written down: decided, and the money has not gone.
const OPEN: [RefundState; 3] = [RefundState::Requested, RefundState::Abnormal, RefundState::Closed];

impl RefundRow {
    /// The account that was told for it, if any.
    pub fn payee(&self) -> Option<RefundPayee> {
        let (name, account) = (self.payee_name.clone()?, self.payee_account.clone()?);
        Some(RefundPayee { name, account: account.into(), bank: self.payee_bank.clone() })
    }

    /// Where that is known from; nothing where it was typed before this was kept.
    pub fn payee_is_from(&self) -> Option<PayeeSource> {
        use PayeeSource::{Changed, Later, Line, Proposal, Window};
        [Proposal, Later, Line, Changed, Window]
            .into_iter()
            .find(|source| self.payee_source.as_deref() == Some(source.as_str()))
    }

    /// The account that two people chose instead of the one that its line came from, if they did.
    pub fn changed_payee(&self) -> Option<RefundPayee> {
        self.payee().filter(|_| self.payee_is_from() == Some(PayeeSource::Changed))
    }

    /// Whether money that had paid the order, or a part of it, goes back by bank.
    pub fn is_of_order_by_bank(&self) -> bool {
        self.channel == BANK && self.is_of_order()
    }

    /// Whether its account may be written down now, or another one.
    pub fn takes_payee(&self) -> Result<bool, Problem> {
        let state: RefundState = self.state.parse()?;
        let by_hand = self.channel == BANK || state != RefundState::Requested;
        Ok(self.line_id.is_none() && by_hand && OPEN.contains(&state))
    }
}

/// The condition of a payout: whoever typed the account does not carry it out.
pub(super) fn not_typed_by(officer: &StaffId) -> SimpleExpr {
    Column::PayeeSetBy.is_null().or(Column::PayeeSetBy.ne(officer.as_str()))
}

/// Why a payout was refused because of its account, if that is why.
pub(super) fn refused_payout(row: &RefundRow, officer: &StaffId) -> Option<Problem> {
    let own = row.payee_set_by.as_deref() == Some(officer.as_str());
    own.then(|| {
        let what = "收款账户是您填写的，不能由您自己登记银行退款，没有登记";
        Problem::new(StatusCode::FORBIDDEN, "four_eyes", what)
            .money(Money::None)
            .advice("请另一位同事核对收款账户后转账并登记")
    })
}

/// 409 while whoever registers a payout has not looked at its account since somebody wrote it down after the decision: what
/// he paid to may be the one before. The order's row must be held.
pub(super) async fn refuse_an_account_not_seen<C: ConnectionTrait>(
    connection: &C,
    row: &RefundRow,
    officer: &StaffId,
) -> Result<(), Problem> {
    let is_late = matches!(row.payee_is_from(), Some(PayeeSource::Later | PayeeSource::Changed));
    let waits = OPEN.iter().any(|state| row.state == state.as_str());
    let own = row.payee_set_by.as_deref() == Some(officer.as_str());
    let Some(payee) = row.payee().filter(|_| is_late && waits && !own) else {
        // Whoever typed it knows it, and is refused for that.
        return Ok(());
    };
    let (look, shown) = ((officer.as_str(), Action::RefundPayeeSeen), mask_code(&payee.account));
    let facts = [row.id.as_str(), shown.as_str()];
    if audit::was_done_since(connection, look, (row.order_id.as_str(), facts.as_slice()), row.updated_at).await? {
        return Ok(());
    }
    Err(Problem::conflict("payee_unseen", "收款账户换过，您还没有查看现在的账户，没有登记")
        .money(Money::None)
        .advice("请先查看收款账户，转到现在的账户后再登记；已经转到原来的账户的，请先告诉财务负责人"))
}

/// Keeps the account of a decided refund by bank as long as the money has not gone. 409 before the decision (the decider has
/// looked at another one), afterwards, and for money of a line of the bank.
pub async fn set_payee<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    officer: &StaffId,
    payee: &RefundPayee,
    now_ms: i64,
) -> Result<(), Problem> {
    let failed = [RefundState::Abnormal, RefundState::Closed].map(RefundState::as_str);
    let set = Entity::update_many()
        .col_expr(Column::PayeeName, Expr::value(payee.name.as_str()))
        .col_expr(Column::PayeeAccount, Expr::value(Sealed::from(payee.account.clone())))
        .col_expr(Column::PayeeBank, Expr::value(payee.bank.as_deref()))
        .col_expr(Column::PayeeSource, Expr::value(PayeeSource::Later.as_str()))
        .col_expr(Column::PayeeSetBy, Expr::value(officer.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::LineId.is_null())
        .filter(Column::State.is_in(OPEN.map(RefundState::as_str)))
        .filter(Column::Channel.eq(BANK).or(Column::State.is_in(failed)))
        .exec(connection)
        .await?;
    if set.rows_affected == 1 {
        return Ok(());
    }
    let row = find_refund(connection, id).await?;
    if row.line_id.is_some() {
        return Err(Problem::conflict("refund_of_line", "这笔款退回银行流水的付款账户，不能改账户，没有保存")
            .money(Money::Taken)
            .advice("请在网银里按原流水退回；付款账户不能收款的，先不要登记，请在到账认领里申请换账户或取消退回"));
    }
    if row.state == RefundState::Proposed.as_str() {
        return Err(Problem::conflict("refund_proposed", "这笔退款还在审批，不能改收款账户，没有保存")
            .money(Money::Taken)
            .advice("要换账户，请先驳回，再用新账户重新申请"));
    }
    Err(Problem::conflict("refund_not_by_hand", "这笔退款不需要填写账户，没有保存").advice("请刷新页面查看退款状态"))
}

async fn write_in(app: &App, officer: &Officer, id: &str, payee: RefundPayee) -> Result<(), Problem> {
    officer.demand_step_up(app.now_ms())?;
    let payee = payee.checked()?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order_id = find_refund(&*transaction, id).await?.order_id;
    // Whoever registers the payout holds it as well: the account that he was shown is the one that stands.
    orders::lock_row(&*transaction, &order_id, now).await?;
    let row = find_refund(&*transaction, id).await?;
    set_payee(&*transaction, id, &officer.id, &payee, now).await?;
    let before = row.payee().map(|payee| payee.masked());
    let detail = json!({ "refund": id, "payee": payee.masked(), "payee_before": before });
    audit::record(&*transaction, app, officer.entry(Action::RefundPayeeSet, &row.order_id, detail)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes down the account that a decided refund by bank goes to; somebody else carries it out. Needs a step-up.
#[utoipa::path(put, path = "/staff/v1/refunds/{id}/payee", tag = "staff", params(("id" = String, Path, description = "refund")), request_body = RefundPayee, responses(
    (status = 204),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "refund_not_by_hand, refund_of_line, refund_proposed", body = ErrorAnswer),
    (status = 422, description = "payee_incomplete", body = ErrorAnswer),
))]
async fn write(
    State(app): State<SharedApp>,
    officer: May<may::RefundsConfirm>,
    Path(id): Path<String>,
    Json(payee): Json<RefundPayee>,
) -> Result<StatusCode, Problem> {
    write_in(&app, &officer, &id, payee).await?;
    Ok(StatusCode::NO_CONTENT)
}
