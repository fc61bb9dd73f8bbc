//! Threads in which somebody waits, in the work list.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::answers;
use super::entity::conversations::{Column, Entity};
use super::model::{PATIENCE_MS, WINDOW_MS};
use super::store::{self, Which};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// People who wait for an answer.
pub struct ConversationDesk;

#[async_trait]
impl Desk for ConversationDesk {
    fn code(&self) -> &'static str {
        "conversations"
    }

    fn title(&self) -> &'static str {
        "客服会话"
    }

    fn permission(&self) -> Permission {
        Permission::ThreadsAnswer
    }

    async fn counts(&self, app: &App, officer: &Officer) -> Result<DeskCounts, Problem> {
        let reader = app.database.reader();
        let waiting = || Entity::find().filter(Which::Waiting.condition());
        let mine = Entity::find().filter(Which::Mine(officer.id.as_str()).condition());
        Ok(DeskCounts {
            count: waiting().count(reader).await?,
            overdue: waiting().filter(Column::WaitingSince.lt(app.now_ms() - PATIENCE_MS)).count(reader).await?,
            mine: mine.count(reader).await?,
        })
    }

    async fn tasks(&self, app: &App, officer: &Officer, mine: bool, page: &PageRequest) -> Result<Page<Task>, Problem> {
        let which = if mine { Which::Mine(officer.id.as_str()) } else { Which::Waiting };
        let found = store::page(app.database.reader(), which, page).await?;
        let items = answers::conversations(app, found.items).await?;
        let task = |one: answers::Conversation| Task {
            link: format!("/conversations/{}", one.id),
            id: one.id,
            desk: self.code().to_owned(),
            kind: self.title().to_owned(),
            title: one.name,
            subtitle: one.last_text,
            amount_fen: None,
            created_at: one.window_until - WINDOW_MS,
            due_at: one.waiting_since.map(|since| since + PATIENCE_MS),
            overdue: one.overdue,
            claimed_by: one.claimed_by,
        };
        Ok(Page { items: items.into_iter().map(task).collect(), next: found.next })
    }
}
