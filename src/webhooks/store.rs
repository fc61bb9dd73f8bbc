//! Queries and conditional updates.

use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, UpdateMany};

use super::entity::{deliveries, endpoints, events, feed};
use super::model::{DeliveryId, DeliveryState, EndpointId};

/// As stored: events are sent there.
pub(super) const ENABLED: &str = "enabled";
/// As stored: they are not.
pub(super) const DISABLED: &str = "disabled";

/// Whether an endpoint wants events of a type; one that names none wants all.
pub(super) fn wants(endpoint: &endpoints::Model, kind: &str) -> bool {
    endpoint.event_types.is_empty() || endpoint.event_types.split(',').any(|wanted| wanted == kind)
}

/// Enabled endpoints that want events of a type.
pub(super) async fn listening<C: ConnectionTrait>(connection: &C, kind: &str) -> Result<Vec<endpoints::Model>, DbErr> {
    let enabled = endpoints::Entity::find()
        .filter(endpoints::Column::State.eq(ENABLED))
        .order_by_asc(endpoints::Column::Id)
        .all(connection)
        .await?;
    Ok(enabled.into_iter().filter(|endpoint| wants(endpoint, kind)).collect())
}

/// The number of the next event; the row of the newest one is held until the transaction ends.
pub(super) async fn next_number<C: ConnectionTrait>(connection: &C) -> Result<i64, Problem> {
    feed::Entity::update_many()
        .col_expr(feed::Column::Seq, Expr::col(feed::Column::Seq).add(1))
        .filter(feed::Column::Id.eq("head"))
        .exec(connection)
        .await?;
    let head = feed::Entity::find_by_id("head").one(connection).await?;
    head.map(|head| head.seq).ok_or_else(|| Problem::internal("the feed of events has no head"))
}

/// An endpoint, or 404.
pub(super) async fn endpoint<C: ConnectionTrait>(connection: &C, id: &EndpointId) -> Result<endpoints::Model, Problem> {
    let row = endpoints::Entity::find_by_id(id.as_str()).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("webhook_endpoint_not_found", "没有找到这个接收地址"))
}

/// A delivery, or 404.
pub(super) async fn delivery<C: ConnectionTrait>(
    connection: &C,
    id: &DeliveryId,
) -> Result<deliveries::Model, Problem> {
    let row = deliveries::Entity::find_by_id(id.as_str()).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("webhook_not_found", "没有找到这条通知"))
}

/// An event by id.
pub(super) async fn event<C: ConnectionTrait>(connection: &C, id: &str) -> Result<events::Model, Problem> {
    let row = events::Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::internal(format!("event {id} is gone")))
}

/// Begins deliveries anew: as waiting as on their first day. Narrow it down with a filter.
pub(super) fn begin_again(now: i64) -> UpdateMany<deliveries::Entity> {
    use deliveries::Column as C;
    deliveries::Entity::update_many()
        .col_expr(C::State, Expr::value(DeliveryState::Waiting.as_str()))
        .col_expr(C::Attempts, Expr::value(0))
        .col_expr(C::Round, Expr::col(C::Round).add(1))
        .col_expr(C::RoundStartedAt, Expr::value(now))
        .col_expr(C::NextAt, Expr::value(now))
        .col_expr(C::DeliveredAt, Expr::value(None::<i64>))
        .col_expr(C::UpdatedAt, Expr::value(now))
}

/// Forgets that an endpoint did not answer: it is tried at once.
pub(super) async fn forget_trouble<C: ConnectionTrait>(connection: &C, id: &str, now: i64) -> Result<(), DbErr> {
    endpoints::Entity::update_many()
        .col_expr(endpoints::Column::FailingSince, Expr::value(None::<i64>))
        .col_expr(endpoints::Column::ResumeAt, Expr::value(None::<i64>))
        .col_expr(endpoints::Column::UpdatedAt, Expr::value(now))
        .filter(endpoints::Column::Id.eq(id))
        .filter(endpoints::Column::FailingSince.is_not_null())
        .exec(connection)
        .await?;
    Ok(())
}
