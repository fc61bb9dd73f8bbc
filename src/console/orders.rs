//! Orders of everybody: the list, and one in full with all that happened to its money.

use axum::extract::State;
use foundation::calendar::{parse_date, start_of_beijing_day_ms};
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::mask_phone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::SharedApp;
use crate::audit::{self, AuditEntry};
use crate::bank::{self, Claim};
use crate::counter::{self, CounterPayment};
use crate::fees::ReceiptClass;
use crate::invoices::{self, StaffInvoice};
use crate::order_page::{self, Order, OrderSummary};
use crate::orders::{self, OrderId, OrderState, PaymentMethod, StaffOrderSearch};
use crate::payments::{self, AttemptAnswer, RefundAnswer};
use crate::remittances;
use crate::staff::{May, Permission, may};
use crate::web::{Json, Path, Query};

/// What is listed.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderQuery {
    /// One of the states, or several separated by commas.
    pub state: Option<String>,
    /// `online`, `transfer`, `remitted`.
    pub method: Option<String>,
    /// First day in Beijing on which it was made.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Only those that a line of the bank may still bring money to: waiting, or paid on somebody's word.
    #[serde(default)]
    pub takes_money: bool,
    /// Part of order number, unit name, report number or registration code; several words narrow each other.
    pub q: Option<String>,
}

impl OrderQuery {
    /// The search it asks for. 422 for a day that is none.
    pub fn search(&self) -> Result<StaffOrderSearch, Problem> {
        let wanted = self.state.as_deref().unwrap_or("");
        let states = wanted
            .split(',')
            .filter_map(|text| text.trim().parse::<OrderState>().ok())
            .map(OrderState::as_str)
            .collect();
        Ok(StaffOrderSearch {
            states,
            method: self.method.clone(),
            from: day("from", self.from.as_deref())?,
            until: day("to", self.to.as_deref())?.map(|start| start + 86_400_000),
            takes_money: self.takes_money,
            q: self.q.clone(),
        })
    }
}

/// The first moment of a day in a query, epoch milliseconds.
pub(super) fn day(field: &'static str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let date = parse_date(text).map_err(|error| {
        Problem::unacceptable("date_wrong", "日期写法不对").field(field, error.to_string()).advice("请重新选择日期")
    })?;
    Ok(Some(start_of_beijing_day_ms(date)))
}

/// An order in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffOrderLine {
    /// What the payer's list shows too.
    #[serde(flatten)]
    pub summary: OrderSummary,
    /// What went back of it, fen.
    pub refunded_fen: Fen,
    /// Who receives the money.
    pub payee_name: String,
    /// How one pays, for people.
    pub method_text: String,
    /// What a line of the bank may still bring to it, fen.
    pub lacks_of_bank_fen: Fen,
}

/// An order in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffOrder {
    /// What the payer sees too.
    #[serde(flatten)]
    pub order: Order,
    /// The unit.
    pub unit_id: String,
    /// 报检人电话 with its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_phone_masked: Option<String>,
    /// How one pays, for people.
    pub method_text: String,
    /// What went back of it, fen.
    pub refunded_fen: Fen,
    /// Tries to pay, newest first.
    pub attempts: Vec<AttemptAnswer>,
    /// Money on its way back and back, newest first.
    pub refunds: Vec<RefundAnswer>,
    /// Money of bank lines taken for it, newest first; also what was taken back.
    pub claims: Vec<Claim>,
    /// Money taken at service windows, newest first.
    pub counter_payments: Vec<CounterPayment>,
    /// Receipts.
    pub invoices: Vec<StaffInvoice>,
    /// Who did what to it, newest first.
    pub audit: Vec<AuditEntry>,
    /// What the officer may do.
    pub staff_can: StaffCan,
}

/// What the officer may do with an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffCan {
    /// 申请退款.
    pub refund: bool,
    /// 窗口收款.
    pub receive: bool,
    /// 代交回单: for a payer at the window who has transferred already (S0-39).
    pub enter_slip: bool,
    /// 登记寄送: the reports are to be posted, or were and can be corrected.
    pub post: bool,
}

/// Orders of everybody, newest first.
#[utoipa::path(get, path = "/staff/v1/orders", tag = "staff", params(OrderQuery, PageRequest), responses((status = 200, body = Page<StaffOrderLine>)))]
pub async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::OrdersRead>,
    Query(query): Query<OrderQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffOrderLine>>, Problem> {
    let found = orders::staff_page(app.database.reader(), &query.search()?, &page).await?;
    let extras: Vec<(i64, String, Fen)> =
        found.items.iter().map(|row| (row.refunded_fen, row.payee_name.clone(), row.lacks_of_bank())).collect();
    let summaries = order_page::summaries(&app, found.items).await?;
    let items = summaries
        .into_iter()
        .zip(extras)
        .map(|(summary, (refunded, payee_name, lacks_of_bank_fen))| StaffOrderLine {
            lacks_of_bank_fen,
            method_text: summary.method.text().to_owned(),
            summary,
            refunded_fen: Fen(refunded),
            payee_name,
        })
        .collect();
    Ok(Json(Page { items, next: found.next }))
}

/// One order in full.
#[utoipa::path(get, path = "/staff/v1/orders/{id}", tag = "staff", params(("id" = OrderId, Path, description = "order")), responses((status = 200, body = StaffOrder)))]
pub async fn show(
    State(app): State<SharedApp>,
    officer: May<may::OrdersRead>,
    Path(id): Path<OrderId>,
) -> Result<Json<StaffOrder>, Problem> {
    let reader = app.database.reader();
    let row = orders::find_row(reader, id.as_str()).await?;
    let row = row.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))?;
    let state = row.state()?;
    let (unit_id, refunded_fen) = (row.unit_id.clone(), Fen(row.refunded_fen));
    let part_paid = state == OrderState::PendingPayment && row.received_fen > 0;
    let by_post = row.delivery.contains("\"kind\":\"post\"");
    let applicant_phone_masked = row.applicant_phone.as_deref().map(mask_phone);
    let refunds = payments::refunds_of_order(&app, id.as_str()).await?;
    let invoices = invoices::invoices_of_order(reader, id.as_str()).await?;
    let mut objects = vec![id.to_string()];
    objects.extend(remittances::of_order(reader, id.as_str()).await?.map(|told| told.id));
    objects.extend(refunds.iter().map(|refund| refund.id.to_string()));
    objects.extend(invoices.iter().map(|invoice| invoice.id.to_string()));
    Ok(Json(StaffOrder {
        unit_id,
        applicant_phone_masked,
        method_text: orders::method_text(&row.method).to_owned(),
        refunded_fen,
        attempts: payments::attempts_for_staff(reader, id.as_str()).await?,
        refunds,
        claims: bank::claim_answers(reader, bank::claims_for_order(reader, id.as_str()).await?).await?,
        counter_payments: counter::answers_of(reader, id.as_str()).await?,
        invoices,
        audit: audit::entries_of(reader, &objects).await?,
        staff_can: StaffCan {
            refund: (state.has_money() || part_paid) && officer.may(Permission::RefundsPropose),
            receive: state.waits_for_money() && officer.may(Permission::CounterReceive),
            enter_slip: state.waits_for_money()
                && !row.under_review
                && row.receipt_class == ReceiptClass::Vat.as_str()
                && (row.received_fen == 0 || row.method == PaymentMethod::Remitted.as_str())
                && officer.may(Permission::CounterReceive),
            post: state.has_money() && by_post && officer.may(Permission::VouchersHandOver),
        },
        order: order_page::page(&app, row).await?,
    }))
}
