//! Messages that did not get to anybody's phone, as tasks for the service desk.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::messages::{Column, Entity};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// Given-up messages.
pub struct DeadMessageDesk;

fn dead() -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::DeadAt.is_not_null())
}

/// How many messages were given up, for whoever watches.
pub async fn dead_count<C: ConnectionTrait>(connection: &C) -> Result<u64, Problem> {
    Ok(dead().count(connection).await?)
}

#[async_trait]
impl Desk for DeadMessageDesk {
    fn code(&self) -> &'static str {
        "messages"
    }

    fn title(&self) -> &'static str {
        "没有送达的消息"
    }

    fn permission(&self) -> Permission {
        Permission::MessagesResend
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = dead_count(app.database.reader()).await?;
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
            link: "/messages?state=dead".to_owned(),
            id: row.id,
            desk: self.code().to_owned(),
            kind: self.title().to_owned(),
            title: row.title,
            subtitle: row.failure.unwrap_or_default(),
            amount_fen: None,
            created_at: row.created_at,
            due_at: None,
            overdue: false,
            claimed_by: None,
        }))
    }
}
