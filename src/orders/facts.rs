//! What later capabilities may know of an order.

use std::collections::{BTreeSet, HashMap};

use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::sealed::Sealed;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::{checkouts, orders};
use super::model::OrderState;
use crate::accounts::{AccountId, Scope, UnitId, View};
use crate::fees::ReceiptClass;

/// Databases limit the values of one query.
const IDS_PER_QUERY: usize = 1_000;

/// The facts of an order for messages, receipts and documents.
#[derive(Debug, Clone)]
pub struct OrderFacts {
    /// Which.
    pub id: String,
    /// 缴款订单号.
    pub order_no: String,
    /// Whose.
    pub unit_id: UnitId,
    /// 单位名称.
    pub unit_name: String,
    /// 报检人电话, if the order was made by an applicant.
    pub applicant_phone: Option<String>,
    /// Who receives the money.
    pub payee_id: String,
    /// Fen.
    pub amount: Fen,
    /// Reports in it.
    pub fee_count: i64,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// `fiscal_receipt`, `ordinary` or `special`.
    pub invoice_kind: String,
    /// The title as JSON, as it was when ordered.
    pub invoice_title: Sealed,
    /// Where it stands.
    pub state: OrderState,
    /// 曳引驱动乘客电梯 等 20 份报告.
    pub title: String,
    /// When it was made.
    pub created_at: i64,
    /// When money came.
    pub paid_at: Option<i64>,
    /// The effective attempt.
    pub paid_attempt_id: Option<String>,
    /// What went back to the payer of it.
    pub refunded: Fen,
}

/// Facts of one order, or nothing.
pub async fn facts<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<OrderFacts>, Problem> {
    let Some(row) = orders::Entity::find_by_id(order_id).one(connection).await? else { return Ok(None) };
    Ok(Some(OrderFacts {
        state: row.state()?,
        receipt_class: row.receipt_class.parse()?,
        id: row.id,
        order_no: row.order_no,
        unit_id: UnitId::from_stored(row.unit_id),
        unit_name: row.unit_name,
        applicant_phone: row.applicant_phone.map(String::from),
        payee_id: row.payee_id,
        amount: Fen(row.amount_fen),
        fee_count: row.fee_count,
        invoice_kind: row.invoice_kind,
        invoice_title: row.invoice_title,
        title: row.title,
        created_at: row.created_at,
        paid_at: row.paid_at,
        paid_attempt_id: row.paid_attempt_id,
        refunded: Fen(row.refunded_fen),
    }))
}

/// What an order is called in lists of other things.
#[derive(Debug, Clone)]
pub struct OrderName {
    /// 缴款订单号.
    pub order_no: String,
    /// 缴款单位.
    pub unit_name: String,
}

/// Names of orders by id.
pub async fn names_of<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, OrderName>, Problem> {
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = orders::Entity::find().filter(orders::Column::Id.is_in(ids)).all(connection).await?;
    let name = |row: orders::Model| (row.id, OrderName { order_no: row.order_no, unit_name: row.unit_name });
    Ok(rows.into_iter().map(name).collect())
}

/// Number and title of orders by id, however many.
pub async fn names_of_many<C: ConnectionTrait>(
    connection: &C,
    ids: BTreeSet<&str>,
) -> Result<HashMap<String, (String, String)>, Problem> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut names = HashMap::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let found = orders::Entity::find().filter(orders::Column::Id.is_in(chunk.iter().copied()));
        names.extend(found.all(connection).await?.into_iter().map(|row| (row.id, (row.order_no, row.title))));
    }
    Ok(names)
}

/// Orders by tab, for the home page (S0-10).
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct OrderCounts {
    /// 待支付, with those that are being reviewed.
    pub pending_payment: i64,
    /// Of 待支付, those whose remittance is being reviewed: their money is said to be on its way (S0-41).
    pub under_review: i64,
    /// 已支付.
    pub paid: i64,
    /// 已完成.
    pub completed: i64,
    /// 已作废, and those whose money is all back.
    pub void: i64,
}

#[derive(FromQueryResult)]
struct CountRow {
    state: String,
    count: i64,
}

/// Orders that an account made, newest first, through its confirmations; at most `max`.
pub async fn made_by<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    max: u64,
) -> Result<Vec<super::store::OrderRow>, Problem> {
    let of_account = checkouts::Entity::find()
        .filter(checkouts::Column::AccountId.eq(account.as_str()))
        .select_only()
        .column(checkouts::Column::Id)
        .into_query();
    let rows = orders::Entity::find()
        .filter(orders::Column::CheckoutId.in_subquery(of_account))
        .order_by_desc(orders::Column::Id)
        .limit(max)
        .all(connection)
        .await?;
    Ok(rows)
}

/// Whether an account ever made an order.
pub async fn any_of_account<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<bool, Problem> {
    let made = checkouts::Entity::find().filter(checkouts::Column::AccountId.eq(account.as_str())).limit(1);
    Ok(made.one(connection).await?.is_some())
}

/// Whether somebody sees an order.
pub async fn is_seen<C: ConnectionTrait>(connection: &C, view: &View, id: &str) -> Result<bool, Problem> {
    Ok(view.select::<orders::Entity>().filter(orders::Column::Id.eq(id)).count(connection).await? > 0)
}

/// Counts the scope's orders by tab.
pub async fn counts<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<OrderCounts, Problem> {
    let rows = scope
        .select::<orders::Entity>()
        .select_only()
        .column(orders::Column::State)
        .column_as(orders::Column::Id.count(), "count")
        .group_by(orders::Column::State)
        .into_model::<CountRow>()
        .all(connection)
        .await?;
    let mut counts = OrderCounts::default();
    for row in rows {
        match row.state.parse::<OrderState>()? {
            OrderState::PendingPayment | OrderState::Paying => counts.pending_payment += row.count,
            OrderState::Paid | OrderState::Refunding => counts.paid += row.count,
            OrderState::Completed => counts.completed += row.count,
            OrderState::Void | OrderState::Refunded => counts.void += row.count,
        }
    }
    if counts.pending_payment > 0 {
        // Apart from the groups, which are read from the index alone.
        let reviewed = scope
            .select::<orders::Entity>()
            .filter(orders::Column::State.eq(OrderState::PendingPayment.as_str()))
            .filter(orders::Column::UnderReview.eq(true));
        counts.under_review = i64::try_from(reviewed.count(connection).await?).unwrap_or(i64::MAX);
    }
    Ok(counts)
}
