//! The payment order as a paper: what stands on it.

use foundation::calendar::{beijing_date, print_date};
use foundation::money::Fen;
use foundation::problem::Problem;

use crate::app::App;
use crate::documents::{PaymentOrderDocument, PaymentOrderItem, PaymentOrderPayee, PaymentOrderTransfer};
use crate::fees::{self, PayeeId, payees_by_id};
use crate::invoice_titles::{InvoiceKind, TitleFacts};
use crate::orders::{self, OrderRow, OrderState, PaymentMethod};
use crate::transfers::{self, REMARK_RULE};

/// What stands on the payment order now.
pub(super) async fn payment_order_of(app: &App, order: OrderRow) -> Result<PaymentOrderDocument, Problem> {
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
    let booked_on = order.paid_at.map(|paid_at| print_date(beijing_date(paid_at)));
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
        order_url: app.page_url(&format!("/pages/order/order?id={}", order.id)),
        created_at: order.created_at,
        expires_at: state.waits_for_money().then_some(order.expires_at),
        paid_at: order.paid_at,
        came_on: order.came_on.filter(|day| booked_on.as_ref() != Some(day)),
        printed_at: app.now_ms(),
        order_no: order.order_no,
    })
}
