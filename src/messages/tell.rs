//! Who is told of an event, and in which words.

use std::collections::HashMap;

use foundation::calendar::{beijing_time, parse_date};
use foundation::jobs::{NewJob, Outcome, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;

use super::deliver::{Deliver, JOB_DELIVER};
use super::inbox::{self, NewMessage};
use super::wording::{MessageKind, VARIANT, Values};
use crate::accounts::{self, Listener, UnitId};
use crate::app::App;
use crate::happenings::Happening;
use crate::{credit, fees, orders, reports};

/// That the reports are there is pushed this much after that the payment came, so that the phone shows them in order.
const AFTER_PAID_MS: i64 = 5_000;

/// An event in the form in which it is told.
struct Told {
    kind: MessageKind,
    /// Unique per event.
    key: String,
    unit: UnitId,
    applicant_phone: Option<String>,
    values: Values,
}

/// Puts one message into the inbox of everybody concerned, and one job beside each that takes it further.
pub async fn tell(app: &App, happening: &Happening) -> anyhow::Result<Outcome> {
    if let Happening::ReportsReady { order_id } = happening {
        // Both may have happened in one moment; first things first. Who knows it already is not told again.
        put(app, &Happening::OrderPaid { order_id: order_id.clone() }).await?;
    }
    put(app, happening).await?;
    app.wake_workers.notify_one();
    Ok(Outcome::Done)
}

async fn put(app: &App, happening: &Happening) -> anyhow::Result<()> {
    let Some(told) = told(app, happening).await? else { return Ok(()) };
    let reader = app.database.reader();
    let listeners = accounts::accounts_to_tell(reader, &told.unit, told.applicant_phone.as_deref()).await?;
    let mut views: HashMap<Option<String>, Option<Values>> = HashMap::new();
    for listener in &listeners {
        let phone = listener.applicant_phone.clone();
        if let std::collections::hash_map::Entry::Vacant(view) = views.entry(phone) {
            let values = values_for(app, &told, listener).await?;
            view.insert(values);
        }
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    for Listener { account, applicant_phone } in &listeners {
        let Some(Some(values)) = views.get(applicant_phone) else { continue };
        let new = NewMessage {
            account,
            unit: &told.unit,
            kind: told.kind,
            dedup_key: format!("{}:{account}", told.key),
            worded: app.wording.inbox(told.kind, values)?,
            values,
        };
        if let Some(message) = inbox::put(&*transaction, new, now).await? {
            let job = Deliver { message_id: message.to_string(), values: values.clone(), again_at: None };
            let paid_at = match (&told.kind, values.get("order_id")) {
                (MessageKind::ReportReady, Some(order_id)) => {
                    inbox::put_at(&*transaction, &format!("{}:{account}", key_of(MessageKind::OrderPaid, order_id, "")))
                        .await?
                }
                _ => None,
            };
            let due = paid_at.map_or(now, |paid_at| now.max(paid_at + AFTER_PAID_MS));
            enqueue(&*transaction, NewJob::new(JOB_DELIVER, &job, due)).await?;
        }
    }
    Ok(transaction.commit().await?)
}

/// What fills the texts for one listener; nothing when there is nothing to tell him. A card names what the page that it
/// opens will show: everything that he can pay now, not only what is new.
async fn values_for(app: &App, told: &Told, listener: &Listener) -> Result<Option<Values>, Problem> {
    let mut values = told.values.clone();
    if told.kind != MessageKind::FeePosted {
        return Ok(Some(values));
    }
    let phone = listener.applicant_phone.as_deref();
    let payable = fees::payable_total_for(app.database.reader(), &told.unit, phone).await?;
    let posted: i64 = values.get("new").and_then(|text| text.parse().ok()).unwrap_or_default();
    if payable.count == 0 {
        return Ok(None);
    }
    set(&mut values, "new", &posted.min(payable.count).to_string());
    set(&mut values, "count", &payable.count.to_string());
    set_amount(&mut values, payable.amount);
    if posted < payable.count {
        set(&mut values, VARIANT, "more");
    }
    Ok(Some(values))
}

async fn told(app: &App, happening: &Happening) -> Result<Option<Told>, Problem> {
    match happening {
        Happening::FeesPosted { batch, unit_id, applicant_phone, fee_count, amount_fen } => {
            let unit = UnitId::from_stored(unit_id.clone());
            let Some(found) = accounts::unit(app.database.reader(), &unit).await? else { return Ok(None) };
            let mut values = common_values(app, Fen(*amount_fen));
            set(&mut values, "unit", &found.name);
            set(&mut values, "unit_id", unit_id);
            set(&mut values, "new", &fee_count.to_string());
            let phone = applicant_phone.as_deref().unwrap_or("");
            Ok(Some(Told {
                kind: MessageKind::FeePosted,
                key: format!("fee_posted:{batch}:{unit_id}:{phone}"),
                unit,
                applicant_phone: applicant_phone.clone(),
                values,
            }))
        }
        Happening::OrderPaid { order_id } => of_order(app, MessageKind::OrderPaid, order_id, None, None).await,
        Happening::ReportsReady { order_id } => of_order(app, MessageKind::ReportReady, order_id, None, None).await,
        Happening::InvoiceIssued { order_id } => of_order(app, MessageKind::InvoiceReady, order_id, None, None).await,
        Happening::InvoiceFailed { order_id, reason } => {
            // It may fail again after a retry: each reason is told once a day.
            let part = format!("{}:{reason}", foundation::calendar::beijing_date(app.now_ms()));
            of_order(app, MessageKind::InvoiceFailed, order_id, Some(reason), Some((&part, None))).await
        }
        Happening::OrderVoided { order_id, reason } => {
            of_order(app, MessageKind::OrderVoid, order_id, Some(reason), None).await
        }
        Happening::PartReceived { order_id, reference, received_fen, missing_fen } => {
            let part = Some((reference.as_str(), None));
            let told = of_order(app, MessageKind::PartReceived, order_id, None, part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "received", &format!("{} 元", Fen(*received_fen)));
                set(&mut told.values, "missing", &format!("{} 元", Fen(*missing_fen)));
                told
            }))
        }
        Happening::RemittanceRejected { order_id, review_id, opinion, received_fen, missing_fen } => {
            let part = Some((review_id.as_str(), None));
            let told = of_order(app, MessageKind::RemittanceRejected, order_id, Some(opinion), part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "received", &format!("{} 元", Fen(*received_fen)));
                set(&mut told.values, "missing", &format!("{} 元", Fen(*missing_fen)));
                told
            }))
        }
        Happening::PaymentCodeExpiring { order_id, notice_id, expires_at } => {
            let part = Some((notice_id.as_str(), None));
            let told = of_order(app, MessageKind::CodeExpiring, order_id, None, part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "until", &moment_text(*expires_at));
                told
            }))
        }
        Happening::ReviewLate { order_id, remittance_id, due_at } => {
            let part = Some((remittance_id.as_str(), None));
            let told = of_order(app, MessageKind::ReviewLate, order_id, None, part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "until", &moment_text(*due_at));
                told
            }))
        }
        Happening::ReportsPosted { order_id, carrier, tracking_no } => {
            let part = Some((tracking_no.as_str(), None));
            let told = of_order(app, MessageKind::ReportsPosted, order_id, None, part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "carrier", carrier);
                set(&mut told.values, "tracking_no", tracking_no);
                told
            }))
        }
        Happening::CreditSubmitted { credit_id } => of_credit(app, MessageKind::CreditSubmitted, credit_id, "").await,
        Happening::CreditGranted { credit_id } => of_credit(app, MessageKind::CreditGranted, credit_id, "").await,
        Happening::CreditSettled { credit_id } => {
            // It may be owed again and paid again: told once a day.
            let day = foundation::calendar::beijing_date(app.now_ms()).to_string();
            of_credit(app, MessageKind::CreditSettled, credit_id, &day).await
        }
        Happening::CreditRejected { credit_id, reason } => {
            let told = of_credit(app, MessageKind::CreditRejected, credit_id, "").await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "reason", reason);
                told
            }))
        }
        Happening::CreditReminder { credit_id, days, .. } => {
            let kind = if *days < 0 { MessageKind::CreditOverdue } else { MessageKind::CreditDue };
            let told = of_credit(app, kind, credit_id, &days.to_string()).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "days", &days.abs().to_string());
                if *days == 0 {
                    set(&mut told.values, VARIANT, "today");
                }
                told
            }))
        }
        // Its start was told, with when to expect the money; or it is told to other systems alone.
        Happening::OrderRefunded { .. }
        | Happening::CreditChanged { .. }
        | Happening::RefundSucceeded { .. }
        | Happening::OrderCompleted { .. }
        | Happening::OrderReopened { .. } => Ok(None),
        Happening::RefundStarted { refund_id, order_id, amount_fen, reason } => {
            let refund = Some((refund_id.as_str(), Some(Fen(*amount_fen))));
            of_order(app, MessageKind::Refund, order_id, Some(reason), refund).await
        }
    }
}

