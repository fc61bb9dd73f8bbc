//! What an event says, to whom: one arm per event, filled by the file of the room that it comes from.

mod conversations;
mod credit;
mod fees;
mod orders;
mod people;
mod refunds;
mod registrations;
mod units;
mod values;

use foundation::money::Fen;
use foundation::problem::Problem;

pub(super) use self::values::{key_of, moment_text, set, set_amount};
use super::kinds::MessageKind;
use super::wording::Values;
use crate::accounts::{AccountId, Role, UnitId};
use crate::app::App;
use crate::happenings::Happening;

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

impl Told {
    /// The same with this name filled.
    fn with(mut self, name: &str, value: &str) -> Self {
        set(&mut self.values, name, value);
        self
    }
}

/// What there is to tell of an event; nothing when it is for other rooms or systems alone, or gone meanwhile.
pub(super) async fn told(app: &App, happening: &Happening) -> Result<Option<Told>, Problem> {
    match happening {
        Happening::FeesPosted { batch, unit_id, applicant_phone, fee_count, amount_fen } => {
            fees::posted(app, batch, unit_id, applicant_phone.as_deref(), *fee_count, Fen(*amount_fen)).await
        }
        Happening::OrderPaid { order_id } => orders::of_payment(app, MessageKind::OrderPaid, order_id).await,
        Happening::ReportsReady { order_id } => orders::of_payment(app, MessageKind::ReportReady, order_id).await,
        Happening::InvoiceIssued { order_id } => orders::of_payment(app, MessageKind::InvoiceReady, order_id).await,
        Happening::InvoiceFailed { order_id, reason } => orders::invoice_failed(app, order_id, reason).await,
        Happening::OrderVoided { order_id, reason } => orders::voided(app, order_id, reason).await,
        Happening::PartReceived { order_id, reference, received_fen, missing_fen } => {
            let sums = (Fen(*received_fen), Fen(*missing_fen));
            orders::of_order_in_parts(app, MessageKind::PartReceived, order_id, None, reference, sums).await
        }
        Happening::RemittanceRejected { order_id, review_id, opinion, received_fen, missing_fen } => {
            let sums = (Fen(*received_fen), Fen(*missing_fen));
            let kind = MessageKind::RemittanceRejected;
            orders::of_order_in_parts(app, kind, order_id, Some(opinion), review_id, sums).await
        }
        Happening::CounterPaymentUndone { order_id, counter_payment_id, amount_fen, reason } => {
            let part = Some((counter_payment_id.as_str(), Some(Fen(*amount_fen))));
            orders::of_order(app, MessageKind::CounterUndone, order_id, Some(reason), part).await
        }
        Happening::RemittanceEntered { order_id, remittance_id, due_at } => {
            // Handed in again after a correction, it has another day.
            let part = format!("{remittance_id}:{due_at}");
            orders::of_order_until(app, MessageKind::RemittanceEntered, order_id, &part, *due_at).await
        }
        Happening::PaymentCodeExpiring { order_id, notice_id, expires_at } => {
            orders::of_order_until(app, MessageKind::CodeExpiring, order_id, notice_id, *expires_at).await
        }
        Happening::ReviewLate { order_id, remittance_id, due_at } => {
            orders::of_order_until(app, MessageKind::ReviewLate, order_id, remittance_id, *due_at).await
        }
        Happening::ReportsPosted { order_id, carrier, tracking_no } => {
            orders::posted(app, order_id, carrier, tracking_no).await
        }
        Happening::CreditSubmitted { credit_id } => {
            credit::of_credit(app, MessageKind::CreditSubmitted, credit_id, "").await
        }
        Happening::CreditGranted { credit_id } => {
            credit::of_credit(app, MessageKind::CreditGranted, credit_id, "").await
        }
        Happening::CreditSettled { credit_id } => credit::settled(app, credit_id).await,
        Happening::CreditRejected { credit_id, reason } => credit::rejected(app, credit_id, reason).await,
        Happening::CreditReminder { credit_id, days, .. } => credit::reminder(app, credit_id, *days).await,
        Happening::RegistrationSubmitted { registration_id } => {
            registrations::of(app, MessageKind::RegistrationSubmitted, registration_id, "").await
        }
        Happening::RegistrationApproved { registration_id } => {
            registrations::of(app, MessageKind::RegistrationApproved, registration_id, "").await
        }
        Happening::RegistrationRejected { registration_id, reason } => {
            registrations::of(app, MessageKind::RegistrationRejected, registration_id, reason).await
        }
        Happening::ProfileChangeDecided { change_id } => units::of_change(app, change_id).await,
        Happening::QualificationDecided { qualification_id } => {
            units::of_qualification(app, MessageKind::QualificationDecided, qualification_id, None).await
        }
        Happening::QualificationExpiring { qualification_id, days } => {
            units::of_qualification(app, MessageKind::QualificationExpiring, qualification_id, Some(*days)).await
        }
        Happening::OfPerson { event } => people::told(app, event).await,
        Happening::StaffAnswered { said_id } => conversations::staff_answered(app, said_id).await,
        Happening::RefundStarted { refund_id, order_id, amount_fen, reason, of_order } => {
            refunds::started(app, refund_id, order_id, Fen(*amount_fen), reason, *of_order).await
        }
        Happening::RefundSucceeded { refund_id, order_id, amount_fen, .. } => {
            refunds::succeeded(app, refund_id, order_id, Fen(*amount_fen)).await
        }
        Happening::RefundCalledOff { refund_id, order_id, amount_fen, reason } => {
            refunds::called_off(app, refund_id, order_id, Fen(*amount_fen), reason).await
        }
        // Its start was told, with when to expect the money; or it is told to other systems alone.
        Happening::OrderRefunded { .. }
        | Happening::CreditChanged { .. }
        | Happening::OrderCompleted { .. }
        | Happening::OrderReopened { .. } => Ok(None),
    }
}
