//! Rows of changes, also of those that needed no request.

use foundation::ids::new_id_text;
use foundation::problem::Problem;
use foundation::sealed::Findable;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::entity::phone_changes::{ActiveModel, Entity, Model};
use crate::accounts::{Account, AccountId};

/// What later capabilities may know of a change.
#[derive(Debug, Clone)]
pub struct PhoneChangeFacts {
    /// Whose phone it is that changes; not always his who asked.
    pub account: AccountId,
    /// Until then.
    pub old_phone: Option<String>,
    /// From then on.
    pub new_phone: String,
    /// When a confirmed change happens, epoch milliseconds; nothing for those that happened at once.
    pub due_at: Option<i64>,
}

/// A change by id.
pub async fn facts<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<PhoneChangeFacts>, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    Ok(row.map(|row| PhoneChangeFacts {
        account: AccountId::from_stored(row.changed_account_id.unwrap_or(row.account_id)),
        due_at: row.due_at,
        old_phone: row.old_phone.map(String::from),
        new_phone: row.new_phone.into(),
    }))
}

pub(super) async fn insert<C: ConnectionTrait>(connection: &C, row: Model) -> Result<(), Problem> {
    Entity::insert(ActiveModel {
        id: Set(row.id),
        account_id: Set(row.account_id),
        way: Set(row.way),
        unit_id: Set(row.unit_id),
        old_phone: Set(row.old_phone),
        new_phone: Set(row.new_phone),
        state: Set(row.state),
        decided_by: Set(row.decided_by),
        created_at: Set(row.created_at),
        expires_at: Set(row.expires_at),
        decided_at: Set(row.decided_at),
        papers: Set(row.papers),
        note: Set(row.note),
        opinion: Set(row.opinion),
        changed_account_id: Set(row.changed_account_id),
        due_at: Set(row.due_at),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(())
}

/// Id of a change; those of before began as changes of a unit's profile do.
pub(super) fn new_id() -> String {
    new_id_text("phc")
}

/// Writes down a change that happened at once; gives its id.
pub(super) async fn insert_done<C: ConnectionTrait>(
    connection: &C,
    account: &Account,
    phone: &str,
    way: &str,
    now: i64,
) -> Result<String, Problem> {
    let id = new_id();
    let row = Model {
        id: id.clone(),
        account_id: account.id.to_string(),
        way: way.to_owned(),
        unit_id: None,
        old_phone: account.phone.as_deref().map(Findable::from),
        new_phone: phone.into(),
        state: "done".to_owned(),
        decided_by: None,
        created_at: now,
        expires_at: now,
        decided_at: Some(now),
        papers: None,
        note: None,
        opinion: None,
        changed_account_id: Some(account.id.to_string()),
        due_at: None,
    };
    insert(connection, row).await?;
    Ok(id)
}
