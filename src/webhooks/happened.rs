//! What a happening of ours is to other systems: its type, what it is about, and what is said of it.

use foundation::ids::new_id_text;
use foundation::jobs::NewJob;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::model::EventKind;
use crate::app::App;
use crate::happenings::Happening;
use crate::{accounts, credit, fees, invoices, orders};

/// Gives an event its place and its deliveries.
pub(super) const JOB_SPREAD: &str = "webhooks.spread";

/// Payload of [`JOB_SPREAD`]: the event as it was written with the change itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Happened {
    /// `evt_…`: made once, so that a repeated job changes nothing.
    pub(super) event_id: String,
    /// When it happened, epoch milliseconds.
    pub(super) at: i64,
    /// What.
    pub(super) happening: Happening,
}

/// The job row that tells other systems; nothing for what is not their business.
pub fn job_for(happening: &Happening, now_ms: i64) -> Option<NewJob> {
    kind_of(happening)?;
    let happened = Happened { event_id: new_id_text("evt"), at: now_ms, happening: happening.clone() };
    Some(NewJob::new(JOB_SPREAD, &happened, now_ms))
}

pub(super) fn kind_of(happening: &Happening) -> Option<EventKind> {
    match happening {
        Happening::OrderPaid { .. } => Some(EventKind::OrderPaid),
        Happening::OrderVoided { .. } => Some(EventKind::OrderVoided),
        Happening::OrderCompleted { .. } => Some(EventKind::OrderCompleted),
        Happening::OrderReopened { .. } => Some(EventKind::OrderReopened),
        Happening::PartReceived { .. } => Some(EventKind::OrderPartReceived),
        Happening::ReportsReady { .. } => Some(EventKind::ReportsReady),
        Happening::InvoiceIssued { .. } => Some(EventKind::InvoiceIssued),
        Happening::InvoiceFailed { .. } => Some(EventKind::InvoiceFailed),
        Happening::RefundStarted { .. } => Some(EventKind::RefundStarted),
        Happening::RefundCalledOff { .. } => Some(EventKind::RefundCalledOff),
        Happening::RefundSucceeded { .. } => Some(EventKind::RefundSucceeded),
        Happening::CreditGranted { .. } => Some(EventKind::CreditGranted),
        Happening::CreditReminder { first_overdue: true, .. } => Some(EventKind::CreditOverdue),
        Happening::CreditSettled { .. } => Some(EventKind::CreditSettled),
        // The core system posted the fees itself; the others are steps inside our house.
        Happening::FeesPosted { .. }
        | Happening::OfPerson { .. }
        | Happening::PaymentCodeExpiring { .. }
        | Happening::StaffAnswered { .. }
        | Happening::ReviewLate { .. }
        | Happening::RemittanceRejected { .. }
        | Happening::CounterPaymentUndone { .. }
        | Happening::RemittanceEntered { .. }
        | Happening::RegistrationSubmitted { .. }
        | Happening::RegistrationApproved { .. }
        | Happening::RegistrationRejected { .. }
        | Happening::ProfileChangeDecided { .. }
        | Happening::QualificationDecided { .. }
        | Happening::QualificationExpiring { .. }
        | Happening::ReportsPosted { .. }
        | Happening::OrderRefunded { .. }
        | Happening::CreditSubmitted { .. }
        | Happening::CreditRejected { .. }
        | Happening::CreditReminder { .. }
        | Happening::CreditChanged { .. } => None,
    }
}

/// An event as other systems read it.
pub(super) struct Described {
    pub(super) kind: EventKind,
    /// What it is about: an order, a credit request.
    pub(super) object_id: String,
    /// The JSON that is signed and sent.
    pub(super) body: String,
}

/// Puts an event into words; nothing when what it is about is gone.
pub(super) async fn describe(app: &App, happened: &Happened) -> Result<Option<Described>, Problem> {
    let Some(kind) = kind_of(&happened.happening) else { return Ok(None) };
    let Some((object_id, data)) = data_of(app, &happened.happening).await? else { return Ok(None) };
    let timestamp = OffsetDateTime::from_unix_timestamp_nanos(i128::from(happened.at) * 1_000_000)
        .map_err(Problem::internal)?
        .format(&Rfc3339)
        .map_err(Problem::internal)?;
    let body = json!({ "id": happened.event_id, "type": kind.as_str(), "timestamp": timestamp, "data": data });
    Ok(Some(Described { kind, object_id, body: body.to_string() }))
}

