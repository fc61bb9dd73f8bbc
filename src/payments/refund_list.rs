//! Refunds as the institute's people see them.

use std::collections::HashMap;

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{mask_code, search_form};
use sea_orm::sea_query::{ExprTrait, Query, SimpleExpr, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::refunds::{Column, Entity, Model};
use super::line_return_change::{self, LineReturnChangeKind, LineReturnChangeRow};
use super::refund_payee::PayeeSource;
use super::refund_proposal::BANK;
use super::refund_review::{KIND, LINE_RETURN_KIND};
use super::refunds::{RefundState, of_order};
use crate::accounts::Scope;
use crate::app::App;
use crate::{orders, reviews, staff};

/// The way money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundChannel {
    /// By WeChat's interface.
    Wechat,
    /// By a person at the bank.
    Bank,
}

impl RefundChannel {
    fn of_stored(text: &str) -> Self {
        if text == BANK { RefundChannel::Bank } else { RefundChannel::Wechat }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            RefundChannel::Wechat => "微信",
            RefundChannel::Bank => "银行",
        }
    }
}

/// A refund.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Refund)]
pub struct RefundAnswer {
    /// Which.
    pub id: String,
    /// Of which order.
    pub order_id: String,
    /// 缴款订单号.
    pub order_no: String,
    /// 缴款单位.
    pub unit_name: String,
    /// Fen.
    pub amount_fen: i64,
    /// Why, for people.
    pub reason: String,
    /// Where it stands.
    pub state: RefundState,
    /// The same for the institute's people.
    pub state_text: String,
    /// The way it goes.
    pub channel: RefundChannel,
    /// Our number for it.
    #[serde(rename = "refund_no")]
    pub out_refund_no: String,
    /// The decision on it; missing for money that went back by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_id: Option<String>,
    /// WeChat's number for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// Number of the bank's slip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<String>,
    /// Whether the order is voided with it: its money had come only in part.
    pub voids_order: bool,
    /// Whether it is a transfer that had nothing to pay for: the order that it names was paid already.
    pub of_line: bool,
    /// What somebody is still to decide of a return of a line that was decided already, or of a refund that the bank sent
    /// back; nothing is paid out meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_waits: Option<LineReturnChangeKind>,
    /// Id of the member of staff who wants that: he may take it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_asked_by: Option<String>,
    /// Whether it was paid to an account by bank, so that the bank may send it back.
    pub may_bounce: bool,
    /// Whether it was called off after the decision: a second transfer that does not go back after all.
    pub called_off: bool,
    /// Whose account it goes to by bank, where somebody typed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payee_name: Option<String>,
    /// Its ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payee_account_masked: Option<String>,
    /// Who proposed it; missing for money that went back by itself.
    #[serde(rename = "requested_by", skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// Whether a person must carry it out or look after it.
    pub needs_person: bool,
    /// Epoch milliseconds.
    #[serde(rename = "requested_at")]
    pub created_at: i64,
    /// Epoch milliseconds.
    #[serde(rename = "finished_at", skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<i64>,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RefundSearch {
    /// Where it stands.
    pub state: Option<String>,
    /// Only those that a person must carry out or look after.
    pub needs_person: Option<bool>,
    /// Part of order number, unit name or refund number.
    pub q: Option<String>,
}

/// One page, newest first.
pub async fn refund_page(
    app: &App,
    search: &RefundSearch,
    wanted: &PageRequest,
) -> Result<Page<RefundAnswer>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if let Some(state) = search.state.as_deref().filter(|state| !state.is_empty()) {
        select = select.filter(Column::State.eq(state));
    }
    if search.needs_person == Some(true) {
        select = select.filter(needs_person());
    }
    let form = search_form(search.q.as_deref().unwrap_or(""));
    if !form.is_empty() {
        let number = search.q.as_deref().unwrap_or("").trim();
        let of_order = Column::OrderId.in_subquery(orders::order_ids_matching(app.database.reader(), &form));
        let ids = |which: SimpleExpr| Query::select().column(Column::Id).from(Entity).and_where(which).to_owned();
        // Each way by its own index: a choice between them in one condition is decided row by row.
        let mut found = ids(of_order);
        found.union(UnionType::Distinct, ids(Column::OutRefundNo.eq(number)));
        found.union(UnionType::Distinct, ids(Column::RefundId.eq(number)));
        select = select.filter(Column::Id.in_subquery(found));
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(app.database.reader()).await?, wanted.limit(), |row| row.id.clone());
    Ok(Page { items: answer_of(app, found.items).await?, next: found.next })
}

