//! Reviews in the work list: one desk per kind.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::reviews::{Column, Entity};
use super::kind::{ReviewKind, ReviewKinds};
use super::model::Review;
use super::store;
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// A desk for every kind of review.
pub fn review_desks(kinds: &ReviewKinds) -> Vec<Arc<dyn Desk>> {
    kinds.all().map(|kind| Arc::new(ReviewDesk { kind: kind.clone() }) as Arc<dyn Desk>).collect()
}

struct ReviewDesk {
    kind: Arc<dyn ReviewKind>,
}

#[async_trait]
impl Desk for ReviewDesk {
    fn code(&self) -> &'static str {
        self.kind.code()
    }

    fn title(&self) -> &'static str {
        self.kind.text()
    }

    fn permission(&self) -> Permission {
        self.kind.permission()
    }

    async fn counts(&self, app: &App, officer: &Officer) -> Result<DeskCounts, Problem> {
        let reader = app.database.reader();
        let waiting = || Entity::find().filter(Column::Kind.eq(self.kind.code())).filter(store::live());
        Ok(DeskCounts {
            count: waiting().count(reader).await?,
            overdue: waiting().filter(Column::DueAt.lt(app.now_ms())).count(reader).await?,
            mine: waiting().filter(Column::ClaimedBy.eq(officer.id.as_str())).count(reader).await?,
        })
    }

    async fn tasks(&self, app: &App, officer: &Officer, mine: bool, page: &PageRequest) -> Result<Page<Task>, Problem> {
        let claimed_by = mine.then(|| officer.id.as_str());
        let found = store::waiting_page(app.database.reader(), self.kind.code(), claimed_by, page).await?;
        Ok(found.map(|review| self.task(app, review)))
    }
}

impl ReviewDesk {
    fn task(&self, app: &App, review: Review) -> Task {
        Task {
            overdue: review.is_overdue(app.now_ms()),
            // /remittances/…, /refunds/…, /credits/…
            link: format!("/{}s/{}", self.kind.code(), review.id),
            id: review.id.to_string(),
            desk: self.kind.code().to_owned(),
            kind: self.kind.text().to_owned(),
            title: review.title,
            subtitle: format!("{} 提交", review.submitted_by_name),
            amount_fen: review.amount_fen,
            created_at: review.submitted_at,
            due_at: Some(review.due_at),
            claimed_by: review.claimed_by.map(Into::into),
        }
    }
}
