//! The account that a refund by bank goes to, where the books of the bank do not tell it: typed by a member of staff.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use foundation::sealed::Sealed;
use foundation::text::mask_code;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::refunds::{Column, Entity};
use super::refund_proposal::{BANK, find_refund};
use super::refunds::RefundState;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, Officer, may};
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
    /// Without blanks, or what is wrong with it.
    pub fn checked(self) -> Result<Self, Problem> {
        let name = self.name.trim().to_owned();
        let account: String = self.account.chars().filter(|character| !character.is_whitespace()).collect();
        let bank = self.bank.map(|bank| bank.trim().to_owned()).filter(|bank| !bank.is_empty());
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
}

/// Keeps the account of a refund by bank as long as the money has not gone. 409 afterwards.
pub async fn set_payee<C: ConnectionTrait>(connection: &C, id: &str, payee: &RefundPayee) -> Result<(), Problem> {
    let failed = [RefundState::Abnormal, RefundState::Closed].map(RefundState::as_str);
    let waits = [RefundState::Proposed, RefundState::Requested, RefundState::Abnormal, RefundState::Closed];
    let set = Entity::update_many()
        .col_expr(Column::PayeeName, Expr::value(payee.name.as_str()))
        .col_expr(Column::PayeeAccount, Expr::value(Sealed::from(payee.account.clone())))
        .col_expr(Column::PayeeBank, Expr::value(payee.bank.as_deref()))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(waits.map(RefundState::as_str)))
        .filter(Column::Channel.eq(BANK).or(Column::State.is_in(failed)))
        .exec(connection)
        .await?;
    if set.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::conflict("refund_not_by_hand", "这笔退款不需要填写账户，没有保存").advice("请刷新页面查看退款状态"))
}

async fn write_in(app: &App, officer: &Officer, id: &str, payee: RefundPayee) -> Result<(), Problem> {
    let payee = payee.checked()?;
    let transaction = app.database.begin_write().await?;
    let row = find_refund(&*transaction, id).await?;
    set_payee(&*transaction, id, &payee).await?;
    let detail = json!({ "refund": id, "payee_name": payee.name, "payee_account": mask_code(&payee.account) });
    audit::record(&*transaction, app, officer.entry(Action::RefundPayeeSet, &row.order_id, detail)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes down the account that a refund by bank goes to.
#[utoipa::path(put, path = "/staff/v1/refunds/{id}/payee", tag = "staff", params(("id" = String, Path, description = "refund")), request_body = RefundPayee, responses(
    (status = 204),
    (status = 409, description = "refund_not_by_hand", body = ErrorAnswer),
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
