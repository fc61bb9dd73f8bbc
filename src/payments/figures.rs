//! What waits, for whoever watches.

use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::entity::{channel_events, payment_attempts};
use super::events::Applied;

/// An attempt is asked about when its time is over; a few minutes later its fate should be known.
const GRACE_MS: i64 = 5 * 60_000;

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Attempts whose time was over some minutes ago and that are neither paid nor closed.
    pub unknown: u64,
    /// Notices of the channel that were taken and not booked.
    pub notices_waiting: u64,
    /// How long the oldest of them has waited, milliseconds.
    pub oldest_notice_ms: i64,
}

/// Counts what waits at `now_ms`, by indexes of what waits (`m0005`, `m0080`).
pub async fn figures<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<Figures, Problem> {
    let unknown = payment_attempts::Entity::find()
        // In the text of the statement, so that a prepared one uses the partial index.
        .filter(Expr::cust("state IN ('created', 'pending', 'closing')"))
        .filter(payment_attempts::Column::ExpiresAt.lt(now_ms - GRACE_MS))
        .count(connection)
        .await?;
    let waiting = channel_events::Entity::find()
        .filter(Expr::cust("state <> 'applied'"))
        .filter(channel_events::Column::State.eq(Applied::Later.as_str()));
    let notices_waiting = waiting.clone().count(connection).await?;
    let oldest: Option<Option<i64>> = waiting
        .select_only()
        .expr(Expr::col(channel_events::Column::ReceivedAt).min())
        .into_tuple()
        .one(connection)
        .await?;
    let oldest_notice_ms = oldest.flatten().map_or(0, |received_at| (now_ms - received_at).clamp(0, i64::MAX));
    Ok(Figures { unknown, notices_waiting, oldest_notice_ms })
}