/// Carried out by hand, or given up by WeChat.
pub(super) fn needs_person() -> sea_orm::sea_query::SimpleExpr {
    let by_hand = Column::Channel.eq(BANK).and(Column::State.eq(RefundState::Requested.as_str()));
    by_hand.or(Column::State.is_in([RefundState::Abnormal.as_str(), RefundState::Closed.as_str()]))
}

/// All refunds of an order, newest first.
pub async fn refunds_of_order(app: &App, order_id: &str) -> Result<Vec<RefundAnswer>, Problem> {
    let rows = Entity::find()
        .filter(Column::OrderId.eq(order_id))
        .order_by_desc(Column::Id)
        .all(app.database.reader())
        .await?;
    answer_of(app, rows).await
}

/// One refund with what is looked up for it. 404 if there is none.
pub async fn refund_answer(app: &App, id: &str) -> Result<RefundAnswer, Problem> {
    let row = super::refund_proposal::find_refund(app.database.reader(), id).await?;
    let answer = answer_of(app, vec![row]).await?.pop();
    answer.ok_or_else(|| Problem::internal("a refund without an answer"))
}

/// Whether a refund is carried out by a person at the bank.
pub async fn goes_by_bank<C: ConnectionTrait>(connection: &C, id: &str) -> Result<bool, Problem> {
    Ok(Entity::find_by_id(id).one(connection).await?.is_some_and(|row| row.channel == BANK))
}

/// Whether a person paid it at the bank and wrote down the number of the slip; also what WeChat could not carry out.
pub async fn was_paid_by_bank<C: ConnectionTrait>(connection: &C, id: &str) -> Result<bool, Problem> {
    Ok(Entity::find_by_id(id).one(connection).await?.is_some_and(|row| row.bank_reference.is_some()))
}

/// Whether a person handed it back at the window where it came.
pub async fn was_paid_at_window<C: ConnectionTrait>(connection: &C, id: &str) -> Result<bool, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    Ok(row.is_some_and(|row| row.payee_is_from() == Some(PayeeSource::Window)))
}

/// How far the money of these lines of the bank is on its way back to their senders: line and state of each return that was
/// not declined.
pub async fn line_return_states<C: ConnectionTrait>(
    connection: &C,
    line_ids: &[&str],
) -> Result<Vec<(String, RefundState)>, Problem> {
    let rows: Vec<(String, String)> = Entity::find()
        .select_only()
        .columns([Column::LineId, Column::State])
        .filter(Column::LineId.is_in(line_ids.iter().copied()))
        .filter(Column::State.ne(RefundState::Declined.as_str()))
        .into_tuple()
        .all(connection)
        .await?;
    rows.into_iter().map(|(line, state)| Ok((line, state.parse()?))).collect()
}

/// What of a line of the bank goes back or went back to its sender, newest first.
pub async fn line_returns(app: &App, line_id: &str) -> Result<Vec<RefundAnswer>, Problem> {
    let rows =
        Entity::find().filter(Column::LineId.eq(line_id)).order_by_desc(Column::Id).all(app.database.reader()).await?;
    answer_of(app, rows).await
}

/// The rows with what is looked up together.
pub(super) async fn answer_of(app: &App, rows: Vec<Model>) -> Result<Vec<RefundAnswer>, Problem> {
    let reader = app.database.reader();
    let orders = orders::names_of(reader, rows.iter().map(|row| row.order_id.as_str())).await?;
    let names = staff::names_of(reader, rows.iter().filter_map(|row| row.proposed_by.as_deref())).await?;
    let mut reviews = reviews::ids_of(reader, KIND, rows.iter().map(|row| row.id.as_str())).await?;
    let of_lines = rows.iter().filter(|row| row.line_id.is_some()).map(|row| row.id.as_str());
    reviews.extend(reviews::ids_of(reader, LINE_RETURN_KIND, of_lines).await?);
    let open = RefundState::Requested.as_str();
    let decided = rows.iter().filter(|row| row.may_bounce() || row.line_id.is_some() && row.state == open);
    let decided: Vec<&str> = decided.map(|row| row.id.as_str()).collect();
    let waiting = line_return_change::waiting_of(reader, &decided).await?;
    let changes = waiting.into_iter().map(|change| (change.refund_id.clone(), change)).collect();
    let found = Found { orders, names, reviews, changes };
    rows.into_iter().map(|row| answer(row, &found)).collect()
}

