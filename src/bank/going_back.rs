//! Lines whose money was taken for nothing but goes, or went, back to its sender: all of it is gone from the line, and yet
//! nobody claimed it.

use std::collections::HashMap;

use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::bank_claims;
use super::model::TransactionState;
use super::store::{LIVE, TransactionRow};
use crate::payments::{self, RefundState};

/// How far the money of a line is on its way back to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoingBack {
    /// Somebody is to decide, or the cashier to pay.
    Refunding,
    /// All of it was paid.
    Refunded,
}

impl GoingBack {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            GoingBack::Refunding => "待退回",
            GoingBack::Refunded => "已退回",
        }
    }
}

/// Which of these lines go back, by id.
pub async fn going_back<C: ConnectionTrait>(
    connection: &C,
    rows: &[TransactionRow],
) -> Result<HashMap<String, GoingBack>, Problem> {
    let taken = rows.iter().filter(|row| row.state == TransactionState::Claimed.as_str());
    let taken: Vec<&str> = taken.map(|row| row.id.as_str()).collect();
    if taken.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found = HashMap::new();
    for (line_id, state) in payments::line_return_states(connection, &taken).await? {
        let arrived = state == RefundState::Success;
        let so_far = found.entry(line_id).or_insert(GoingBack::Refunded);
        if !arrived {
            *so_far = GoingBack::Refunding;
        }
    }
    let claimed: Vec<String> = bank_claims::Entity::find()
        .select_only()
        .column(bank_claims::Column::TransactionId)
        .filter(bank_claims::Column::TransactionId.is_in(found.keys()))
        .filter(bank_claims::Column::State.eq(LIVE))
        .into_tuple()
        .all(connection)
        .await?;
    for line_id in claimed {
        found.remove(&line_id);
    }
    Ok(found)
}
