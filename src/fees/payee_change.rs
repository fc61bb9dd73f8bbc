//! Changing where the payers' money goes: one officer asks, another one decides ([`super::PayeeReview`]). Whoever could do it
//! alone could have all transfers of the institute come to himself.

use foundation::complaints::Complaints;
use foundation::problem::Problem;
use foundation::text::{mask_code, plain_line};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::entity::payee_changes::{ActiveModel, Column, Entity, Model};
use super::entity::payees;
use super::model::{PayeeChangeId, PayeeId};
use super::payee_review::KIND;
use crate::app::App;
use crate::audit::{self, Action};
use crate::reviews::{self, NewReview, Review, Submitter};
use crate::staff::Officer;

/// An account that is closed at the bank must not take money for long.
const WORKING_DAYS: u32 = 1;

/// As stored while nobody has decided.
const OPEN: &str = "open";
const APPLIED: &str = "applied";
const DECLINED: &str = "declined";

/// What is changed of a payee; its class of receipts never is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PayeeRequest {
    /// 收款单位.
    #[schema(max_length = 100)]
    pub name: String,
    /// 户名.
    #[schema(max_length = 100)]
    pub account_name: String,
    /// 开户行.
    #[schema(max_length = 100)]
    pub bank_name: String,
    /// 账号, digits.
    #[serde(rename = "account_no")]
    #[schema(max_length = 40)]
    pub bank_account: String,
}

impl PayeeRequest {
    /// As it is seen ([`plain_line`]), or what is wrong with it.
    fn checked(&self) -> Result<Self, Problem> {
        let trimmed = Self {
            name: plain_line(&self.name),
            account_name: plain_line(&self.account_name),
            bank_name: plain_line(&self.bank_name),
            bank_account: self.bank_account.trim().to_owned(),
        };
        let refusal =
            Problem::unacceptable("payee_wrong", "收款单位填写得不完整，没有提交").advice("请按提示修改后重试");
        let mut wrong = Complaints::new(refusal);
        for (field, text) in
            [("name", &trimmed.name), ("account_name", &trimmed.account_name), ("bank_name", &trimmed.bank_name)]
        {
            if !(1..=100).contains(&text.chars().count()) {
                wrong.add(field, "请填写（100 字以内）");
            }
        }
        let account = &trimmed.bank_account;
        if !(4..=40).contains(&account.len()) || !account.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            wrong.add("account_no", "请填写账号（数字）");
        }
        wrong.end_with(trimmed)
    }

    fn is_of(&self, row: &payees::Model) -> bool {
        (&self.name, &self.account_name, &self.bank_name, &self.bank_account)
            == (&row.name, &row.account_name, &row.bank_name, &row.bank_account)
    }
}

/// Asks for a payee to be changed; the answer is the review that another member of staff decides. Needs a step-up. 409 while
/// another change of it waits.
pub async fn ask_payee_change(
    app: &App,
    officer: &Officer,
    id: &PayeeId,
    wanted: &PayeeRequest,
) -> Result<Review, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let wanted = wanted.checked()?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let before = payees::Entity::find_by_id(id.as_str()).one(&*transaction).await?.ok_or_else(payee_not_found)?;
    if wanted.is_of(&before) {
        return Err(Problem::conflict("payee_same", "没有改动，没有提交").advice("请修改后再提交"));
    }
    let change = PayeeChangeId::new();
    let row = ActiveModel {
        id: Set(change.to_string()),
        payee_id: Set(before.id.clone()),
        name: Set(wanted.name.clone()),
        account_name: Set(wanted.account_name.clone()),
        bank_name: Set(wanted.bank_name.clone()),
        bank_account: Set(wanted.bank_account.clone()),
        name_before: Set(before.name.clone()),
        account_name_before: Set(before.account_name.clone()),
        bank_name_before: Set(before.bank_name.clone()),
        bank_account_before: Set(before.bank_account.clone()),
        state: Set(OPEN.to_owned()),
        created_at: Set(now),
    };
    let conflict = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row).on_conflict(conflict).exec_without_returning(&*transaction).await? == 0 {
        return Err(Problem::conflict("payee_change_waits", "这个收款单位已有一项变更在等待审批，没有提交")
            .advice("请等审批有结果后再改"));
    }
    let new = NewReview {
        kind: KIND,
        subject_id: change.as_str(),
        title: format!("变更收款单位：{}", before.name),
        amount_fen: None,
        search: format!("{} {}", before.name, wanted.name),
        submitter: Submitter::officer(officer),
        working_days: WORKING_DAYS,
    };
    let review = reviews::open(&*transaction, app, new).await?;
    let detail = json!({
        "before": said(&before.name, &before.account_name, &before.bank_name, &before.bank_account),
        "after": said(&wanted.name, &wanted.account_name, &wanted.bank_name, &wanted.bank_account),
    });
    audit::record(&*transaction, app, officer.entry(Action::PayeeChangeAsked, id.as_str(), detail)).await?;
    let review = reviews::find(&*transaction, &review).await?.ok_or_else(change_not_found)?;
    transaction.commit().await?;
    Ok(review)
}

