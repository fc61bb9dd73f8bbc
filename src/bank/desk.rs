//! Lines that nobody has claimed, in the work list.

use async_trait::async_trait;
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::bank_transactions::{Column, Entity, Model};
use super::model::TransactionState;
use super::named::{NamedOrder, named_without_need};
use super::twins::{Twin, twins_of};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

const CODE: &str = "bank";
/// A line that nobody has claimed for so long is overdue.
const PATIENCE_MS: i64 = 3 * 24 * 3_600_000;

/// The desk of lines that wait for a person.
pub struct BankDesk;

fn waiting() -> Select<Entity> {
    let states = [TransactionState::Open.as_str(), TransactionState::Part.as_str()];
    Entity::find().filter(Column::State.is_in(states))
}

#[async_trait]
impl Desk for BankDesk {
    fn code(&self) -> &'static str {
        CODE
    }

    fn title(&self) -> &'static str {
        "待认领流水"
    }

    fn permission(&self) -> Permission {
        Permission::BankClaim
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let reader = app.database.reader();
        let long_ago = app.now_ms() - PATIENCE_MS;
        Ok(DeskCounts {
            count: waiting().count(reader).await?,
            overdue: waiting().filter(Column::CreatedAt.lt(long_ago)).count(reader).await?,
            mine: 0,
        })
    }

    async fn tasks(
        &self,
        app: &App,
        _officer: &Officer,
        mine: bool,
        page: &PageRequest,
    ) -> Result<Page<Task>, Problem> {
        if mine {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let mut select = waiting().order_by_asc(Column::Id).limit(page.limit() + 1);
        if let Some(after) = page.after_key() {
            select = select.filter(Column::Id.gt(after));
        }
        let reader = app.database.reader();
        let rows = select.all(reader).await?;
        let now = app.now_ms();
        let found = Page::from_rows(rows, page.limit(), |row| row.id.clone());
        let mut twins = twins_of(reader, &found.items).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for row in found.items {
            let named = named_without_need(reader, &row).await?;
            let twin = twins.remove(&row.id);
            items.push(task(row, &named, twin.as_ref(), now));
        }
        Ok(Page { items, next: found.next })
    }
}

fn task(row: Model, named: &[NamedOrder], twin: Option<&Twin>, now_ms: i64) -> Task {
    let due_at = row.created_at + PATIENCE_MS;
    let rest = if row.rest_fen == row.amount_fen {
        String::new()
    } else {
        format!("，还剩 {} 元未认领", Fen(row.rest_fen))
    };
    let twice = named.first().map(|order| format!("，订单 {}{}，可能重复转账", order.order_no, order.state_text));
    let twice = twice.or_else(|| twin.map(|twin| format!("，{}", twin.text())));
    Task {
        link: format!("/bank?id={}", row.id),
        id: row.id,
        desk: CODE.to_owned(),
        kind: "待认领流水".to_owned(),
        title: format!("{} {} 元{rest}", row.payer_name, Fen(row.amount_fen)),
        subtitle: format!("{} {}{}", row.booked_on, row.remark, twice.unwrap_or_default()),
        amount_fen: Some(row.rest_fen),
        created_at: row.created_at,
        due_at: Some(due_at),
        overdue: now_ms > due_at,
        claimed_by: None,
    }
}
