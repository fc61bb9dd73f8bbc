//! Orders as the front end sees them.

use std::collections::HashMap;

use foundation::money::Fen;
use foundation::paging::PageRequest;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::delivery::{DeliveryAnswer, delivery};
use super::money_back::{MoneyBack, money_back, refund_told};
use super::next_step::{NextStep, Situation, next_step};
use crate::app::App;
use crate::fees::ReceiptClass;
use crate::invoice_titles::{InvoiceKind, TitleFacts};
use crate::invoices::{self, InvoiceState, InvoiceView, ReceiptCan};
use crate::orders::{self, LineFacts, OrderId, OrderRow, OrderState, PaymentMethod, Step, TimelineKind};
use crate::payments::{RefundFacts, guest_who_paid, is_disputed, under_way_of_orders};
use crate::remittances::{self, Remittance};
use crate::reports;
use crate::transfers::{self, PaymentNotice};

/// One card of the order list (S0-48).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderSummary {
    /// Which.
    pub id: OrderId,
    /// 缴款订单号.
    pub order_no: String,
    /// Where it stands.
    pub state: OrderState,
    /// 待支付, 已支付, 已完成, 已作废 …
    pub state_text: String,
    /// 缴款单位.
    pub unit_name: String,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// How one pays.
    pub method: PaymentMethod,
    /// Fen.
    pub amount_fen: Fen,
    /// Fen that came another way than WeChat: by transfer, or at the counter.
    pub received_fen: Fen,
    /// Fen that are still missing; 0 once it is paid.
    pub missing_fen: Fen,
    /// 待退: fen that were decided to go back and are not with the payer yet; 0 when none are.
    pub going_back_fen: Fen,
    /// A remittance of it is being reviewed (S0-41).
    pub under_review: bool,
    /// Reports in it.
    pub count: i64,
    /// 曳引驱动乘客电梯 等 20 份报告.
    pub title: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<i64>,
    /// Until when it can be paid; only while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// How far the receipt is.
    pub invoice_state: InvoiceState,
    /// 未开票, 开票中, 已开票, 开票失败 (S0-47).
    pub invoice_state_text: String,
}

/// The order page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Order {
    /// What the card shows too.
    #[serde(flatten)]
    pub summary: OrderSummary,
    /// 壹仟元整.
    pub amount_capitals: String,
    /// Who receives the money.
    pub payee: PayeeAnswer,
    /// The receipt.
    pub invoice: InvoiceView,
    /// How reports arrive.
    pub delivery: DeliveryAnswer,
    /// The first 20 lines.
    pub lines: Vec<OrderLine>,
    /// Where the lines go on.
    pub lines_next: Option<String>,
    /// What happened, newest first.
    pub timeline: Vec<TimelineStep>,
    /// What comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
    /// Why it was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_reason: Option<String>,
    /// Money on its way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundFacts>,
    /// What came and what of it goes back, once any does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money_back: Option<MoneyBack>,
    /// 缴款书 with its code, for orders paid by transfer (S0-34, S0-35).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_notice: Option<PaymentNotice>,
    /// What the payer says of his transfer (S0-36); on a new order of fees whose remittance was rejected, a draft of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remittance: Option<Remittance>,
    /// What the payer may do now.
    pub can: Can,
}

/// Who receives the money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PayeeAnswer {
    /// 收款单位.
    pub name: String,
}

/// One report in an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderLine {
    /// The fee.
    pub fee_id: String,
    /// The report.
    pub report_id: String,
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factory_serial_no: Option<String>,
    /// Fen.
    pub amount_fen: Fen,
    /// Whether the report can be downloaded.
    pub report_ready: bool,
}

/// One step of the timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineStep {
    /// Epoch milliseconds.
    pub at: i64,
    /// For programs.
    pub kind: String,
    /// For people.
    pub title: String,
    /// More, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Who did it: 经办人, 代付人, 系统, 微信支付, 银行, 工作人员.
    pub by: String,
}

