//! What an event says, to whom: one arm per event. A room that adds events adds its arms here, and keeps what it takes to
//! fill them in a file of its own beside this one.

use foundation::calendar::{beijing_time, parse_date};
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::sealed::BlindIndex;

use super::kinds::MessageKind;
use super::told_people;
use super::wording::{VARIANT, Values};
use super::{told_registration, told_unit};
use crate::accounts::{self, AccountId, Role, UnitId};
use crate::app::App;
use crate::happenings::Happening;
use crate::orders::PaymentMethod;
use crate::{bank, conversations, credit, orders, payments, reports};

/// Whom an event concerns. Who of a unit hears of it is narrowed by `audience` of `config/messages.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One account, whatever its units.
    Account(AccountId),
    /// A phone that may have no account yet: only a text message reaches it.
    Phone(String),
    /// The members of a unit who have one of these roles.
    Roles(UnitId, Vec<Role>),
    /// The members who see the whole unit, and the applicant with this phone (S0-07).
    UnitAndApplicant(UnitId, Option<String>),
}

impl Audience {
    /// The unit that the message is about.
    pub fn unit(&self) -> Option<&UnitId> {
        match self {
            Audience::Account(_) | Audience::Phone(_) => None,
            Audience::Roles(unit, _) | Audience::UnitAndApplicant(unit, _) => Some(unit),
        }
    }
}

/// An event in the form in which it is told.
pub(super) struct Told {
    /// What it is about.
    pub kind: MessageKind,
    /// Unique per event: the same event is told to the same person once.
    pub key: String,
    /// Whom it concerns.
    pub audience: Audience,
    /// What fills its texts.
    pub values: Values,
}

