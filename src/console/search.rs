//! One box that finds anything by any number, name or phone: each room that has something to be found brings a [`Finder`],
//! and an officer's words reach those that his permissions open.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use foundation::money::Fen;
use foundation::paging::PageRequest;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::{self, PayerFound};
use crate::app::{App, SharedApp};
use crate::fees::{self, StaffFeeSearch};
use crate::invoices::{self, InvoiceSearch};
use crate::orders::{self, StaffOrderSearch};
use crate::staff::{May, Permission, may};
use crate::web::{Json, Query};
use crate::{payments, reports};

/// Things of one kind shown at most.
const PER_GROUP: u32 = 6;
/// Longer words find nothing.
const WORDS_CHARACTERS_MAX: usize = 64;

/// Something that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Found {
    /// Which.
    pub id: String,
    /// What stands first.
    pub title: String,
    /// What stands below.
    pub subtitle: String,
    /// How it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_text: Option<String>,
    /// Route of the console.
    pub link: String,
}

/// Things of one kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundGroup {
    /// For programs.
    pub kind: String,
    /// For people.
    pub title: String,
    /// The first few.
    pub items: Vec<Found>,
}

/// Somebody who can find things of one kind.
#[async_trait]
pub trait Finder: Send + Sync {
    /// For programs: `order`, `fee` …
    fn kind(&self) -> &'static str;
    /// For people.
    fn title(&self) -> &'static str;
    /// What it takes to see them.
    fn permission(&self) -> Permission;
    /// The first few that fit the words.
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem>;
}

/// All finders of this process.
#[derive(Default, Clone)]
pub struct Finders {
    all: Vec<Arc<dyn Finder>>,
}

impl Finders {
    /// With one more.
    pub fn with(mut self, finder: impl Finder + 'static) -> Self {
        self.all.push(Arc::new(finder));
        self
    }
}

/// The finders of what every installation has.
pub fn finders() -> Finders {
    Finders::default()
        .with(Orders)
        .with(Fees)
        .with(Reports)
        .with(Payers { units: true })
        .with(Payers { units: false })
        .with(Invoices)
        .with(Transactions)
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// A number, a name, a phone; at most 64 characters.
    q: Option<String>,
}

/// What was found, by kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    groups: Vec<FoundGroup>,
}

/// Finds anything by any number, name or phone.
#[utoipa::path(get, path = "/staff/v1/search", tag = "staff", params(SearchQuery), responses((status = 200, body = SearchAnswer)))]
pub async fn search(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchAnswer>, Problem> {
    let words: String = query.q.unwrap_or_default().trim().chars().take(WORDS_CHARACTERS_MAX).collect();
    let mut groups = Vec::new();
    if words.is_empty() {
        return Ok(Json(SearchAnswer { groups }));
    }
    for finder in app.finders.all.iter().filter(|finder| officer.may(finder.permission())) {
        let items = finder.find(&app, &words).await?;
        if !items.is_empty() {
            groups.push(FoundGroup { kind: finder.kind().to_owned(), title: finder.title().to_owned(), items });
        }
    }
    Ok(Json(SearchAnswer { groups }))
}

fn first_few() -> PageRequest {
    PageRequest { after: None, limit: Some(PER_GROUP) }
}

struct Orders;

#[async_trait]
impl Finder for Orders {
    fn kind(&self) -> &'static str {
        "order"
    }
    fn title(&self) -> &'static str {
        "缴款订单"
    }
    fn permission(&self) -> Permission {
        Permission::OrdersRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = StaffOrderSearch { q: Some(words.to_owned()), ..StaffOrderSearch::default() };
        let found = orders::staff_page(app.database.reader(), &search, &first_few()).await?;
        found
            .items
            .into_iter()
            .map(|row| {
                Ok(Found {
                    state_text: Some(row.state()?.text().to_owned()),
                    link: format!("/orders/{}", row.id),
                    title: row.order_no,
                    subtitle: format!("{}　{} 元", row.unit_name, Fen(row.amount_fen)),
                    id: row.id,
                })
            })
            .collect()
    }
}

