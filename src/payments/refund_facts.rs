//! What the payer is told of money that goes back.

use std::collections::HashMap;

use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::refunds::{Column, Entity, Model as RefundRow};
use super::refund_payee::PayeeSource;
use super::refund_proposal::BANK;
use super::refunds::{RefundState, of_order};
use super::settled_refund::UNDER_WAY;

/// What the order page shows of a refund.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefundFacts {
    /// Which; not for the payer.
    #[serde(skip)]
    pub id: String,
    /// Fen.
    pub amount_fen: i64,
    /// Where it stands.
    pub state: RefundState,
    /// For people.
    pub state_text: String,
    /// Why, for people.
    pub reason: String,
}

impl RefundFacts {
    fn of(row: RefundRow) -> Result<Self, Problem> {
        let state: RefundState = row.state.parse()?;
        let text = match state {
            // Until somebody has sent it at the bank, no day of arrival can be promised.
            RefundState::Requested if row.channel == BANK => "退款已同意，等财务从银行转出，转出后 1–3 个工作日到账",
            RefundState::Success if row.payee_is_from() == Some(PayeeSource::Window) => "已在服务窗口退还",
            RefundState::Success if row.bank_reference.is_some() => "已由银行转账退回",
            _ => state.text(),
        };
        Ok(Self { id: row.id, amount_fen: row.amount_fen, state, state_text: text.to_owned(), reason: row.reason })
    }
}

/// The newest refund of an order.
pub async fn refund_of_order<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
) -> Result<Option<RefundFacts>, Problem> {
    let row = Entity::find()
        .filter(Column::OrderId.eq(order_id))
        // A second transfer that goes back is no refund of the order.
        .filter(Column::LineId.is_null())
        // What is still being talked about inside is no news for the payer.
        .filter(Column::State.is_not_in([RefundState::Proposed.as_str(), RefundState::Declined.as_str()]))
        .order_by_desc(Column::Id)
        .one(connection)
        .await?;
    row.map(RefundFacts::of).transpose()
}

/// What of orders' money was decided to go back and has not arrived, fen by order; orders without any are left out.
pub async fn under_way_of_orders<C: ConnectionTrait>(
    connection: &C,
    order_ids: &[String],
) -> Result<HashMap<String, i64>, Problem> {
    if order_ids.is_empty() {
        return Ok(HashMap::new());
    }
    // By order alone, each has few: the index of states would lead through the refunds of everybody.
    let rows: Vec<(String, String, i64)> = Entity::find()
        .select_only()
        .columns([Column::OrderId, Column::State, Column::AmountFen])
        .filter(Column::OrderId.is_in(order_ids.iter().map(String::as_str)))
        .filter(of_order())
        .into_tuple()
        .all(connection)
        .await?;
    let under_way = UNDER_WAY.map(RefundState::as_str);
    let mut sums = HashMap::new();
    for (order_id, _, amount_fen) in rows.into_iter().filter(|(_, state, _)| under_way.contains(&state.as_str())) {
        *sums.entry(order_id).or_insert(0) += amount_fen;
    }
    Ok(sums)
}
