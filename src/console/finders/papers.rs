//! Reports, receipts, and vouchers for printed reports.

use async_trait::async_trait;
use foundation::money::Fen;
use foundation::problem::Problem;

use super::{PER_GROUP, first_few};
use crate::app::App;
use crate::console::search::{Finder, Found};
use crate::invoices::{self, InvoiceSearch};
use crate::staff::Permission;
use crate::{reports, vouchers};

/// 检验报告.
pub(super) struct Reports;

#[async_trait]
impl Finder for Reports {
    fn kind(&self) -> &'static str {
        "report"
    }
    fn title(&self) -> &'static str {
        "检验报告"
    }
    fn permission(&self) -> Permission {
        Permission::ReportsRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let found = reports::staff_report_page(app.database.reader(), Some(words), &first_few()).await?;
        let item = |report: reports::StaffReport| Found {
            link: format!("/reports?q={}", report.report_no),
            id: report.id,
            title: format!("{}　{}", report.report_no, report.device_name),
            subtitle: report.unit_name,
            state_text: Some(report.state_text),
        };
        Ok(found.items.into_iter().map(item).collect())
    }
}

/// 票据.
pub(super) struct Invoices;

#[async_trait]
impl Finder for Invoices {
    fn kind(&self) -> &'static str {
        "invoice"
    }
    fn title(&self) -> &'static str {
        "票据"
    }
    fn permission(&self) -> Permission {
        Permission::InvoicesRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = InvoiceSearch { state: None, q: Some(words.to_owned()) };
        let found = invoices::invoice_page(app, &search, &first_few()).await?;
        let item = |invoice: invoices::StaffInvoice| Found {
            link: format!("/invoices?q={}", invoice.order_no),
            title: invoice.view.invoice_number.unwrap_or_else(|| invoice.view.kind_text.to_owned()),
            subtitle: format!("{}　{} 元", invoice.unit_name, Fen(invoice.amount_fen)),
            state_text: Some(invoice.view.state_text.to_owned()),
            id: invoice.id,
        };
        Ok(found.items.into_iter().map(item).collect())
    }
}

/// 领取凭证, by number, unit and report.
pub(super) struct Vouchers;

#[async_trait]
impl Finder for Vouchers {
    fn kind(&self) -> &'static str {
        "voucher"
    }
    fn title(&self) -> &'static str {
        "领取凭证"
    }
    fn permission(&self) -> Permission {
        Permission::VouchersHandOver
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let found = vouchers::matching(app.database.reader(), words, PER_GROUP.into()).await?;
        let item = |voucher: vouchers::VoucherFound| Found {
            link: format!("/reports?voucher={}", voucher.voucher_no),
            id: voucher.id,
            title: voucher.voucher_no,
            subtitle: format!("{}　{} 份报告", voucher.unit_name, voucher.report_count),
            state_text: Some(voucher.state.text().to_owned()),
        };
        Ok(found.into_iter().map(item).collect())
    }
}
