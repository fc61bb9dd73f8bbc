//! Receipts as the institute's people see them.

use std::collections::{HashMap, HashSet};

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::search_form;
use sea_orm::sea_query::{Expr, ExprTrait, Query as SeaQuery, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::invoices::{Column, Entity, Model};
use super::entity::red_letters;
use super::model::{InvoiceState, InvoiceView};
use super::red_letters::STANDS;
use super::store::invoice_of_row;
use crate::app::App;
use crate::fees::ReceiptClass;
use crate::orders::{self, OrderRow};
use crate::payments;

const NOTHING_LEFT: &str = "订单的款项已全部退回（或正在退回），没有可以开票的金额，不能换开";

/// A receipt with its order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffInvoice {
    /// Which.
    pub id: String,
    /// Of which order.
    pub order_id: String,
    /// 缴款订单号.
    pub order_no: String,
    /// 缴款单位.
    pub unit_name: String,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// Fen.
    pub amount_fen: i64,
    /// 1 for the first try.
    pub issue_round: i64,
    /// When it was asked for, epoch milliseconds.
    pub requested_at: i64,
    /// The receipt itself.
    #[serde(flatten)]
    pub view: InvoiceView,
    /// What was taken back before, newest first.
    pub red_letters: Vec<RedLetter>,
    /// What the invoice desk may do.
    pub can: InvoiceCan,
}

/// What the invoice desk may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvoiceCan {
    /// 重试.
    pub retry: bool,
    /// 红冲.
    pub red_letter: bool,
    /// 再次红冲: the issuer refused the last one.
    pub red_letter_again: bool,
    /// 不再红冲: the receipt that the issuer did not take back stands.
    pub let_stand: bool,
    /// 换开.
    pub reissue: bool,
    /// Why not, where somebody would expect that it may: for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reissue_refused: Option<&'static str>,
}

/// How far taking a receipt back is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedLetterState {
    /// Asked for.
    Requested,
    /// Taken back.
    Done,
    /// Refused.
    Failed,
    /// Refused, and the receipt was let stand.
    Stands,
}

impl RedLetterState {
    fn of_stored(text: &str) -> Self {
        match text {
            "requested" => RedLetterState::Requested,
            "done" => RedLetterState::Done,
            STANDS => RedLetterState::Stands,
            _ => RedLetterState::Failed,
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            RedLetterState::Requested => "红冲中",
            RedLetterState::Done => "已红冲",
            RedLetterState::Failed => "红冲失败",
            RedLetterState::Stands => "原票未红冲",
        }
    }
}

/// A receipt that was taken back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedLetter {
    /// 发票号码 or 票据号码 of the one that was taken back.
    pub invoice_number: String,
    /// Fen.
    pub amount_fen: i64,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: RedLetterState,
    /// The same for people.
    pub state_text: String,
    /// Number of the red letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub red_number: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Epoch milliseconds.
    pub requested_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at: Option<i64>,
    /// Why the receipt was let stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_reason: Option<String>,
    /// When that was said, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_at: Option<i64>,
}

impl From<red_letters::Model> for RedLetter {
    fn from(row: red_letters::Model) -> Self {
        let state = RedLetterState::of_stored(&row.state);
        Self {
            invoice_number: row.invoice_number,
            amount_fen: row.amount_fen,
            reason: row.reason,
            state_text: state.text().to_owned(),
            state,
            red_number: row.red_number,
            failure: row.failure,
            requested_at: row.requested_at,
            done_at: row.done_at,
            stands_reason: row.stands_reason,
            stands_at: row.stands_at,
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InvoiceSearch {
    /// `requested`, `issued`, `failed`, `reversing`, `reversed`; `red_letter_failed`: those that the issuer did not take back.
    pub state: Option<String>,
    /// Number of the receipt, or part of order number or unit name.
    pub q: Option<String>,
}

/// One page, newest first.
pub async fn invoice_page(
    app: &App,
    search: &InvoiceSearch,
    wanted: &PageRequest,
) -> Result<Page<StaffInvoice>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if let Some(state) = search.state.as_deref().filter(|state| !state.is_empty()) {
        let in_state = Column::State.eq(state);
        select = select.filter(match state {
            // Also those that were made anew since: their first number is a red letter.
            "reversed" => in_state.or(Column::Id.in_subquery(taken_back(red_letters::Column::State.eq("done")))),
            // In the text of the statement, so that a prepared one uses the partial index.
            "red_letter_failed" => Column::Id.in_subquery(taken_back(Expr::cust("state = 'failed'"))),
            _ => in_state,
        });
    }
    let form = search_form(search.q.as_deref().unwrap_or(""));
    if !form.is_empty() {
        let number = search.q.as_deref().unwrap_or("").trim();
        let of_order = Column::OrderId.in_subquery(orders::order_ids_matching(app.database.reader(), &form));
        let was_called = red_letters::Column::InvoiceNumber.eq(number).or(red_letters::Column::RedNumber.eq(number));
        let ids = |which: SimpleExpr| SeaQuery::select().column(Column::Id).from(Entity).and_where(which).to_owned();
        // Each way by its own index: a choice between them in one condition is decided row by row.
        let mut found = ids(of_order);
        found.union(UnionType::Distinct, ids(Column::InvoiceNumber.eq(number)));
        found.union(UnionType::Distinct, taken_back(was_called));
        select = select.filter(Column::Id.in_subquery(found));
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(app.database.reader()).await?, wanted.limit(), |row| row.id.clone());
    Ok(Page { items: answers(app.database.reader(), found.items).await?, next: found.next })
}

/// Selects the receipts with a red letter that fits.
fn taken_back(which: SimpleExpr) -> SelectStatement {
    SeaQuery::select().column(red_letters::Column::InvoiceId).from(red_letters::Entity).and_where(which).to_owned()
}

/// The receipts of an order.
pub async fn invoices_of_order<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
) -> Result<Vec<StaffInvoice>, Problem> {
    let rows = Entity::find().filter(Column::OrderId.eq(order_id)).all(connection).await?;
    answers(connection, rows).await
}

/// One receipt by id, or 404.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("invoice_not_found", "没有找到这张票据"))
}