/// What the payer may do now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Can {
    /// 去支付.
    pub pay: bool,
    /// 作废.
    pub void: bool,
    /// 下载缴款订单.
    pub download_document: bool,
    /// 下载报告.
    pub download_reports: bool,
    /// 已开票 → download.
    pub download_invoice: bool,
    /// 下载 OFD beside the PDF.
    pub download_invoice_ofd: bool,
    /// 发到邮箱.
    pub mail_invoice: bool,
    /// 修改后重试.
    pub retry_invoice: bool,
    /// 更换缴款方式: the methods that can be switched to now (S0-21).
    pub switch_to: Vec<PaymentMethod>,
    /// 更换缴款码.
    pub renew_code: bool,
    /// 填写汇款信息.
    pub edit_remittance: bool,
    /// 收回汇款信息: nobody has decided on it.
    pub withdraw_remittance: bool,
    /// 重新缴费 with everything kept (S0-44).
    pub start_again: bool,
    /// 请同事付款 (B-09).
    pub ask: bool,
}

/// Cards for these orders; receipts and money that goes back are looked up together.
pub async fn summaries(app: &App, rows: Vec<OrderRow>) -> Result<Vec<OrderSummary>, Problem> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let receipts = invoices::views_of_orders(app.database.reader(), &ids).await?;
    let going_back = under_way_of_orders(app.database.reader(), &ids).await?;
    let going_back = |row: &OrderRow| Fen(going_back.get(&row.id).copied().unwrap_or(0));
    rows.iter().map(|row| summary(row, receipts.get(&row.id), going_back(row))).collect()
}

fn summary(row: &OrderRow, receipt: Option<&InvoiceView>, going_back_fen: Fen) -> Result<OrderSummary, Problem> {
    let state = row.state()?;
    let invoice_state = receipt.map_or(InvoiceState::None, |receipt| receipt.state);
    Ok(OrderSummary {
        id: OrderId::from_stored(row.id.clone()),
        order_no: row.order_no.clone(),
        state,
        state_text: state.text().to_owned(),
        unit_name: row.unit_name.clone(),
        receipt_class: row.receipt_class.parse()?,
        method: row.payment_method()?,
        amount_fen: Fen(row.amount_fen),
        received_fen: Fen(row.received_fen),
        missing_fen: row.missing(),
        going_back_fen,
        under_review: row.under_review,
        count: row.fee_count,
        title: row.title.clone(),
        created_at: row.created_at,
        paid_at: row.paid_at,
        // What has a part of its money, or is being reviewed, does not expire.
        expires_at: (state.waits_for_money() && !row.under_review && row.received_fen == 0).then_some(row.expires_at),
        invoice_state,
        invoice_state_text: invoice_state.text().to_owned(),
    })
}

/// The whole order page.
pub async fn page(app: &App, row: OrderRow) -> Result<Order, Problem> {
    let connection = app.database.reader();
    let state = row.state()?;
    let title = TitleFacts::from_stored(&row.invoice_title).map_err(Problem::internal)?;
    let kind: InvoiceKind = row.invoice_kind.parse()?;
    let receipts = invoices::views_of_orders(connection, std::slice::from_ref(&row.id)).await?;
    let receipt = receipts.get(&row.id).cloned().unwrap_or_else(|| InvoiceView::not_requested(kind, title));
    let files = reports::order_files(connection, &row.id).await?;
    let lines = lines(app, &row.id, &PageRequest::default()).await?;
    let steps = orders::steps(connection, &row.id).await?;
    let method = row.payment_method()?;
    let notice = match transfers::newest(connection, &row.id).await? {
        Some(notice) if method == PaymentMethod::Transfer => Some(PaymentNotice::of(notice, &row)?),
        _ => None,
    };
    let remittance = match remittances::of_order(connection, &row.id).await? {
        Some(told) if method == PaymentMethod::Remitted => {
            Some(remittances::answer(app, told, Fen(row.amount_fen)).await?)
        }
        _ => None,
    };
    let disputed = state == OrderState::Paying && is_disputed(connection, &row.id).await?;
    let situation = Situation {
        order: state,
        method,
        received: Fen(row.received_fen),
        missing: row.missing(),
        review_due_at: remittance.as_ref().filter(|_| row.under_review).and_then(|told| told.due_at),
        code: notice.as_ref().map(|notice| notice.state),
        code_expires_at: notice.as_ref().and_then(|notice| notice.expires_at),
        service_phone: app.config.service.service_phone.clone(),
        now: app.now_ms(),
        invoice: receipt.state,
        reports_ready: files.ready,
        reports_total: row.fee_count,
        expires_at: row.expires_at,
        paid_at: row.paid_at,
        disputed,
    };
    let untouched = state.waits_for_money() && row.received_fen == 0 && !row.under_review && !disputed;
    let papers = ReceiptCan::of(app, receipt.state, receipt.has_ofd);
    let mut switch_to = Vec::new();
    if untouched {
        for other in PaymentMethod::of_class(row.receipt_class.parse()?) {
            if other != method && orders::method_objection(app, connection, &row, other).await?.is_none() {
                switch_to.push(other);
            }
        }
    }
    let money_back = money_back(connection, &row).await?;
    let going_back = money_back.as_ref().map_or(Fen::ZERO, |money| money.going_back_fen);
    Ok(Order {
        summary: summary(&row, Some(&receipt), going_back)?,
        amount_capitals: Fen(row.amount_fen).to_capitals(),
        payee: PayeeAnswer { name: row.payee_name.clone() },
        delivery: delivery(app, &row).await?,
        lines_next: lines.next,
        lines: lines.items,
        timeline: timeline(app, &row, steps).await?,
        next_step: next_step(&situation, &app.calendar),
        refund: refund_told(connection, &row.id).await?,
        money_back,
        can: Can {
            pay: untouched && method == PaymentMethod::Online,
            void: untouched,
            download_document: state != OrderState::Void,
            download_reports: state.has_money() && files.ready > 0,
            download_invoice: papers.download,
            download_invoice_ofd: papers.download_ofd,
            mail_invoice: papers.mail,
            retry_invoice: papers.retry,
            switch_to,
            renew_code: notice.as_ref().is_some_and(|notice| notice.can_renew),
            edit_remittance: state.waits_for_money()
                && !row.under_review
                && !disputed
                && method == PaymentMethod::Remitted,
            withdraw_remittance: row.under_review && remittance.as_ref().is_some_and(Remittance::is_submitted),
            start_again: state == OrderState::Void,
            ask: may_be_asked(&row, disputed)?,
        },
        payment_notice: notice,
        remittance,
        invoice: receipt,
        void_reason: row.void_reason,
    })
}

