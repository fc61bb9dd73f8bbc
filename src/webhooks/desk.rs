//! Events that other systems did not take, as tasks for the interface operator.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::deliveries::{Column, Entity};
use super::model::{DeliveryState, EventKind};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// Given-up deliveries.
pub struct DeadDesk;

fn dead() -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::State.eq(DeliveryState::Dead.as_str()))
}

#[async_trait]
impl Desk for DeadDesk {
    fn code(&self) -> &'static str {
        "webhooks"
    }

    fn title(&self) -> &'static str {
        "未送达的外部通知"
    }

    fn permission(&self) -> Permission {
        Permission::IntegrationReplay
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = dead().count(app.database.reader()).await?;
        Ok(DeskCounts { count, ..DeskCounts::default() })
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
        let mut select = dead().order_by_asc(Column::Id).limit(page.limit() + 1);
        if let Some(after) = page.after_key() {
            select = select.filter(Column::Id.gt(after));
        }
        let rows = select.all(app.database.reader()).await?;
        Ok(Page::from_rows(rows, page.limit(), |row| row.id.clone()).map(|row| Task {
            link: "/integration?view=webhooks".to_owned(),
            id: row.id,
            desk: self.code().to_owned(),
            kind: EventKind::text_of(&row.kind),
            title: row.object_id,
            subtitle: row.last_error.unwrap_or_default(),
            amount_fen: None,
            created_at: row.created_at,
            due_at: None,
            overdue: false,
            claimed_by: None,
        }))
    }
}
