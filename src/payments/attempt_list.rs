//! Attempts as the institute's people see them.

use foundation::problem::Problem;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::payment_attempts::{Column, Entity};
use super::model::{AttemptState, Channel};

/// One try to pay.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptAnswer {
    /// Which.
    pub id: String,
    /// Where the payer paid.
    pub channel: Channel,
    /// Our number at WeChat.
    pub out_trade_no: String,
    /// WeChat's number, once money came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Fen.
    pub amount_fen: i64,
    /// Where it stands.
    pub state: AttemptState,
    /// The same for people.
    pub state_text: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<i64>,
}

/// The attempts of an order, newest first; at most 50.
pub async fn attempts_for_staff<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
) -> Result<Vec<AttemptAnswer>, Problem> {
    let rows =
        Entity::find().filter(Column::OrderId.eq(order_id)).order_by_desc(Column::Id).limit(50).all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let state: AttemptState = row.state.parse()?;
            Ok(AttemptAnswer {
                state_text: match state {
                    AttemptState::Created => "已发起",
                    AttemptState::Pending => "等待付款",
                    AttemptState::Closing => "正在关闭",
                    AttemptState::Closed => "已关闭",
                    AttemptState::Failed => "发起失败",
                    AttemptState::Paid => "已付款",
                    AttemptState::Disputed => "与账不符，待处理",
                }
                .to_owned(),
                id: row.id,
                channel: row.channel.parse()?,
                out_trade_no: row.out_trade_no,
                transaction_id: row.transaction_id,
                amount_fen: row.amount_fen,
                state,
                failure: row.failure,
                created_at: row.created_at,
                paid_at: row.paid_at,
            })
        })
        .collect()
}

/// Order, number and amount of the attempts and refunds with this number, ours, WeChat's or the bank's.
pub async fn orders_with_number<C: ConnectionTrait>(
    connection: &C,
    number: &str,
) -> Result<Vec<(String, String, i64)>, Problem> {
    let rows = Entity::find()
        .filter(Column::OutTradeNo.eq(number).or(Column::TransactionId.eq(number)))
        .limit(5)
        .all(connection)
        .await?;
    let mut found: Vec<(String, String, i64)> = rows
        .into_iter()
        .map(|row| (row.order_id, row.transaction_id.unwrap_or(row.out_trade_no), row.amount_fen))
        .collect();
    use super::entity::refunds;
    let named = refunds::Column::OutRefundNo
        .eq(number)
        .or(refunds::Column::RefundId.eq(number))
        .or(refunds::Column::BankReference.eq(number));
    let refunds = refunds::Entity::find().filter(named).limit(5).all(connection).await?;
    found.extend(refunds.into_iter().map(|row| (row.order_id, row.out_refund_no, row.amount_fen)));
    Ok(found)
}