/// What there is to tell of an event; nothing when it is for other rooms or systems alone, or gone meanwhile.
pub(super) async fn told(app: &App, happening: &Happening) -> Result<Option<Told>, Problem> {
    match happening {
        Happening::FeesPosted { batch, unit_id, applicant_phone, fee_count, amount_fen } => {
            let unit = UnitId::from_stored(unit_id.clone());
            let Some(found) = accounts::unit(app.database.reader(), &unit).await? else { return Ok(None) };
            let mut values = common_values(app, Fen(*amount_fen));
            set(&mut values, "unit", &found.name);
            set(&mut values, "unit_id", unit_id);
            set(&mut values, "new", &fee_count.to_string());
            let phone = BlindIndex::of(applicant_phone.as_deref().unwrap_or(""));
            Ok(Some(Told {
                kind: MessageKind::FeePosted,
                key: format!("fee_posted:{batch}:{unit_id}:{}", phone.as_str()),
                audience: Audience::UnitAndApplicant(unit, applicant_phone.clone().map(String::from)),
                values,
            }))
        }
        Happening::OrderPaid { order_id } => of_payment(app, MessageKind::OrderPaid, order_id).await,
        Happening::ReportsReady { order_id } => of_payment(app, MessageKind::ReportReady, order_id).await,
        Happening::InvoiceIssued { order_id } => of_payment(app, MessageKind::InvoiceReady, order_id).await,
        Happening::InvoiceFailed { order_id, reason } => {
            // It may fail again after a retry: each reason is told once a day.
            let part = format!("{}:{reason}", foundation::calendar::beijing_date(app.now_ms()));
            of_order(app, MessageKind::InvoiceFailed, order_id, Some(reason), Some((&part, None))).await
        }
        Happening::OrderVoided { order_id, reason } => {
            let told = of_order(app, MessageKind::OrderVoid, order_id, Some(reason), None).await?;
            let order = orders::find_row(app.database.reader(), order_id).await?;
            Ok(told.map(|mut told| {
                // Only of WeChat's money we know that none was taken; a transfer may be on its way.
                match order.map(|order| (order.received_fen, order.method)) {
                    Some((received, _)) if received > 0 => {
                        set(&mut told.values, "received", &format!("{} 元", Fen(received)));
                        set(&mut told.values, VARIANT, "part_paid");
                    }
                    Some((_, method)) if method == PaymentMethod::Transfer.as_str() => {
                        set(&mut told.values, VARIANT, "transfer");
                    }
                    Some((_, method)) if method == PaymentMethod::Remitted.as_str() => {
                        set(&mut told.values, VARIANT, "remitted");
                    }
                    _ => {}
                }
                told
            }))
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
        Happening::CounterPaymentUndone { order_id, counter_payment_id, amount_fen, reason } => {
            let part = Some((counter_payment_id.as_str(), Some(Fen(*amount_fen))));
            of_order(app, MessageKind::CounterUndone, order_id, Some(reason), part).await
        }
        Happening::RemittanceEntered { order_id, remittance_id, due_at } => {
            // Handed in again after a correction, it has another day.
            let part = format!("{remittance_id}:{due_at}");
            let told = of_order(app, MessageKind::RemittanceEntered, order_id, None, Some((&part, None))).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, "until", &moment_text(*due_at));
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
        Happening::RegistrationSubmitted { registration_id } => {
            told_registration::of(app, MessageKind::RegistrationSubmitted, registration_id, "").await
        }
        Happening::RegistrationApproved { registration_id } => {
            told_registration::of(app, MessageKind::RegistrationApproved, registration_id, "").await
        }
        Happening::RegistrationRejected { registration_id, reason } => {
            told_registration::of(app, MessageKind::RegistrationRejected, registration_id, reason).await
        }
        Happening::ProfileChangeDecided { change_id } => told_unit::of_change(app, change_id).await,
        Happening::QualificationDecided { qualification_id } => {
            told_unit::of_qualification(app, MessageKind::QualificationDecided, qualification_id, None).await
        }
        Happening::QualificationExpiring { qualification_id, days } => {
            told_unit::of_qualification(app, MessageKind::QualificationExpiring, qualification_id, Some(*days)).await
        }
        Happening::OfPerson { event } => told_people::told(app, event).await,
        // Its start was told, with when to expect the money; or it is told to other systems alone.
        Happening::OrderRefunded { .. }
        | Happening::CreditChanged { .. }
        | Happening::OrderCompleted { .. }
        | Happening::OrderReopened { .. } => Ok(None),
        Happening::StaffAnswered { said_id } => {
            let reader = app.database.reader();
            let Some((app_id, openid, answer)) = conversations::told_answer(reader, said_id).await? else {
                return Ok(None);
            };
            let Some(account) = accounts::account_of_openid(reader, &app_id, &openid).await? else { return Ok(None) };
            let mut values = common_values(app, Fen(0));
            set(&mut values, "answer", &answer);
            Ok(Some(Told {
                kind: MessageKind::StaffAnswer,
                key: format!("staff_answer:{said_id}"),
                audience: Audience::Account(account.id),
                values,
            }))
        }
        Happening::RefundSucceeded { refund_id, order_id, amount_fen, .. } => {
            let reader = app.database.reader();
            // What WeChat carries out, WeChat tells itself.
            if !payments::was_paid_by_bank(reader, refund_id).await? {
                return Ok(None);
            }
            let part = format!("{}:paid", each_time(app, refund_id).await?);
            let told =
                of_order(app, MessageKind::Refund, order_id, None, Some((&part, Some(Fen(*amount_fen))))).await?;
            let account = bank::paid_out_to(reader, refund_id).await?;
            let at_window = payments::was_paid_at_window(reader, refund_id).await?;
            Ok(told.map(|mut told| {
                let to =
                    account.map_or_else(|| "付款方".to_owned(), |account| format!("到尾号 {} 的账户", tail(&account)));
                set(&mut told.values, "to", &to);
                set(&mut told.values, VARIANT, if at_window { "paid_at_window" } else { "paid_by_bank" });
                told
            }))
        }
        Happening::RefundCalledOff { refund_id, order_id, amount_fen, reason } => {
            let part = format!("{refund_id}:called_off");
            let part = Some((part.as_str(), Some(Fen(*amount_fen))));
            let told = of_order(app, MessageKind::Refund, order_id, Some(reason), part).await?;
            Ok(told.map(|mut told| {
                set(&mut told.values, VARIANT, "called_off");
                told
            }))
        }
        Happening::RefundStarted { refund_id, order_id, amount_fen, reason, of_order: decided } => {
            let part = each_time(app, refund_id).await?;
            let refund = Some((part.as_str(), Some(Fen(*amount_fen))));
            let told = of_order(app, MessageKind::Refund, order_id, Some(reason), refund).await?;
            let reader = app.database.reader();
            let by_bank = payments::goes_by_bank(reader, refund_id).await?;
            // Somebody asks the payer for the account: he is told so, and by whom.
            let asks = by_bank && *decided && bank::paid_out_to(reader, refund_id).await?.is_none();
            let variant = if asks { Some("account_asked") } else { by_bank.then_some("by_bank") };
            Ok(told.map(|mut told| {
                if let Some(variant) = variant {
                    set(&mut told.values, VARIANT, variant);
                }
                told
            }))
        }
    }
}

/// What tells one way of a refund from the next, where the bank sent it back in between.
async fn each_time(app: &App, refund_id: &str) -> Result<String, Problem> {
    let times = payments::times_bounced(app.database.reader(), refund_id).await?;
    Ok(if times == 0 { refund_id.to_owned() } else { format!("{refund_id}:{times}") })
}

/// An event that follows a payment: one that was undone and made again is told again.
async fn of_payment(app: &App, kind: MessageKind, order_id: &str) -> Result<Option<Told>, Problem> {
    let times = orders::times_reopened(app.database.reader(), order_id).await?;
    let part = if times == 0 { String::new() } else { times.to_string() };
    of_order(app, kind, order_id, None, Some((&part, None))).await
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
        audience: Audience::UnitAndApplicant(order.unit_id, order.applicant_phone),
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
        audience: Audience::UnitAndApplicant(credit.unit_id, credit.applicant_phone),
        values,
    }))
}

