//! Queries and conditional updates.

use std::collections::HashMap;

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde_json::json;

use super::entity::order_postings::{ActiveModel, Column, Entity, Model};
use crate::app::App;
use crate::audit::{self, Action};
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, Delivery, OrderId, OrderRow, TimelineKind};
use crate::staff::Officer;

const WAITING: &str = "waiting";
const POSTED: &str = "posted";

/// A parcel on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// 快递公司.
    pub carrier: String,
    /// 运单号.
    pub tracking_no: String,
    /// Epoch milliseconds.
    pub posted_at: i64,
}

/// An order that was just made: if its reports are to be posted, it waits for that.
pub async fn open<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    if !matches!(delivery_of(order)?, Delivery::Post { .. }) {
        return Ok(());
    }
    let row = ActiveModel {
        order_id: Set(order.id.clone()),
        state: Set(WAITING.to_owned()),
        carrier: Set(None),
        tracking_no: Set(None),
        posted_at: Set(None),
        posted_by: Set(None),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// How the reports of an order reach the payer.
pub(super) fn delivery_of(order: &OrderRow) -> Result<Delivery, Problem> {
    serde_json::from_str(&order.delivery).map_err(Problem::internal)
}

/// The parcel of an order, once it is posted.
pub async fn of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<Parcel>, DbErr> {
    Ok(Entity::find_by_id(order_id).one(connection).await?.and_then(parcel_of))
}

fn parcel_of(row: Model) -> Option<Parcel> {
    Some(Parcel { carrier: row.carrier?, tracking_no: row.tracking_no?, posted_at: row.posted_at? })
}

/// Writes down that the reports of a paid order were posted, or corrects what was written; the payer is told.
pub(super) async fn post(
    app: &App,
    officer: &Officer,
    order_id: &OrderId,
    carrier: &str,
    tracking_no: &str,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, order_id.as_str(), now).await?;
    let order = order.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))?;
    if !order.state()?.has_money() {
        return Err(Problem::conflict("order_not_paid", "这个订单还没有支付，不能寄送报告").advice("支付后再登记寄送"));
    }
    let updated = Entity::update_many()
        .col_expr(Column::State, Expr::value(POSTED))
        .col_expr(Column::Carrier, Expr::value(carrier))
        .col_expr(Column::TrackingNo, Expr::value(tracking_no))
        .col_expr(Column::PostedAt, Expr::value(now))
        .col_expr(Column::PostedBy, Expr::value(officer.id.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::OrderId.eq(&order.id))
        .exec(&*transaction)
        .await?;
    if updated.rows_affected == 0 {
        return Err(Problem::conflict("order_not_by_post", "这个订单没有选择邮寄").advice("请核对订单的领取方式"));
    }
    let actor = Actor::Officer(officer.id.to_string());
    let detail = Some(format!("{carrier} {tracking_no}"));
    orders::record(&*transaction, &order.id, TimelineKind::Posted, &actor, detail, now).await?;
    let happening = Happening::ReportsPosted {
        order_id: order.id.clone(),
        carrier: carrier.to_owned(),
        tracking_no: tracking_no.to_owned(),
    };
    publish(&*transaction, &happening, now).await?;
    let detail = json!({ "carrier": carrier, "tracking_no": tracking_no });
    audit::record(&*transaction, app, officer.entry(Action::ReportsPosted, order.id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// Paid orders that wait for the post.
fn waiting() -> Select<Entity> {
    let paid = orders::paid_with_id(Expr::col((Entity, Column::OrderId)));
    Entity::find().filter(Column::State.eq(WAITING)).filter(Expr::exists(paid))
}

/// How many wait.
pub(super) async fn waiting_count<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    waiting().count(connection).await
}

/// What is posted, or waits for it, with its order.
pub(super) struct Posting {
    pub(super) order: OrderRow,
    pub(super) parcel: Option<Parcel>,
}

/// One page: those that wait, the oldest first, or those that were posted, the newest first.
pub(super) async fn page<C: ConnectionTrait>(
    connection: &C,
    posted: bool,
    wanted: &PageRequest,
) -> Result<Page<Posting>, Problem> {
    let mut select = if posted {
        Entity::find().filter(Column::State.eq(POSTED)).order_by_desc(Column::OrderId)
    } else {
        waiting().order_by_asc(Column::OrderId)
    };
    if let Some(after) = wanted.after_key() {
        select = select.filter(if posted { Column::OrderId.lt(after) } else { Column::OrderId.gt(after) });
    }
    let rows = select.limit(wanted.limit() + 1).all(connection).await?;
    let page = Page::from_rows(rows, wanted.limit(), |row| row.order_id.clone());
    let found = orders::rows_by_id(connection, page.items.iter().map(|row| row.order_id.as_str())).await?;
    let mut found: HashMap<String, OrderRow> = found.into_iter().map(|row| (row.id.clone(), row)).collect();
    let items = page.items.into_iter().filter_map(|row| {
        let order = found.remove(&row.order_id)?;
        Some(Posting { order, parcel: parcel_of(row) })
    });
    Ok(Page { items: items.collect(), next: page.next })
}
