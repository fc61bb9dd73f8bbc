//! Writing entries, and proving that none was changed, left out or taken away.

use foundation::ids::new_id_text;
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::actions::Action;
use super::entity::{audit_chain, audit_entries};
use crate::app::App;

/// Key of the one row of the chain.
const HEAD: &str = "head";
/// What the first entry follows.
const BEFORE_THE_FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Entries read at a time while verifying.
const BATCH: u64 = 1_000;

/// What is to be written down.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Id of a member of staff, or `system`, `command`.
    pub actor: String,
    /// His name at that moment.
    pub actor_name: String,
    /// What he did.
    pub action: Action,
    /// Id of what he did it to; an order's id for everything that belongs to an order.
    pub object: String,
    /// Facts: amounts, reasons, before and after. No passwords, no codes, no full phone or account numbers.
    pub detail: serde_json::Value,
}

/// Appends an entry; pass the transaction of the act, and call it last.
pub async fn record<C: ConnectionTrait>(connection: &C, app: &App, entry: Entry) -> Result<(), Problem> {
    let head = hold_head(connection).await?;
    let mut row = audit_entries::Model {
        id: new_id_text("aud"),
        seq: head.seq,
        at: app.now_ms(),
        actor: entry.actor,
        actor_name: entry.actor_name,
        action: entry.action.as_str().to_owned(),
        object: entry.object,
        detail: Some(entry.detail.to_string()),
        previous_hash: head.hash,
        hash: String::new(),
    };
    row.hash = hash_of(&row);
    let moved = audit_chain::Entity::update_many()
        .col_expr(audit_chain::Column::Hash, Expr::value(&row.hash))
        .filter(audit_chain::Column::Id.eq(HEAD))
        .filter(audit_chain::Column::Seq.eq(row.seq))
        .filter(audit_chain::Column::Hash.eq(&row.previous_hash))
        .exec(connection)
        .await?;
    if moved.rows_affected != 1 {
        return Err(Problem::internal("the head of the audit trail moved while it was held"));
    }
    audit_entries::Entity::insert(audit_entries::ActiveModel {
        id: Set(row.id),
        seq: Set(row.seq),
        at: Set(row.at),
        actor: Set(row.actor),
        actor_name: Set(row.actor_name),
        action: Set(row.action),
        object: Set(row.object),
        detail: Set(row.detail),
        previous_hash: Set(row.previous_hash),
        hash: Set(row.hash),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(())
}

/// Takes the next number; whoever else wants one waits here until this transaction ends.
async fn hold_head<C: ConnectionTrait>(connection: &C) -> Result<audit_chain::Model, Problem> {
    audit_chain::Entity::update_many()
        .col_expr(audit_chain::Column::Seq, Expr::col(audit_chain::Column::Seq).add(1))
        .filter(audit_chain::Column::Id.eq(HEAD))
        .exec(connection)
        .await?;
    let head = audit_chain::Entity::find_by_id(HEAD).one(connection).await?;
    head.ok_or_else(|| Problem::internal("the audit trail has no head"))
}

fn hash_of(row: &audit_entries::Model) -> String {
    let canonical = serde_json::json!([
        row.seq,
        row.at,
        row.actor,
        row.actor_name,
        row.action,
        row.object,
        row.detail,
        row.previous_hash
    ]);
    sha256_hex(canonical.to_string().as_bytes())
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// So many entries, none touched.
    Whole {
        /// Entries.
        count: i64,
    },
    /// The first place where something does not fit.
    Broken(Broken),
}

/// The first entry that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its number; the one that is missing, if it is not there.
    pub seq: i64,
    /// What is wrong, for people.
    pub what: &'static str,
}

/// Recomputes the whole chain.
pub async fn verify<C: ConnectionTrait>(connection: &C) -> Result<Verified, DbErr> {
    let broken = |seq, what| Ok(Verified::Broken(Broken { seq, what }));
    let mut seq = 0;
    let mut hash = BEFORE_THE_FIRST.to_owned();
    loop {
        let rows = audit_entries::Entity::find()
            .filter(audit_entries::Column::Seq.gt(seq))
            .order_by_asc(audit_entries::Column::Seq)
            .limit(BATCH)
            .all(connection)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 {
                return broken(seq + 1, "这一条不见了");
            }
            if row.previous_hash != hash {
                return broken(row.seq, "与前一条接不上");
            }
            if hash_of(&row) != row.hash {
                return broken(row.seq, "内容被改动过");
            }
            seq = row.seq;
            hash = row.hash;
        }
    }
    let head = audit_chain::Entity::find_by_id(HEAD).one(connection).await?;
    match head {
        Some(head) if head.seq == seq && head.hash == hash => Ok(Verified::Whole { count: seq }),
        Some(head) if head.seq > seq => broken(seq + 1, "末尾的记录不见了"),
        _ => broken(seq, "链头与最后一条对不上"),
    }
}
