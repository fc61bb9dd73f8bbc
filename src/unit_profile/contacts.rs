//! Whom a unit names for what (S2-06); messages find them by role.

use std::str::FromStr;

use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::unit_contacts::{ActiveModel, Column, Entity, Model};
use crate::accounts::UnitId;

/// For what somebody is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactRole {
    /// 安全管理负责人: opinions, deadlines, overdue reminders.
    SafetyManager,
    /// 申请人: his applications and what becomes of them.
    Applicant,
}

impl ContactRole {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ContactRole::SafetyManager => "safety_manager",
            ContactRole::Applicant => "applicant",
        }
    }
}

impl FromStr for ContactRole {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "safety_manager" => Ok(ContactRole::SafetyManager),
            "applicant" => Ok(ContactRole::Applicant),
            other => anyhow::bail!("unknown role of a contact {other}"),
        }
    }
}

/// Names somebody; who was named before for the same is not any more.
pub async fn put_contact<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    role: ContactRole,
    person: (&str, &str),
    by: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    let (name, phone) = person;
    let row = ActiveModel {
        unit_id: Set(unit.to_string()),
        role: Set(role.as_str().to_owned()),
        name: Set(name.into()),
        phone: Set(phone.into()),
        updated_by: Set(by.to_owned()),
        updated_at: Set(now_ms),
    };
    let replaced = OnConflict::columns([Column::UnitId, Column::Role])
        .update_columns([Column::Name, Column::Phone, Column::UpdatedBy, Column::UpdatedAt])
        .to_owned();
    Entity::insert(row).on_conflict(replaced).exec_without_returning(connection).await?;
    Ok(())
}

pub(super) async fn of_unit<C: ConnectionTrait>(connection: &C, unit: &UnitId) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::UnitId.eq(unit.as_str())).all(connection).await
}

/// The phone of whom a unit has named for something.
pub async fn contact_phone<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    role: ContactRole,
) -> Result<Option<String>, Problem> {
    let row = Entity::find_by_id((unit.to_string(), role.as_str().to_owned())).one(connection).await?;
    Ok(row.map(|row| String::from(row.phone)).filter(|phone| !phone.is_empty()))
}
