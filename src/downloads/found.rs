//! Finds what a link is for, and refuses what its holder may not have.

use foundation::money::Fen;
use foundation::problem::Problem;

use super::link::FileKind;
use super::names::{UniqueNames, safe_name};
use crate::accounts::Scope;
use crate::app::App;
use crate::documents::{DeviceLabel, PaymentOrderDocument, PaymentOrderItem, PaymentOrderPayee, PaymentOrderTransfer};
use crate::fees::{PayeeId, payees_by_id};
use crate::invoice_titles::{InvoiceKind, TitleFacts};
use crate::invoices::{self, InvoiceState};
use crate::orders::{self, OrderId, OrderRow, OrderState, PaymentMethod};
use crate::transfers::{self, REMARK_RULE};
use crate::{fees, reports};

/// A file that may be handed out.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file_name: String,
    pub(super) content: Content,
}

/// Where its bytes come from.
#[derive(Debug)]
pub(super) enum Content {
    /// A PDF in the file store, by key.
    Stored(String),
    /// A PDF to be made now.
    Made(Box<PaymentOrderDocument>),
    /// A label to be made now.
    Label(Box<DeviceLabel>),
    /// Stored files to be packed: name in the ZIP, key.
    Packed(Vec<(String, String)>),
}

impl Content {
    pub(super) fn media_type(&self) -> &'static str {
        match self {
            Content::Stored(_) | Content::Made(_) | Content::Label(_) => "application/pdf",
            Content::Packed(_) => "application/zip",
        }
    }
}

/// The file, if the scope may have it now.
pub(super) async fn find(app: &App, scope: &Scope, kind: FileKind, id: &str) -> Result<Found, Problem> {
    let connection = app.database.reader();
    if kind == FileKind::Report {
        let file = reports::file_for(connection, scope, id).await?;
        return Ok(Found { file_name: pdf_name(&file.title), content: Content::Stored(file.key) });
    }
    if kind == FileKind::DeviceLabel {
        return label_of(app, scope, id).await;
    }
    let id: OrderId = id.parse().map_err(|_| Problem::not_found("order_not_found", "没有找到这个订单"))?;
    let order = orders::find_for(connection, scope, &id).await?;
    match kind {
        FileKind::OrderDocument => {
            let file_name = pdf_name(&format!("缴款订单_{}", order.order_no));
            Ok(Found { file_name, content: Content::Made(Box::new(document(app, order).await?)) })
        }
        FileKind::OrderReportsZip => reports_of(app, &order).await,
        FileKind::OrderInvoice | FileKind::Report | FileKind::DeviceLabel => receipt_of(app, &order).await,
    }
}

async fn label_of(app: &App, scope: &Scope, id: &str) -> Result<Found, Problem> {
    let connection = app.database.reader();
    let facts = reports::label_for(connection, scope, id).await?;
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
        report_url: format!("{}/h5/#/pages/papers/report?id={id}", service.public_base_url),
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
    let files = files.into_iter().map(|file| (names.unique(&file.title, "pdf"), file.key)).collect();
    Ok(Found { file_name: format!("检验报告_{}.zip", safe_name(&order.order_no)), content: Content::Packed(files) })
}

async fn receipt_of(app: &App, order: &OrderRow) -> Result<Found, Problem> {
    let receipt = invoices::of_order(app.database.reader(), &order.id).await?;
    let issued = receipt.filter(|receipt| receipt.state == InvoiceState::Issued);
    let Some((kind, Some(key))) = issued.map(|receipt| (receipt.kind, receipt.file_key)) else {
        return Err(
            Problem::conflict("invoice_not_issued", "票据还没有开好，不能下载").advice("开好后会通知您，请稍后再来")
        );
    };
    let file_name = pdf_name(&format!("{}_{}", kind.text(), order.order_no));
    Ok(Found { file_name, content: Content::Stored(key) })
}

async fn document(app: &App, order: OrderRow) -> Result<PaymentOrderDocument, Problem> {
    let connection = app.database.reader();
    let service = &app.config.service;
    let payee_id = PayeeId::from_stored(order.payee_id.clone());
    let payee = payees_by_id(connection, [payee_id.clone()]).await?.remove(&payee_id);
    let payee = payee.ok_or_else(|| Problem::internal(format!("order {} has no payee", order.id)))?;
    let title = TitleFacts::from_stored(&order.invoice_title).map_err(Problem::internal)?;
    let kind: InvoiceKind = order.invoice_kind.parse()?;
    let class: fees::ReceiptClass = order.receipt_class.parse()?;
    let method = order.payment_method()?;
    let state = order.state()?;
    let lines = orders::lines_of(connection, &order.id).await?;
    let notice = match method {
        PaymentMethod::Transfer => transfers::newest(connection, &order.id).await?,
        PaymentMethod::Online | PaymentMethod::Remitted => None,
    };
    Ok(PaymentOrderDocument {
        institute_name: service.institute_name.clone(),
        service_phone: service.service_phone.clone(),
        state_text: state.text().to_owned(),
        void: matches!(state, OrderState::Void | OrderState::Refunded),
        receipt_class_text: format!("{}（{}）", class.text(), kind.text()),
        method_text: method.text().to_owned(),
        payer_name: order.unit_name.clone(),
        invoice_title: [Some(title.name), title.tax_no].into_iter().flatten().collect::<Vec<_>>().join("　"),
        // The notice tells the account that it was made for; the payee's may have changed since.
        payee: match &notice {
            Some(notice) => PaymentOrderPayee {
                name: notice.payee_name.clone(),
                account_name: notice.account_name.clone(),
                bank_name: notice.bank_name.clone(),
                bank_account: notice.account_no.clone(),
            },
            None => PaymentOrderPayee {
                name: payee.name,
                account_name: payee.account_name,
                bank_name: payee.bank_name,
                bank_account: payee.bank_account,
            },
        },
        transfer: notice.map(|notice| PaymentOrderTransfer {
            payment_code: notice.payment_code,
            valid_until: notice.expires_at,
            rule: REMARK_RULE.to_owned(),
        }),
        amount: Fen(order.amount_fen),
        still_owed: (state.waits_for_money() && order.received_fen > 0).then(|| order.missing()),
        items: lines
            .into_iter()
            .map(|line| PaymentOrderItem {
                report_no: line.report_no,
                device_name: line.device_name,
                registration_code: line.registration_code,
                factory_serial_no: line.factory_serial_no,
                amount: Fen(line.amount_fen),
            })
            .collect(),
        order_url: format!("{}/h5/#/pages/order/order?id={}", service.public_base_url, order.id),
        created_at: order.created_at,
        expires_at: state.waits_for_money().then_some(order.expires_at),
        paid_at: order.paid_at,
        printed_at: app.now_ms(),
        order_no: order.order_no,
    })
}

/// A title as the name of a PDF file.
pub fn pdf_name(title: &str) -> String {
    format!("{}.pdf", safe_name(title))
}