async fn data_of(app: &App, happening: &Happening) -> Result<Option<(String, Value)>, Problem> {
    match happening {
        Happening::OrderPaid { order_id }
        | Happening::OrderCompleted { order_id }
        | Happening::OrderReopened { order_id }
        | Happening::ReportsReady { order_id } => of_order(app, order_id, json!({})).await,
        Happening::OrderVoided { order_id, reason } | Happening::InvoiceFailed { order_id, reason } => {
            of_order(app, order_id, json!({ "reason": reason })).await
        }
        Happening::PartReceived { order_id, received_fen, missing_fen, .. } => {
            of_order(app, order_id, json!({ "received_fen": received_fen, "missing_fen": missing_fen })).await
        }
        Happening::InvoiceIssued { order_id } => {
            let invoice = invoices::of_order(app.database.reader(), order_id).await?;
            let invoice = invoice.map(|invoice| {
                json!({
                    "kind": invoice.kind,
                    "code": invoice.invoice_code,
                    "number": invoice.invoice_number,
                    "amount_fen": invoice.amount,
                    "issued_at": invoice.issued_at,
                })
            });
            of_order(app, order_id, json!({ "invoice": invoice })).await
        }
        Happening::RefundStarted { refund_id, order_id, amount_fen, reason, of_order: decided } => {
            let refund = json!({ "id": refund_id, "amount_fen": amount_fen, "reason": reason, "of_order": decided });
            of_order(app, order_id, json!({ "refund": refund })).await
        }
        Happening::RefundCalledOff { refund_id, order_id, amount_fen, reason } => {
            let refund = json!({ "id": refund_id, "amount_fen": amount_fen, "reason": reason, "of_order": false });
            of_order(app, order_id, json!({ "refund": refund })).await
        }
        Happening::RefundSucceeded { refund_id, order_id, amount_fen, of_order: decided } => {
            let refund = json!({ "id": refund_id, "amount_fen": amount_fen, "of_order": decided });
            of_order(app, order_id, json!({ "refund": refund })).await
        }
        Happening::CreditGranted { credit_id }
        | Happening::CreditReminder { credit_id, .. }
        | Happening::CreditSettled { credit_id } => of_credit(app, credit_id).await,
        Happening::FeesPosted { .. }
        | Happening::OfPerson { .. }
        | Happening::PaymentCodeExpiring { .. }
        | Happening::StaffAnswered { .. }
        | Happening::ReviewLate { .. }
        | Happening::RemittanceRejected { .. }
        | Happening::CounterPaymentUndone { .. }
        | Happening::RemittanceEntered { .. }
        | Happening::RegistrationSubmitted { .. }
        | Happening::RegistrationApproved { .. }
        | Happening::RegistrationRejected { .. }
        | Happening::ProfileChangeDecided { .. }
        | Happening::QualificationDecided { .. }
        | Happening::QualificationExpiring { .. }
        | Happening::ReportsPosted { .. }
        | Happening::OrderRefunded { .. }
        | Happening::CreditSubmitted { .. }
        | Happening::CreditRejected { .. }
        | Happening::CreditChanged { .. } => Ok(None),
    }
}

/// What is said of an order, with the core system's own keys, and what the event adds to it.
async fn of_order(app: &App, order_id: &str, more: Value) -> Result<Option<(String, Value)>, Problem> {
    let reader = app.database.reader();
    let Some(order) = orders::find_row(reader, order_id).await? else { return Ok(None) };
    let lines = orders::lines_of(reader, order_id).await?;
    let keys = fees::external_ids(reader, lines.iter().map(|line| line.fee_id.as_str())).await?;
    let fees: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({ "fee_id": keys.get(&line.fee_id), "report_no": line.report_no, "amount_fen": line.amount_fen })
        })
        .collect();
    let unit = accounts::UnitId::from_stored(order.unit_id.clone());
    let mut data = json!({
        "order_no": order.order_no,
        "state": order.state,
        "amount_fen": order.amount_fen,
        "refunded_fen": order.refunded_fen,
        "receipt_class": order.receipt_class,
        "paid_by": order.paid_by,
        "paid_at": order.paid_at,
        "unit": { "id": accounts::external_id(reader, &unit).await?, "name": order.unit_name },
        "fees": fees,
    });
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    Ok(Some((order_id.to_owned(), data)))
}

/// What is said of a request for credit.
async fn of_credit(app: &App, credit_id: &str) -> Result<Option<(String, Value)>, Problem> {
    let reader = app.database.reader();
    let Some(credit) = credit::facts(reader, credit_id).await? else { return Ok(None) };
    let keys = fees::external_ids(reader, credit.lines.iter().map(|line| line.fee_id.as_str())).await?;
    let fees: Vec<Value> = credit
        .lines
        .iter()
        .map(|line| {
            json!({ "fee_id": keys.get(&line.fee_id), "report_no": line.report_no, "amount_fen": line.amount_fen })
        })
        .collect();
    let data = json!({
        "credit": {
            "request_no": credit.request_no,
            "state": credit.state,
            "amount_fen": credit.amount,
            "owed_fen": credit.owed,
            "due_on": credit.due_on,
            "reason": credit.reason,
        },
        "unit": { "id": accounts::external_id(reader, &credit.unit_id).await?, "name": credit.unit_name },
        "fees": fees,
    });
    Ok(Some((credit_id.to_owned(), data)))
}
