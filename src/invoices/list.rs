//! All receipts of a unit, over its orders (S0-47): by the year in which they were issued.

use std::collections::{BTreeSet, HashMap};

use foundation::calendar::{beijing_date, start_of_beijing_day_ms};
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use serde::Serialize;
use time::{Date, Month};
use utoipa::ToSchema;

use super::entity::invoices::{Column, Entity};
use super::mails;
use super::model::{Invoice, InvoiceState, InvoiceView};
use super::store::invoice_of_row;
use crate::accounts::Scope;
use crate::app::App;
use crate::orders;

/// Receipts of one year that are handed out together; more are asked for month by month at the counter.
const PER_YEAR_MAX: u64 = 20_000;
/// Databases limit the values of one query.
const IDS_PER_QUERY: usize = 1_000;

/// A receipt in the list of all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Receipt {
    /// Which.
    pub id: String,
    /// Of which order.
    pub order_id: String,
    /// 缴款订单号.
    pub order_no: String,
    /// Fen.
    pub amount_fen: i64,
    /// When it was asked for, epoch milliseconds.
    pub requested_at: i64,
    /// The receipt itself.
    #[serde(flatten)]
    pub view: InvoiceView,
    /// What the payer may do now.
    pub can: ReceiptCan,
}

/// What the payer may do with a receipt now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptCan {
    /// 下载 PDF (`order_invoice`).
    pub download: bool,
    /// 下载 OFD (`order_invoice_ofd`).
    pub download_ofd: bool,
    /// 发到邮箱.
    pub mail: bool,
    /// 修改后重试.
    pub retry: bool,
}

impl ReceiptCan {
    /// Of a receipt, where mails can be sent or not.
    pub fn of(app: &App, state: InvoiceState, has_ofd: bool) -> Self {
        let issued = state == InvoiceState::Issued;
        Self {
            download: issued,
            download_ofd: issued && has_ofd,
            mail: issued && app.mail.is_set_up(),
            retry: state == InvoiceState::Failed,
        }
    }
}

/// When a receipt was issued, or, before that, asked for.
fn dated() -> SimpleExpr {
    Func::coalesce([Expr::col(Column::IssuedAt), Expr::col(Column::RequestedAt)]).into()
}

fn of_year(select: Select<Entity>, year: i32) -> Select<Entity> {
    let start = |year| Date::from_calendar_date(year, Month::January, 1).map(start_of_beijing_day_ms);
    match (start(year), start(year.saturating_add(1))) {
        (Ok(first), Ok(end)) => select.filter(dated().gte(first)).filter(dated().lt(end)),
        // No receipt is of such a year.
        _ => select.filter(Column::Id.eq("")),
    }
}

fn of_scope(scope: &Scope) -> Select<Entity> {
    Entity::find().filter(Column::OrderId.in_subquery(orders::ids_in_scope(scope)))
}

/// One page of the scope's receipts, newest first.
pub async fn receipt_page(
    app: &App,
    scope: &Scope,
    year: Option<i32>,
    wanted: &PageRequest,
) -> Result<Page<Receipt>, Problem> {
    let reader = app.database.reader();
    let mut select = of_scope(scope).order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if let Some(year) = year {
        select = of_year(select, year);
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(reader).await?, wanted.limit(), |row| row.id.clone());
    let names = orders::names_of(reader, found.items.iter().map(|row| row.order_id.as_str())).await?;
    let mut sent = mails::newest_of(reader, found.items.iter().map(|row| row.id.as_str())).await?;
    let items = found.items.into_iter().map(|row| {
        let invoice = invoice_of_row(row)?;
        let order_no = names.get(&invoice.order_id).map(|name| name.order_no.clone()).unwrap_or_default();
        let can = ReceiptCan::of(app, invoice.state, invoice.ofd_key.is_some());
        let (id, order_id) = (invoice.id.to_string(), invoice.order_id.clone());
        let (amount_fen, requested_at) = (invoice.amount.0, invoice.requested_at);
        let mut view = InvoiceView::from(invoice);
        view.mail = sent.remove(&id);
        Ok(Receipt { id, order_id, order_no, amount_fen, requested_at, view, can })
    });
    Ok(Page { items: items.collect::<Result<_, Problem>>()?, next: found.next })
}

/// Years in which there are receipts, newest first.
pub async fn receipt_years<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<Vec<i32>, Problem> {
    #[derive(FromQueryResult)]
    struct Ends {
        first: Option<i64>,
        last: Option<i64>,
    }
    let ends = of_scope(scope)
        .select_only()
        .expr_as(dated().min(), "first")
        .expr_as(dated().max(), "last")
        .into_model::<Ends>()
        .one(connection)
        .await?;
    let Some((first, last)) = ends.and_then(|ends| ends.first.zip(ends.last)) else { return Ok(Vec::new()) };
    let mut years = Vec::new();
    for year in (beijing_date(first).year()..=beijing_date(last).year()).rev() {
        if of_year(of_scope(scope), year).count(connection).await? > 0 {
            years.push(year);
        }
    }
    Ok(years)
}

/// Numbers of the receipts that were issued for these orders, by order, however many; one that was taken back says so.
pub async fn numbers_of<C: ConnectionTrait>(
    connection: &C,
    order_ids: BTreeSet<&str>,
) -> Result<HashMap<String, String>, Problem> {
    let ids: Vec<&str> = order_ids.into_iter().collect();
    let mut numbers = HashMap::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let found = Entity::find().filter(Column::OrderId.is_in(chunk.iter().copied())).all(connection).await?;
        numbers.extend(found.into_iter().filter_map(|row| {
            let number = row.invoice_number?;
            let taken_back = row.state == InvoiceState::Reversed.as_str();
            Some((row.order_id, if taken_back { format!("{number}（已红冲）") } else { number }))
        }));
    }
    Ok(numbers)
}

/// All receipts of a year that can be downloaded, oldest first.
pub async fn issued_in_year<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    year: i32,
) -> Result<Vec<Invoice>, Problem> {
    let issued = of_year(of_scope(scope), year)
        .filter(Column::State.eq(InvoiceState::Issued.as_str()))
        .filter(Column::FileKey.is_not_null())
        .order_by_asc(Column::Id)
        .limit(PER_YEAR_MAX);
    issued.all(connection).await?.into_iter().map(invoice_of_row).collect()
}
