//! The desk of failed papers in the work list: receipts that the issuer refused, and receipts whose red letter it refused,
//! which stand although their money may have gone back.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::invoices::{Column, Entity, Model};
use super::entity::red_letters;
use super::model::InvoiceState;
use super::staff_list::{self, StaffInvoice};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// Receipts and red letters that the issuer refused.
pub struct FailedDesk;

/// Red letters that were refused, not asked for again, and whose receipt was not let stand. The state stands in the text of
/// the statement: only then does a prepared one use the index of refused ones.
fn refused() -> sea_orm::Select<red_letters::Entity> {
    red_letters::Entity::find().filter(Expr::cust("state = 'failed'"))
}

/// Receipts that could not be made, the first `limit` after `after`.
async fn not_made<C: ConnectionTrait>(connection: &C, after: Option<&str>, limit: u64) -> Result<Vec<Model>, DbErr> {
    let mut select =
        Entity::find().filter(Column::State.eq(InvoiceState::Failed.as_str())).order_by_asc(Column::Id).limit(limit);
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    select.all(connection).await
}

/// Receipts that stand because they could not be taken back, the first `limit` after `after`.
async fn not_taken_back<C: ConnectionTrait>(
    connection: &C,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut letters = refused()
        .select_only()
        .column(red_letters::Column::InvoiceId)
        .order_by_asc(red_letters::Column::InvoiceId)
        .limit(limit);
    if let Some(after) = after {
        letters = letters.filter(red_letters::Column::InvoiceId.gt(after));
    }
    let ids: Vec<String> = letters.into_tuple().all(connection).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids)).all(connection).await
}

#[async_trait]
impl Desk for FailedDesk {
    fn code(&self) -> &'static str {
        "invoice"
    }

    fn title(&self) -> &'static str {
        "开票、红冲失败"
    }

    fn permission(&self) -> Permission {
        Permission::InvoicesEdit
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let reader = app.database.reader();
        let failed = Entity::find().filter(Column::State.eq(InvoiceState::Failed.as_str())).count(reader).await?;
        Ok(DeskCounts { count: failed + refused().count(reader).await?, ..DeskCounts::default() })
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
        let reader = app.database.reader();
        let (after, limit) = (page.after_key(), page.limit() + 1);
        let mut rows = not_made(reader, after.as_deref(), limit).await?;
        rows.extend(not_taken_back(reader, after.as_deref(), limit).await?);
        rows.sort_by(|one, other| one.id.cmp(&other.id));
        let found = Page::from_rows(rows, page.limit(), |row| row.id.clone());
        let items = staff_list::answers(reader, found.items).await?;
        let task = |invoice: StaffInvoice| Task {
            link: format!("/invoices?q={}", invoice.order_no),
            id: invoice.id,
            desk: self.code().to_owned(),
            kind: if invoice.can.red_letter_again { "红冲失败" } else { "开票失败" }.to_owned(),
            title: format!("{} {}", invoice.order_no, invoice.unit_name),
            subtitle: invoice.view.failure.unwrap_or_default(),
            amount_fen: Some(invoice.amount_fen),
            created_at: invoice.requested_at,
            due_at: None,
            overdue: false,
            claimed_by: None,
        };
        Ok(Page { items: items.into_iter().map(task).collect(), next: found.next })
    }
}