/// An event of an order; `part` distinguishes several of one kind and may have an amount of its own.
async fn of_order(
    app: &App,
    kind: MessageKind,
    order_id: &str,
    reason: Option<&str>,
    part: Option<(&str, Option<Fen>)>,
) -> Result<Option<Told>, Problem> {
    let Some(order) = orders::facts(app.database.reader(), order_id).await? else { return Ok(None) };
    let (part, amount) = part.unwrap_or(("", None));
    let mut values = common_values(app, amount.unwrap_or(order.amount));
    set(&mut values, "unit", &order.unit_name);
    set(&mut values, "unit_id", order.unit_id.as_str());
    set(&mut values, "order_id", order_id);
    set(&mut values, "order_no", &order.order_no);
    set(&mut values, "count", &order.fee_count.to_string());
    set(&mut values, "title", &order.title);
    set(&mut values, "reason", reason.unwrap_or(""));
    if kind == MessageKind::OrderPaid {
        let files = reports::order_files(app.database.reader(), order_id).await?;
        set(&mut values, "ready", &files.ready.to_string());
        match files.ready {
            ready if ready == order.fee_count => {}
            0 => set(&mut values, VARIANT, "none_ready"),
            _ => set(&mut values, VARIANT, "some_ready"),
        }
    }
    Ok(Some(Told {
        kind,
        key: key_of(kind, order_id, part),
        unit: order.unit_id,
        applicant_phone: order.applicant_phone,
        values,
    }))
}

