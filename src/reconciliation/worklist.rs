//! Open differences in the work list.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::differences;
use super::read::{self, Difference};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// 对账差异: what must be explained before a day can be closed.
pub struct DifferenceDesk;

#[async_trait]
impl Desk for DifferenceDesk {
    fn code(&self) -> &'static str {
        "differences"
    }

    fn title(&self) -> &'static str {
        "对账差异"
    }

    fn permission(&self) -> Permission {
        Permission::ReconciliationSettle
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let open = differences::Entity::find().filter(differences::Column::State.eq("open"));
        Ok(DeskCounts { count: open.count(app.database.reader()).await?, overdue: 0, mine: 0 })
    }

    async fn tasks(
        &self,
        app: &App,
        _officer: &Officer,
        mine: bool,
        page: &PageRequest,
    ) -> Result<Page<Task>, Problem> {
        // Nobody claims a difference: the explanation is one step.
        if mine {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let found = read::open_differences(app.database.reader(), None, page).await?;
        Ok(found.map(|difference| self.task(difference)))
    }
}

impl DifferenceDesk {
    fn task(&self, difference: Difference) -> Task {
        Task {
            id: difference.id.to_string(),
            desk: self.code().to_owned(),
            kind: difference.kind_text,
            title: difference.reference,
            subtitle: format!("{} · {}", difference.on, difference.proposal_text),
            amount_fen: difference.channel_fen.or(difference.books_fen),
            created_at: difference.created_at,
            due_at: None,
            overdue: false,
            claimed_by: None,
            link: format!("/reconciliation/{}", difference.on),
        }
    }
}
