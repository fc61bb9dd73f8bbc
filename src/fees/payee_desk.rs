//! Who receives the money, as the settings show it.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entity::payees::{Column, Entity, Model};
use super::model::{PayeeId, ReceiptClass};
use crate::app::App;
use crate::audit::{self, Action};
use crate::staff::Officer;

/// A payee.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PayeeLine {
    /// Which.
    pub id: PayeeId,
    /// Its key in the core system.
    pub code: String,
    /// 收款单位.
    pub name: String,
    /// 户名.
    pub account_name: String,
    /// 开户行.
    pub bank_name: String,
    /// 账号.
    #[serde(rename = "account_no")]
    pub bank_account: String,
    /// The one kind of receipt it gives.
    pub receipt_class: ReceiptClass,
    /// The same for people.
    pub receipt_class_text: String,
}

impl TryFrom<Model> for PayeeLine {
    type Error = anyhow::Error;
    fn try_from(row: Model) -> Result<Self, Self::Error> {
        let receipt_class: ReceiptClass = row.receipt_class.parse()?;
        Ok(Self {
            id: PayeeId::from_stored(row.id),
            code: row.code,
            name: row.name,
            account_name: row.account_name,
            bank_name: row.bank_name,
            bank_account: row.bank_account,
            receipt_class,
            receipt_class_text: receipt_class.text().to_owned(),
        })
    }
}

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

/// All payees, by code.
pub async fn payee_lines<C: ConnectionTrait>(connection: &C) -> Result<Vec<PayeeLine>, Problem> {
    let rows = Entity::find().order_by_asc(Column::Code).all(connection).await?;
    Ok(rows.into_iter().map(PayeeLine::try_from).collect::<Result<_, _>>()?)
}

/// Changes where the money goes. What was ordered before keeps what it said.
pub async fn change_payee(
    app: &App,
    officer: &Officer,
    id: &PayeeId,
    wanted: &PayeeRequest,
) -> Result<PayeeLine, Problem> {
    officer.demand_step_up(app.now_ms())?;
    check(wanted)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let find = || Entity::find_by_id(id.as_str());
    let not_found = || Problem::not_found("payee_not_found", "没有找到这个收款单位");
    let before = find().one(&*transaction).await?.ok_or_else(not_found)?;
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(wanted.name.trim()))
        .col_expr(Column::AccountName, Expr::value(wanted.account_name.trim()))
        .col_expr(Column::BankName, Expr::value(wanted.bank_name.trim()))
        .col_expr(Column::BankAccount, Expr::value(wanted.bank_account.trim()))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id.as_str()))
        .exec(&*transaction)
        .await?;
    let after = find().one(&*transaction).await?.ok_or_else(not_found)?;
    let detail = json!({
        "before": { "name": before.name, "bank_name": before.bank_name, "bank_account": masked(&before.bank_account) },
        "after": { "name": after.name, "bank_name": after.bank_name, "bank_account": masked(&after.bank_account) },
    });
    audit::record(&*transaction, app, officer.entry(Action::PayeeChanged, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok(after.try_into()?)
}

fn masked(account: &str) -> String {
    foundation::text::mask_code(account)
}

fn check(wanted: &PayeeRequest) -> Result<(), Problem> {
    let mut problem =
        Problem::unacceptable("payee_wrong", "收款单位填写得不完整，没有修改").advice("请按提示修改后重试");
    let mut fine = true;
    for (field, text) in
        [("name", &wanted.name), ("account_name", &wanted.account_name), ("bank_name", &wanted.bank_name)]
    {
        if !(1..=100).contains(&text.trim().chars().count()) {
            problem = problem.field(field, "请填写（100 字以内）");
            fine = false;
        }
    }
    let account = wanted.bank_account.trim();
    if !(4..=40).contains(&account.len()) || !account.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        problem = problem.field("account_no", "请填写账号（数字）");
        fine = false;
    }
    if fine { Ok(()) } else { Err(problem) }
}