/// What is looked up for several rows together.
struct Found {
    orders: HashMap<String, orders::OrderName>,
    names: HashMap<String, String>,
    reviews: HashMap<String, String>,
    changes: HashMap<String, LineReturnChangeRow>,
}

fn answer(row: Model, found: &Found) -> Result<RefundAnswer, Problem> {
    let Found { orders, names, reviews, changes } = found;
    let state: RefundState = row.state.parse()?;
    let by_hand = row.channel == BANK && state == RefundState::Requested;
    let order = orders.get(&row.order_id);
    let change = changes.get(&row.id);
    let change_waits = change.map(LineReturnChangeRow::kind);
    Ok(RefundAnswer {
        order_no: order.map(|order| order.order_no.clone()).unwrap_or_default(),
        unit_name: order.map(|order| order.unit_name.clone()).unwrap_or_default(),
        proposed_by: row.proposed_by.as_ref().map(|id| names.get(id).unwrap_or(id).clone()),
        needs_person: by_hand || matches!(state, RefundState::Abnormal | RefundState::Closed),
        state_text: match state {
            RefundState::Proposed => "待审批",
            RefundState::Declined if row.called_off_at.is_some() => "已取消退回",
            RefundState::Declined => "未批准",
            RefundState::Requested if change_waits == Some(LineReturnChangeKind::Payee) => "换账户待审批",
            RefundState::Requested if change_waits == Some(LineReturnChangeKind::CallOff) => "取消退回待审批",
            RefundState::Requested if by_hand => "待银行退款",
            RefundState::Requested => "已提交微信",
            RefundState::Processing => "微信处理中",
            RefundState::Success if change_waits == Some(LineReturnChangeKind::Bounced) => "银行退票待审批",
            RefundState::Success => "已退款",
            RefundState::Abnormal => "微信退款异常，待银行退款",
            RefundState::Closed => "微信退款关闭，待银行退款",
        }
        .to_owned(),
        review_id: reviews.get(&row.id).cloned(),
        voids_order: row.voids_order,
        of_line: row.line_id.is_some(),
        may_bounce: row.may_bounce(),
        called_off: row.called_off_at.is_some(),
        change_waits,
        change_asked_by: change.map(|change| change.asked_by.clone()),
        payee_name: row.payee_name,
        payee_account_masked: row.payee_account.as_deref().map(mask_code),
        id: row.id,
        order_id: row.order_id,
        amount_fen: row.amount_fen,
        reason: row.reason,
        state,
        channel: RefundChannel::of_stored(&row.channel),
        out_refund_no: row.out_refund_no,
        refund_id: row.refund_id,
        bank_reference: row.bank_reference,
        created_at: row.created_at,
        succeeded_at: row.succeeded_at,
    })
}

/// Money of an order that went back by decision.
#[derive(Debug, Clone)]
pub struct ReturnedMoney {
    /// Of which order.
    pub order_id: String,
    /// Fen.
    pub amount_fen: i64,
    /// Why, for people.
    pub reason: String,
    /// When it was back with the payer, epoch milliseconds.
    pub at: i64,
}

/// What went back to a scope from `from_ms` on and before `until_ms`, by decision, oldest first. Money that went back by
/// itself had nothing to pay for and was never counted as paid.
pub async fn returned_in_scope<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    from_ms: i64,
    until_ms: i64,
) -> Result<Vec<ReturnedMoney>, Problem> {
    let rows = Entity::find()
        .filter(Column::OrderId.in_subquery(orders::ids_in_scope(scope)))
        .filter(of_order())
        // What came of a voided order in parts was never counted as paid.
        .filter(Column::VoidsOrder.eq(false))
        .filter(Column::State.eq(RefundState::Success.as_str()))
        .filter(Column::SucceededAt.gte(from_ms))
        .filter(Column::SucceededAt.lt(until_ms))
        .order_by_asc(Column::SucceededAt)
        .all(connection)
        .await?;
    let returned = rows.into_iter().filter_map(|row| {
        let Model { order_id, amount_fen, reason, succeeded_at, .. } = row;
        Some(ReturnedMoney { order_id, amount_fen, reason, at: succeeded_at? })
    });
    Ok(returned.collect())
}

/// Refunds that wait for a person, oldest first.
pub(super) async fn waiting_for_person<C: ConnectionTrait>(
    connection: &C,
    wanted: &PageRequest,
) -> Result<Page<Model>, Problem> {
    let mut select = Entity::find().filter(needs_person()).order_by_asc(Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.gt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone()))
}