/// Whether somebody outside the unit can be asked for the money now.
pub fn may_be_asked(order: &OrderRow, disputed: bool) -> Result<bool, Problem> {
    let told_by_payer = order.payment_method()? == PaymentMethod::Remitted;
    Ok(order.state()?.waits_for_money() && !order.under_review && !disputed && !told_by_payer)
}

async fn timeline(app: &App, order: &OrderRow, steps: Vec<Step>) -> Result<Vec<TimelineStep>, Problem> {
    let guest = guest_who_paid(app.database.reader(), order).await?;
    let told = guest.as_deref().map(guest_text);
    let mut shown: Vec<TimelineStep> = steps.into_iter().map(timeline_step).collect();
    let paid = shown.iter_mut().find(|step| step.kind == TimelineKind::Paid.as_str());
    if let (Some(step), Some(told)) = (paid, told) {
        step.detail = Some(told.to_owned());
    }
    Ok(shown)
}

/// Who paid without being of the unit, for people.
fn guest_text(guest: &str) -> &'static str {
    if guest.starts_with("ask_") { "由受邀的同事代付" } else { "由他人凭编号代付" }
}

fn timeline_step(step: Step) -> TimelineStep {
    let by = match step.actor.as_str() {
        "system" => "系统",
        "channel" => "微信支付",
        "bank" => "银行",
        "guest" => "代付人",
        account if account.starts_with("acc_") => "经办人",
        _ => "工作人员",
    };
    TimelineStep {
        at: step.at,
        title: TimelineKind::text_of(&step.kind).to_owned(),
        kind: step.kind,
        detail: step.detail,
        by: by.to_owned(),
    }
}

/// A page of lines with the readiness of their reports.
pub async fn lines(
    app: &App,
    order_id: &str,
    page: &PageRequest,
) -> Result<foundation::paging::Page<OrderLine>, Problem> {
    let connection = app.database.reader();
    let facts = orders::line_page(connection, order_id, page).await?;
    let ids: Vec<String> = facts.items.iter().map(|line| line.report_id.clone()).collect();
    let ready: HashMap<String, bool> = reports::downloadable(connection, &ids).await?;
    Ok(facts.map(|line: LineFacts| OrderLine {
        report_ready: ready.get(&line.report_id).copied().unwrap_or(false),
        fee_id: line.fee_id,
        report_id: line.report_id,
        report_no: line.report_no,
        device_name: line.device_name,
        registration_code: line.registration_code,
        factory_serial_no: line.factory_serial_no,
        amount_fen: Fen(line.amount_fen),
    }))
}