/// Approved: new orders name the new account; what was ordered before keeps what it said. In the transaction of the verdict.
/// 409 if the payee is no longer what the change was asked for.
pub(super) async fn apply(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    officer: &Officer,
) -> Result<(), Problem> {
    let change = find(transaction, id).await?;
    turn(transaction, id, APPLIED).await?;
    let changed = payees::Entity::update_many()
        .col_expr(payees::Column::Name, Expr::value(change.name.as_str()))
        .col_expr(payees::Column::AccountName, Expr::value(change.account_name.as_str()))
        .col_expr(payees::Column::BankName, Expr::value(change.bank_name.as_str()))
        .col_expr(payees::Column::BankAccount, Expr::value(change.bank_account.as_str()))
        .col_expr(payees::Column::UpdatedAt, Expr::value(app.now_ms()))
        .filter(payees::Column::Id.eq(&change.payee_id))
        .filter(payees::Column::Name.eq(&change.name_before))
        .filter(payees::Column::AccountName.eq(&change.account_name_before))
        .filter(payees::Column::BankName.eq(&change.bank_name_before))
        .filter(payees::Column::BankAccount.eq(&change.bank_account_before))
        .exec(transaction)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Problem::conflict("payee_moved_on", "申请之后这个收款单位又变过，没有改变")
            .advice("请驳回，再按现在的内容重新申请"));
    }
    let detail = json!({
        "before":
            said(&change.name_before, &change.account_name_before, &change.bank_name_before, &change.bank_account_before),
        "after": said(&change.name, &change.account_name, &change.bank_name, &change.bank_account),
    });
    audit::record(transaction, app, officer.entry(Action::PayeeChanged, &change.payee_id, detail)).await
}

/// Declined: everything stays.
pub(super) async fn decline(transaction: &DatabaseTransaction, id: &str) -> Result<(), Problem> {
    turn(transaction, id, DECLINED).await
}

async fn turn<C: ConnectionTrait>(connection: &C, id: &str, to: &str) -> Result<(), Problem> {
    let turned = Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(OPEN))
        .exec(connection)
        .await?;
    if turned.rows_affected == 1 { Ok(()) } else { Err(Problem::internal(format!("payee change {id} is not open"))) }
}

/// A change by id, or 404.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Model, Problem> {
    Entity::find_by_id(id).one(connection).await?.ok_or_else(change_not_found)
}

/// Payees for which a change waits.
pub(super) async fn waiting<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>, Problem> {
    let rows = Entity::find().filter(Column::State.eq(OPEN)).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.payee_id).collect())
}

/// For the audit trail.
fn said(name: &str, account_name: &str, bank_name: &str, bank_account: &str) -> serde_json::Value {
    json!({ "name": name, "account_name": account_name, "bank_name": bank_name, "account_no": mask_code(bank_account) })
}

fn payee_not_found() -> Problem {
    Problem::not_found("payee_not_found", "没有找到这个收款单位")
}

fn change_not_found() -> Problem {
    Problem::not_found("payee_change_not_found", "没有找到这项变更")
}