/// The rows with what is looked up together.
pub(super) async fn answers<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<Model>,
) -> Result<Vec<StaffInvoice>, Problem> {
    let names = orders::names_of(connection, rows.iter().map(|row| row.order_id.as_str())).await?;
    let mut letters: HashMap<String, Vec<RedLetter>> = HashMap::new();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    if !ids.is_empty() {
        let found = red_letters::Entity::find()
            .filter(red_letters::Column::InvoiceId.is_in(ids))
            .order_by_desc(red_letters::Column::Id)
            .all(connection)
            .await?;
        for letter in found {
            letters.entry(letter.invoice_id.clone()).or_default().push(letter.into());
        }
    }
    // One that stands although its money went back is one whose red letter was refused.
    let over_money_left = [InvoiceState::Issued, InvoiceState::Reversed].map(InvoiceState::as_str);
    let made_out_anew = rows.iter().filter(|row| over_money_left.contains(&row.state.as_str()));
    let given_back = given_back(connection, made_out_anew.map(|row| row.order_id.as_str()).collect()).await?;
    rows.into_iter()
        .map(|row| {
            let invoice = invoice_of_row(row)?;
            let nothing_left = given_back.contains(&invoice.order_id);
            let name = names.get(&invoice.order_id);
            let red_letters = letters.remove(invoice.id.as_str()).unwrap_or_default();
            let not_taken_back = invoice.state == InvoiceState::Issued
                && red_letters.first().is_some_and(|letter| letter.state == RedLetterState::Failed);
            Ok(StaffInvoice {
                order_no: name.map(|name| name.order_no.clone()).unwrap_or_default(),
                unit_name: name.map(|name| name.unit_name.clone()).unwrap_or_default(),
                id: invoice.id.to_string(),
                order_id: invoice.order_id.clone(),
                receipt_class: invoice.receipt_class,
                amount_fen: invoice.amount.0,
                issue_round: invoice.issue_round,
                requested_at: invoice.requested_at,
                red_letters,
                can: InvoiceCan {
                    retry: invoice.state == InvoiceState::Failed,
                    red_letter: invoice.state == InvoiceState::Issued,
                    red_letter_again: not_taken_back,
                    let_stand: not_taken_back,
                    reissue: matches!(
                        invoice.state,
                        InvoiceState::Issued | InvoiceState::Failed | InvoiceState::Reversed
                    ) && invoice.amount.0 > 0
                        && !nothing_left,
                    reissue_refused: nothing_left.then_some(NOTHING_LEFT),
                },
                view: invoice.into(),
            })
        })
        .collect()
}

/// Orders of these of whose money nothing is left that a receipt could be made out over.
async fn given_back<C: ConnectionTrait>(connection: &C, order_ids: Vec<&str>) -> Result<HashSet<String>, Problem> {
    if order_ids.is_empty() {
        return Ok(HashSet::new());
    }
    let decided = payments::sums_decided(connection, &order_ids).await?;
    let mut found = HashSet::new();
    for order in orders::rows_by_id(connection, order_ids.into_iter()).await? {
        if left_fen(&order, decided.get(&order.id).copied().unwrap_or(0))? < 1 {
            found.insert(order.id);
        }
    }
    Ok(found)
}

/// What of an order's money a receipt can be made out over, when refunds over `decided_fen` are decided; nothing of an order
/// that is not paid (any more).
pub(super) fn left_fen(order: &OrderRow, decided_fen: i64) -> Result<i64, Problem> {
    Ok(if order.state()?.has_money() { order.amount_fen - decided_fen } else { 0 })
}
