//! What the payer is told of money that goes back.

use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
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
            RefundState::Requested if row.channel == BANK => "正在由银行退回，预计 1–3 个工作日到账",
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

/// What of an order's money was decided to go back and has not arrived, fen.
pub async fn under_way_of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<i64, Problem> {
    let sum: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Expr::col(Column::AmountFen).sum().cast_as(Alias::new("bigint")), "amount_fen")
        .filter(Column::OrderId.eq(order_id))
        .filter(of_order())
        .filter(Column::State.is_in(UNDER_WAY.map(RefundState::as_str)))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}
