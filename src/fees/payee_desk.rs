//! Who receives the money, as the settings show it.

use foundation::problem::Problem;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::payees::{Column, Entity, Model};
use super::model::{PayeeId, ReceiptClass};
use super::payee_change;

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
    /// Whether somebody wants it changed and nobody has decided yet.
    pub change_waits: bool,
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
            change_waits: false,
        })
    }
}

/// All payees, by code.
pub async fn payee_lines<C: ConnectionTrait>(connection: &C) -> Result<Vec<PayeeLine>, Problem> {
    let rows = Entity::find().order_by_asc(Column::Code).all(connection).await?;
    let waiting = payee_change::waiting(connection).await?;
    let line = |row: Model| {
        let change_waits = waiting.contains(&row.id);
        Ok(PayeeLine { change_waits, ..PayeeLine::try_from(row)? })
    };
    rows.into_iter().map(line).collect()
}
