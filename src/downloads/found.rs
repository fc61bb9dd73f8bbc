//! Finds what a link is for, and refuses what its holder may not have.

use foundation::problem::Problem;

use super::archive::Packed;
use super::link::FileKind;
use super::names::{UniqueNames, safe_name};
use super::paper::payment_order_of;
use super::year;
use crate::accounts::{Act, Scope};
use crate::app::App;
use crate::documents::{DeviceLabel, PaymentOrderDocument, YearStatement};
use crate::invoices::{self, Invoice, InvoiceState};
use crate::orders::{self, OrderId, OrderRow};
use crate::{fees, reports};

/// Media type of spreadsheets.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Media type of papers.
pub(super) const PDF: &str = "application/pdf";

/// Media type of receipts in the national layout format.
pub(super) const OFD: &str = "application/ofd";

/// A file that may be handed out.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file_name: String,
    pub(super) content: Content,
}

/// Where its bytes come from.
#[derive(Debug)]
pub(super) enum Content {
    /// A file in the store.
    Stored {
        /// Where it is.
        key: String,
        /// What it is.
        media_type: &'static str,
    },
    /// A PDF to be made now.
    Made(Box<PaymentOrderDocument>),
    /// A yearly statement to be printed now.
    Statement(Box<YearStatement>),
    /// The same as a spreadsheet.
    Sheet(Box<YearStatement>),
    /// Stored files in a ZIP that can be resumed.
    Archive(Vec<Packed>),
    /// A label to be made now.
    Label(Box<DeviceLabel>),
}

impl Content {
    pub(super) fn media_type(&self) -> &'static str {
        match self {
            Content::Stored { media_type, .. } => media_type,
            Content::Made(_) | Content::Label(_) | Content::Statement(_) => PDF,
            Content::Sheet(_) => XLSX,
            Content::Archive(_) => "application/zip",
        }
    }
}

/// The file, if the scope may have it now.
pub(super) async fn find(app: &App, scope: &Scope, kind: FileKind, id: &str) -> Result<Found, Problem> {
    let connection = app.database.reader();
    if kind == FileKind::Report {
        let file = reports::file_for(connection, &app.policy, scope, id).await?;
        return Ok(Found {
            file_name: pdf_name(&file.title),
            content: Content::Stored { key: file.key, media_type: PDF },
        });
    }
    if let FileKind::YearInvoicesZip | FileKind::YearStatementXlsx | FileKind::YearStatementPdf = kind {
        return year::find(app, scope, kind, id).await;
    }
    if kind == FileKind::DeviceLabel {
        return label(app, reports::label_for(connection, scope, id).await?, id).await;
    }
    let id: OrderId = id.parse().map_err(|_| Problem::not_found("order_not_found", "没有找到这个订单"))?;
    let order = orders::find_for(connection, scope, &id).await?;
    match kind {
        FileKind::OrderDocument => payment_order(app, order).await,
        FileKind::OrderReportsZip => {
            scope.demand_allowed(app, Act::ElectronicReport)?;
            reports_of(app, &order).await
        }
        FileKind::OrderInvoiceOfd => receipt_of(app, &order, true).await,
        _ => receipt_of(app, &order, false).await,
    }
}

/// The label that goes with a report.
pub(super) async fn label(app: &App, facts: reports::LabelFacts, id: &str) -> Result<Found, Problem> {
    let connection = app.database.reader();
    let next_inspection_on = fees::device_intake::next_inspection_on(connection, &facts.device_id).await?;
    let service = &app.config.service;
    let label = DeviceLabel {
        institute_name: service.institute_name.clone(),
        service_phone: service.service_phone.clone(),
        device_name: facts.device_name,
        registration_code: facts.registration_code,
        unit_name: facts.unit_name,
        conclusion: facts.conclusion.unwrap_or_else(|| "见检验报告".to_owned()),
        inspected_on: facts.inspected_on.unwrap_or(facts.issued_on),
        next_inspection_on,
        report_url: app.page_url(&format!("/pages/papers/report?id={id}")),
        report_no: facts.report_no,
    };
    let file_name = pdf_name(&format!("设备标签_{}", label.report_no));
    Ok(Found { file_name, content: Content::Label(Box::new(label)) })
}

async fn reports_of(app: &App, order: &OrderRow) -> Result<Found, Problem> {
    if !order.state()?.has_money() {
        return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "report_not_paid", "订单还没有支付，不能下载报告")
            .advice("请先支付订单，支付后即可下载"));
    }
    let mut names = UniqueNames::default();
    let files = reports::files_of_order(app.database.reader(), &order.id).await?;
    let files = files
        .into_iter()
        .map(|file| Packed { name: names.unique(&file.title, "pdf"), key: file.key, version: file.sha256 })
        .collect();
    Ok(Found {
        file_name: format!("检验报告_{}.zip", safe_name(&order.order_no)), content: Content::Archive(files)
    })
}

/// The payment order as it is now.
pub(super) async fn payment_order(app: &App, order: OrderRow) -> Result<Found, Problem> {
    let file_name = pdf_name(&format!("缴款订单_{}", order.order_no));
    Ok(Found { file_name, content: Content::Made(Box::new(payment_order_of(app, order).await?)) })
}

async fn receipt_of(app: &App, order: &OrderRow, as_ofd: bool) -> Result<Found, Problem> {
    let receipt = invoices::of_order(app.database.reader(), &order.id).await?;
    let issued = receipt.filter(|receipt| receipt.state == InvoiceState::Issued);
    let receipt = issued.ok_or_else(not_issued)?;
    if !as_ofd {
        return receipt_file(receipt, &order.order_no).ok_or_else(not_issued);
    }
    let file_name = format!("{}.ofd", safe_name(&format!("{}_{}", receipt.kind.text(), order.order_no)));
    let key = receipt.ofd_key.ok_or_else(|| {
        Problem::conflict("no_ofd", "这张票据没有 OFD 版式文件").advice("请下载 PDF，两者具有同等效力")
    })?;
    Ok(Found { file_name, content: Content::Stored { key, media_type: OFD } })
}

/// The file of a receipt, if there is one.
pub(super) fn receipt_file(receipt: Invoice, order_no: &str) -> Option<Found> {
    let file_name = pdf_name(&format!("{}_{}", receipt.kind.text(), order_no));
    receipt.file_key.map(|key| Found { file_name, content: Content::Stored { key, media_type: PDF } })
}

pub(super) fn not_issued() -> Problem {
    Problem::conflict("invoice_not_issued", "票据还没有开好，不能下载").advice("开好后会通知您，请稍后再来")
}

/// A title as the name of a PDF file.
pub fn pdf_name(title: &str) -> String {
    format!("{}.pdf", safe_name(title))
}
