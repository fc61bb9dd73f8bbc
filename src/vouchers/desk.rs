//! Open vouchers in the work list.

use async_trait::async_trait;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;

use super::model::VoucherState;
use super::store::{self, Whole};
use crate::app::App;
use crate::staff::{Officer, Permission};
use crate::worklist::{Desk, DeskCounts, Task};

/// The window where printed reports are handed over.
pub struct VoucherDesk;

#[async_trait]
impl Desk for VoucherDesk {
    fn code(&self) -> &'static str {
        "voucher"
    }

    fn title(&self) -> &'static str {
        "待领报告"
    }

    fn permission(&self) -> Permission {
        Permission::VouchersHandOver
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = store::open_count(app.database.reader()).await?;
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
            // Nobody claims a voucher: its bearer stands at the window.
            return Ok(Page { items: Vec::new(), next: None });
        }
        let found = store::staff_page(app, None, Some(VoucherState::Open), page).await?;
        Ok(found.map(|Whole { voucher, .. }| Task {
            desk: self.code().to_owned(),
            kind: self.title().to_owned(),
            title: format!("{} {}", voucher.voucher_no, voucher.unit_name),
            subtitle: format!("{} 份报告待领取", voucher.report_count),
            amount_fen: None,
            created_at: voucher.created_at,
            due_at: None,
            overdue: false,
            claimed_by: None,
            link: format!("/reports?voucher={}", voucher.voucher_no),
            id: voucher.id,
        }))
    }
}
