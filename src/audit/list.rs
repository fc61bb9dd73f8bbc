//! Reading the trail.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::actions::Action;
use super::entity::audit_entries::{Column, Entity, Model};

/// Entries shown beside one thing.
const ENTRIES_MAX: u64 = 100;

/// One entry as shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Which.
    pub id: String,
    /// Its number in the chain.
    pub seq: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Id of a member of staff, or `system`, `command`.
    pub actor: String,
    /// His name at that moment.
    pub actor_name: String,
    /// For programs.
    pub action: String,
    /// For people.
    pub action_text: String,
    /// Id of what it was done to.
    pub object: String,
    /// Facts.
    pub detail: serde_json::Value,
    /// SHA-256 over this entry and the one before.
    pub hash: String,
}

impl From<Model> for AuditEntry {
    fn from(row: Model) -> Self {
        Self {
            action_text: Action::text_of(&row.action),
            detail: row.detail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            id: row.id,
            seq: row.seq,
            at: row.at,
            actor: row.actor,
            actor_name: row.actor_name,
            action: row.action,
            object: row.object,
            hash: row.hash,
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditSearch {
    /// Id of what it was done to.
    pub object: Option<String>,
    /// Id of who did it.
    pub actor: Option<String>,
}

/// One page of the trail, newest first.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    search: &AuditSearch,
    wanted: &PageRequest,
) -> Result<Page<AuditEntry>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Seq).limit(wanted.limit() + 1);
    if let Some(object) = search.object.as_deref().filter(|object| !object.is_empty()) {
        select = select.filter(Column::Object.eq(object));
    }
    if let Some(actor) = search.actor.as_deref().filter(|actor| !actor.is_empty()) {
        select = select.filter(Column::Actor.eq(actor));
    }
    if let Some(after) = wanted.after_number()? {
        select = select.filter(Column::Seq.lt(after));
    }
    let rows = select.all(connection).await?;
    Ok(Page::from_rows(rows, wanted.limit(), |row| row.seq.to_string()).map(AuditEntry::from))
}

/// The newest entries about some things, at most 100: "who did what to this order", to its remittances, refunds, receipts.
pub async fn entries_of<C: ConnectionTrait>(connection: &C, objects: &[String]) -> Result<Vec<AuditEntry>, Problem> {
    let rows = Entity::find()
        .filter(Column::Object.is_in(objects))
        .order_by_desc(Column::Seq)
        .limit(ENTRIES_MAX)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

/// Whether somebody did this to a thing since then, with all these words among the facts.
pub async fn was_done_since<C: ConnectionTrait>(
    connection: &C,
    (actor, action): (&str, Action),
    (object, facts): (&str, &[&str]),
    since_ms: i64,
) -> Result<bool, Problem> {
    let mut select = Entity::find()
        .filter(Column::Object.eq(object))
        .filter(Column::Actor.eq(actor))
        .filter(Column::Action.eq(action.as_str()))
        .filter(Column::At.gte(since_ms));
    for fact in facts {
        select = select.filter(Column::Detail.contains(*fact));
    }
    Ok(select.limit(1).one(connection).await?.is_some())
}
