//! Days and differences as people see them.

use foundation::calendar::{parse_date, print_date};
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use time::Date;
use utoipa::ToSchema;

use super::entity::{differences, reconciliation_days};
use super::model::{DayState, DifferenceId, DifferenceKind, Remedy};
use super::store;

/// One day and what it came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Day {
    /// Beijing day, `2026-11-22`.
    pub on: String,
    /// Where it stands.
    pub state: DayState,
    /// For people.
    pub state_text: String,
    /// Payments in WeChat's bill.
    pub channel_count: i64,
    /// Their sum, fen.
    pub channel_fen: i64,
    /// Refunds in WeChat's bill, fen.
    pub channel_refund_fen: i64,
    /// WeChat's charges, fen.
    pub charge_fen: i64,
    /// Payments in our books.
    pub books_count: i64,
    /// Their sum, fen.
    pub books_fen: i64,
    /// Refunds in our books, fen.
    pub books_refund_fen: i64,
    /// What the core system booked, fen; nothing while it has not told.
    pub core_fen: Option<i64>,
    /// SHA-1 of WeChat's trade bill as it was compared; nothing when no trade happened.
    pub trade_bill_sha1: Option<String>,
    /// SHA-1 of WeChat's fund-flow bill; nothing when nothing moved.
    pub fund_flow_sha1: Option<String>,
    /// What the merchant account moved by, fen: payments less refunds less charges; nothing for days of old.
    pub flow_net_fen: Option<i64>,
    /// Open differences.
    pub differences: i64,
    /// When it was compared last, epoch milliseconds.
    pub run_at: i64,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// Who closed it.
    pub closed_by: Option<String>,
}

/// Whether a difference is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceState {
    /// Somebody has to look into it.
    Open,
    /// It is explained.
    Settled,
}

impl DifferenceState {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            DifferenceState::Open => "待处理",
            DifferenceState::Settled => "已处理",
        }
    }
}

/// What does not fit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Difference {
    /// Which.
    pub id: DifferenceId,
    /// Beijing day.
    pub on: String,
    /// What does not fit.
    pub kind: DifferenceKind,
    /// For people.
    pub kind_text: String,
    /// The number by which both sides know it.
    pub reference: String,
    /// At WeChat, fen.
    pub channel_fen: Option<i64>,
    /// In the core system, fen.
    pub core_fen: Option<i64>,
    /// In our books, fen.
    pub books_fen: Option<i64>,
    /// What is proposed.
    pub proposal: Remedy,
    /// For people.
    pub proposal_text: String,
    /// Whether that can be done by a press, as long as the difference is open.
    pub can_remedy: bool,
    /// Whether it is settled.
    pub state: DifferenceState,
    /// Who settled it; `system` for the comparison itself.
    pub settled_by: Option<String>,
    /// When, epoch milliseconds.
    pub settled_at: Option<i64>,
    /// How it was settled.
    pub note: Option<String>,
    /// When it was found, epoch milliseconds.
    pub created_at: i64,
}

async fn day_of_row<C: ConnectionTrait>(connection: &C, row: reconciliation_days::Model) -> Result<Day, Problem> {
    let state: DayState = row.state.parse()?;
    Ok(Day {
        differences: store::open_count(connection, &row.day).await? as i64,
        on: row.day,
        state,
        state_text: match (state, row.core_fen) {
            (DayState::Balanced, None) => "已对平（两方）".to_owned(),
            _ => state.text().to_owned(),
        },
        channel_count: row.channel_count,
        channel_fen: row.channel_fen,
        channel_refund_fen: row.channel_refund_fen,
        charge_fen: row.charge_fen,
        books_count: row.books_count,
        books_fen: row.books_fen,
        books_refund_fen: row.books_refund_fen,
        core_fen: row.core_fen,
        flow_net_fen: row.flow_net_fen,
        trade_bill_sha1: row.trade_bill_sha1,
        fund_flow_sha1: row.fund_flow_sha1,
        run_at: row.run_at,
        closed_at: row.closed_at,
        closed_by: row.closed_by,
    })
}

fn difference_of_row(row: differences::Model) -> Result<Difference, Problem> {
    let kind: DifferenceKind = row.kind.parse()?;
    let proposal = kind.proposal();
    Ok(Difference {
        id: DifferenceId::from_stored(row.id),
        on: row.day,
        kind,
        kind_text: kind.text().to_owned(),
        reference: row.reference,
        channel_fen: row.channel_fen.filter(|_| !kind.is_of_core()),
        core_fen: row.channel_fen.filter(|_| kind.is_of_core()),
        books_fen: row.books_fen,
        can_remedy: row.state == "open"
            && match proposal {
                Remedy::AskChannel => kind.is_about_payment(),
                Remedy::TellCore => true,
                Remedy::LookIntoIt => false,
            },
        proposal,
        proposal_text: proposal.text().to_owned(),
        state: if row.state == "open" { DifferenceState::Open } else { DifferenceState::Settled },
        settled_by: row.settled_by,
        settled_at: row.settled_at,
        note: row.note,
        created_at: row.created_at,
    })
}

/// A day; nothing if it was never compared.
pub async fn day<C: ConnectionTrait>(connection: &C, day: Date) -> Result<Option<Day>, Problem> {
    match store::find_day(connection, day).await? {
        Some(row) => day_of_row(connection, row).await.map(Some),
        None => Ok(None),
    }
}

/// The compared days of a month (`2026-11`), oldest first.
pub async fn days_of_month<C: ConnectionTrait>(connection: &C, month: &str) -> Result<Vec<Day>, Problem> {
    let first = parse_date(&format!("{month}-01")).map_err(|_| {
        Problem::unacceptable("month_malformed", "月份写法不对").field("month", "应为 2026-11").advice("请重新选择月份")
    })?;
    let last = Date::from_calendar_date(first.year(), first.month(), first.month().length(first.year()))
        .map_err(Problem::internal)?;
    let rows = reconciliation_days::Entity::find()
        .filter(reconciliation_days::Column::Day.between(print_date(first), print_date(last)))
        .order_by_asc(reconciliation_days::Column::Day)
        .all(connection)
        .await?;
    let mut days = Vec::with_capacity(rows.len());
    for row in rows {
        days.push(day_of_row(connection, row).await?);
    }
    Ok(days)
}

/// Differences, newest first: of one day (open and settled), or of all days (open ones).
pub async fn open_differences<C: ConnectionTrait>(
    connection: &C,
    day: Option<Date>,
    page: &PageRequest,
) -> Result<Page<Difference>, Problem> {
    let mut query = differences::Entity::find().order_by_desc(differences::Column::Id).limit(page.limit() + 1);
    query = match day {
        Some(day) => query.filter(differences::Column::Day.eq(print_date(day))),
        None => query.filter(differences::Column::State.eq("open")),
    };
    if let Some(after) = page.after_key() {
        query = query.filter(differences::Column::Id.lt(after));
    }
    let rows = query.all(connection).await?;
    let items = rows.into_iter().map(difference_of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(items, page.limit(), |difference| difference.id.to_string()))
}