/// The end of an account number, by which its owner knows it.
fn tail(account: &str) -> String {
    let characters: Vec<char> = account.chars().collect();
    characters[characters.len().saturating_sub(4)..].iter().collect()
}

/// `2026年11月22日`.
pub(super) fn day_text(day: time::Date) -> String {
    format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day())
}

/// What makes an event of an order (or request) unique; each account is told of it once.
pub(super) fn key_of(kind: MessageKind, order_id: &str, part: &str) -> String {
    format!("{}:{order_id}:{part}", kind.as_str())
}

pub(super) fn set_amount(values: &mut Values, amount: Fen) {
    let yuan = amount.to_yuan_text();
    set(values, "amount", &format!("{yuan} 元"));
    // Template fields of kind amount take no separators.
    set(values, "amount_plain", &format!("{}元", yuan.replace(',', "")));
}

pub(super) fn common_values(app: &App, amount: Fen) -> Values {
    let mut values = Values::new();
    set_amount(&mut values, amount);
    set(&mut values, "phone", &app.config.service.service_phone);
    set(&mut values, "time", &moment_text(app.now_ms()));
    values
}

/// `2026年11月22日 09:05` in Beijing.
pub(super) fn moment_text(at_ms: i64) -> String {
    let moment = beijing_time(at_ms);
    let (year, month, day) = (moment.year(), u8::from(moment.month()), moment.day());
    format!("{year}年{month}月{day}日 {:02}:{:02}", moment.hour(), moment.minute())
}

pub(super) fn set(values: &mut Values, name: &str, value: &str) {
    values.insert(name.to_owned(), value.to_owned());
}
