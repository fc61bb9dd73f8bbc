//! Who is told of an event, and in which words.

use foundation::calendar::beijing_time;
use foundation::jobs::{NewJob, Outcome, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;

use super::deliver::{Deliver, JOB_DELIVER};
use super::inbox::{self, NewMessage};
use super::wording::{MessageKind, Values};
use crate::accounts::{self, UnitId};
use crate::app::App;
use crate::happenings::Happening;
use crate::orders;

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
    let Some(told) = told(app, happening).await? else { return Ok(Outcome::Done) };
    let worded = app.wording.inbox(told.kind, &told.values)?;
    let accounts =
        accounts::accounts_to_tell(app.database.reader(), &told.unit, told.applicant_phone.as_deref()).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    for account in &accounts {
        let new = NewMessage {
            account,
            unit: &told.unit,
            kind: told.kind,
            dedup_key: format!("{}:{account}", told.key),
            worded: worded.clone(),
        };
        if let Some(message) = inbox::put(&*transaction, new, now).await? {
            let job = Deliver { message_id: message.to_string(), values: told.values.clone() };
            enqueue(&*transaction, NewJob::new(JOB_DELIVER, &job, now)).await?;
        }
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(Outcome::Done)
}

async fn told(app: &App, happening: &Happening) -> Result<Option<Told>, Problem> {
    match happening {
        Happening::FeesPosted { batch, unit_id, applicant_phone, fee_count, amount_fen } => {
            let unit = UnitId::from_stored(unit_id.clone());
            let Some(found) = accounts::unit(app.database.reader(), &unit).await? else { return Ok(None) };
            let mut values = common_values(app, Fen(*amount_fen));
            set(&mut values, "unit", &found.name);
            set(&mut values, "unit_id", unit_id);
            set(&mut values, "count", &fee_count.to_string());
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
        Happening::PaymentCodeExpiring { order_id, notice_id, expires_at } => {
            let part = Some((notice_id.as_str(), None));
            let told = of_order(app, MessageKind::CodeExpiring, order_id, None, part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "until", &moment_text(*expires_at));
                told
            }))
        }
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
    Ok(Some(Told {
        kind,
        key: format!("{}:{order_id}:{part}", kind.as_str()),
        unit: order.unit_id,
        applicant_phone: order.applicant_phone,
        values,
    }))
}

fn common_values(app: &App, amount: Fen) -> Values {
    let mut values = Values::new();
    let yuan = amount.to_yuan_text();
    set(&mut values, "amount", &format!("{yuan} 元"));
    // Template fields of kind amount take no separators.
    set(&mut values, "amount_plain", &format!("{}元", yuan.replace(',', "")));
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
