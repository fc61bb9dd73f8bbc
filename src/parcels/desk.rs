//! Paid orders whose reports are to be posted, in the work list.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;

use super::store::{self, Posting};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// The post desk.
pub struct PostingDesk;

#[async_trait]
impl Desk for PostingDesk {
    fn code(&self) -> &'static str {
        "posting"
    }

    fn title(&self) -> &'static str {
        "待寄报告"
    }

    fn permission(&self) -> Permission {
        Permission::VouchersHandOver
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = store::waiting_count(app.database.reader()).await?;
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
            // Nobody claims a parcel.
            return Ok(Page { items: Vec::new(), next: None });
        }
        let found = store::page(app.database.reader(), false, page).await?;
        Ok(found.map(|Posting { order, .. }| Task {
            desk: self.code().to_owned(),
            kind: self.title().to_owned(),
            title: format!("{} {}", order.order_no, order.unit_name),
            subtitle: format!("{} 份报告待邮寄", order.fee_count),
            amount_fen: None,
            created_at: order.paid_at.unwrap_or(order.created_at),
            due_at: None,
            overdue: false,
            claimed_by: None,
            link: format!("/orders/{}", order.id),
            id: order.id,
        }))
    }
}