struct Fees;

#[async_trait]
impl Finder for Fees {
    fn kind(&self) -> &'static str {
        "fee"
    }
    fn title(&self) -> &'static str {
        "费用"
    }
    fn permission(&self) -> Permission {
        Permission::FeesRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = StaffFeeSearch { state: None, q: Some(words.to_owned()) };
        let found = fees::staff_fee_page(app.database.reader(), &search, &first_few()).await?;
        let item = |fee: fees::StaffFee| Found {
            link: format!("/fees?q={}", fee.report_no),
            id: fee.id.to_string(),
            title: format!("{}　{}", fee.report_no, fee.device_name),
            subtitle: format!("{}　{} 元", fee.unit_name, Fen(fee.amount_fen)),
            state_text: Some(fee.state_text),
        };
        Ok(found.items.into_iter().map(item).collect())
    }
}

struct Reports;

#[async_trait]
impl Finder for Reports {
    fn kind(&self) -> &'static str {
        "report"
    }
    fn title(&self) -> &'static str {
        "检验报告"
    }
    fn permission(&self) -> Permission {
        Permission::ReportsRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let found = reports::staff_report_page(app.database.reader(), Some(words), &first_few()).await?;
        let item = |report: reports::StaffReport| Found {
            link: format!("/reports?q={}", report.report_no),
            id: report.id,
            title: format!("{}　{}", report.report_no, report.device_name),
            subtitle: report.unit_name,
            state_text: Some(report.state_text),
        };
        Ok(found.items.into_iter().map(item).collect())
    }
}

/// Units, or the people who act for them.
struct Payers {
    units: bool,
}

#[async_trait]
impl Finder for Payers {
    fn kind(&self) -> &'static str {
        if self.units { "unit" } else { "account" }
    }
    fn title(&self) -> &'static str {
        if self.units { "单位" } else { "账号" }
    }
    fn permission(&self) -> Permission {
        Permission::PayersRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let reader = app.database.reader();
        let limit = u64::from(PER_GROUP);
        let found = match self.units {
            true => accounts::find_units(reader, words, limit).await?,
            false => accounts::find_accounts(reader, words, limit).await?,
        };
        let item = |payer: PayerFound| Found {
            link: format!("/orders?q={}", payer.search_word),
            id: payer.id,
            title: payer.name,
            subtitle: payer.detail,
            state_text: None,
        };
        Ok(found.into_iter().map(item).collect())
    }
}

struct Invoices;

#[async_trait]
impl Finder for Invoices {
    fn kind(&self) -> &'static str {
        "invoice"
    }
    fn title(&self) -> &'static str {
        "票据"
    }
    fn permission(&self) -> Permission {
        Permission::InvoicesRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = InvoiceSearch { state: None, q: Some(words.to_owned()) };
        let found = invoices::invoice_page(app, &search, &first_few()).await?;
        let item = |invoice: invoices::StaffInvoice| Found {
            link: format!("/invoices?q={}", invoice.order_no),
            title: invoice.view.invoice_number.unwrap_or_else(|| invoice.view.kind_text.to_owned()),
            subtitle: format!("{}　{} 元", invoice.unit_name, Fen(invoice.amount_fen)),
            state_text: Some(invoice.view.state_text.to_owned()),
            id: invoice.id,
        };
        Ok(found.items.into_iter().map(item).collect())
    }
}

struct Transactions;

#[async_trait]
impl Finder for Transactions {
    fn kind(&self) -> &'static str {
        "transaction"
    }
    fn title(&self) -> &'static str {
        "微信支付交易"
    }
    fn permission(&self) -> Permission {
        Permission::OrdersRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let found = payments::orders_with_number(app.database.reader(), words).await?;
        let item = |(order_id, number, amount_fen): (String, String, i64)| Found {
            link: format!("/orders/{order_id}"),
            title: number.clone(),
            subtitle: format!("{} 元", Fen(amount_fen)),
            state_text: None,
            id: number,
        };
        Ok(found.into_iter().map(item).collect())
    }
}