/// An event of a request for credit; `part` distinguishes several of one kind.
async fn of_credit(app: &App, kind: MessageKind, credit_id: &str, part: &str) -> Result<Option<Told>, Problem> {
    let Some(credit) = credit::facts(app.database.reader(), credit_id).await? else { return Ok(None) };
    let mut values = common_values(app, credit.amount);
    set(&mut values, "unit", &credit.unit_name);
    set(&mut values, "unit_id", credit.unit_id.as_str());
    set(&mut values, "credit_id", credit_id);
    set(&mut values, "credit_no", &credit.request_no);
    set(&mut values, "count", &credit.count.to_string());
    set(&mut values, "owed", &format!("{} 元", credit.owed));
    let due = credit.due_on.as_deref().map(parse_date).transpose()?;
    set(&mut values, "due", &due.map_or_else(String::new, day_text));
    Ok(Some(Told {
        kind,
        key: key_of(kind, credit_id, part),
        unit: credit.unit_id,
        applicant_phone: credit.applicant_phone,
        values,
    }))
}

/// `2026年11月22日`.
fn day_text(day: time::Date) -> String {
    format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day())
}

/// What makes an event of an order (or request) unique; each account is told of it once.
fn key_of(kind: MessageKind, order_id: &str, part: &str) -> String {
    format!("{}:{order_id}:{part}", kind.as_str())
}

fn set_amount(values: &mut Values, amount: Fen) {
    let yuan = amount.to_yuan_text();
    set(values, "amount", &format!("{yuan} 元"));
    // Template fields of kind amount take no separators.
    set(values, "amount_plain", &format!("{}元", yuan.replace(',', "")));
}

fn common_values(app: &App, amount: Fen) -> Values {
    let mut values = Values::new();
    set_amount(&mut values, amount);
    set(&mut values, "phone", &app.config.service.service_phone);
    set(&mut values, "time", &moment_text(app.now_ms()));
    values
}

/// `2026年11月22日 09:05` in Beijing.
fn moment_text(at_ms: i64) -> String {
    let moment = beijing_time(at_ms);
    let (year, month, day) = (moment.year(), u8::from(moment.month()), moment.day());
    format!("{year}年{month}月{day}日 {:02}:{:02}", moment.hour(), moment.minute())
}

fn set(values: &mut Values, name: &str, value: &str) {
    values.insert(name.to_owned(), value.to_owned());
}
