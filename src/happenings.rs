//! What happened, told to those who come after. A happening is written in the transaction of the change itself, as one
//! job row per subscriber, and one more for other systems ([`crate::webhooks`]): nothing is told that did not happen,
//! nothing that happened stays untold.

use foundation::jobs::{NewJob, enqueue_all};
use foundation::problem::Problem;
use foundation::sealed::Findable;
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::orders::{OrderRow, PaymentMethod};
use crate::{credit, fulfilment, invoices, messages, parcels, remittances, transfers, webhooks};

/// Something about a person's way in or his place in a unit; other systems are not told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonEvent {
    /// He was invited to a unit by his phone.
    Invited {
        /// Which invitation.
        invitation_id: String,
    },
    /// Somebody accepted an invitation.
    Joined {
        /// Which invitation.
        invitation_id: String,
    },
    /// He signed in from a device that was never seen with his account.
    NewDevice {
        /// Which session.
        session_id: String,
        /// Whether a password was enough: then a text message tells him.
        #[serde(default)]
        by_password: bool,
    },
    /// His account has a new password.
    PasswordChanged {
        /// Whose.
        account_id: String,
        /// When, epoch milliseconds.
        at: i64,
    },
    /// An administrator confirmed another phone for his account; it takes effect later.
    PhoneChangePlanned {
        /// Which change.
        change_id: String,
    },
    /// His account has another phone.
    PhoneChanged {
        /// Which change.
        change_id: String,
        /// Whether the phone that he had until then is told; otherwise his account is.
        to_old_phone: bool,
    },
    /// He wants his account to end.
    DeletionPlanned {
        /// Which account.
        account_id: String,
        /// When it ends, epoch milliseconds.
        due_at: i64,
    },
}

/// A business event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    /// Something about a person.
    OfPerson {
        /// What.
        event: PersonEvent,
    },
    /// New payable fees of one unit and applicant came in together.
    FeesPosted {
        /// Makes the message unique: the import (or request) that brought them.
        batch: String,
        /// Whose they are.
        unit_id: String,
        /// 报检人电话, when the core system knows it.
        applicant_phone: Option<Findable>,
        /// How many.
        fee_count: i64,
        /// Their sum.
        amount_fen: i64,
    },
    /// An order was paid effectively.
    OrderPaid {
        /// Which.
        order_id: String,
    },
    /// An order was voided, by the payer or by time.
    OrderVoided {
        /// Which.
        order_id: String,
        /// Why, for people.
        reason: String,
    },
    /// Receipt and reports of an order are all there.
    OrderCompleted {
        /// Which order.
        order_id: String,
    },
    /// The money of a paid order was never meant for it; it waits again.
    OrderReopened {
        /// Which order.
        order_id: String,
    },
    /// The receipt can be downloaded.
    InvoiceIssued {
        /// Of which order.
        order_id: String,
    },
    /// The receipt could not be issued; the payer can mend it.
    InvoiceFailed {
        /// Of which order.
        order_id: String,
        /// Why, for people.
        reason: String,
    },
    /// All report files of a paid order are there.
    ReportsReady {
        /// Of which order.
        order_id: String,
    },
    /// A part of an order's money came another way than WeChat.
    PartReceived {
        /// Which order.
        order_id: String,
        /// The claim or counter payment: makes the message unique.
        reference: String,
        /// Fen received in all.
        received_fen: i64,
        /// Fen that are still missing.
        missing_fen: i64,
    },
    /// Money taken at a window by mistake was given back there; the order waits again.
    CounterPaymentUndone {
        /// Of which order.
        order_id: String,
        /// Which payment: makes the message unique.
        counter_payment_id: String,
        /// How much.
        amount_fen: i64,
        /// Why, for people.
        reason: String,
    },
    /// A member of staff handed in a remittance slip for the payer at a window (S0-39).
    RemittanceEntered {
        /// Of which order.
        order_id: String,
        /// Which remittance.
        remittance_id: String,
        /// Until when it is reviewed, epoch milliseconds.
        due_at: i64,
    },
    /// A remittance was rejected, and the order goes on because other money of it is here.
    RemittanceRejected {
        /// Of which order.
        order_id: String,
        /// Which review: makes the message unique.
        review_id: String,
        /// What the reviewer says.
        opinion: String,
        /// Fen received in all.
        received_fen: i64,
        /// Fen that are still missing.
        missing_fen: i64,
    },
    /// The payment code of an order ends soon and nobody has paid.
    PaymentCodeExpiring {
        /// Which order.
        order_id: String,
        /// Which notice: makes the message unique.
        notice_id: String,
        /// Until when the code is good, epoch milliseconds.
        expires_at: i64,
    },
    /// A remittance was not reviewed in the promised time (S0-40).
    ReviewLate {
        /// Of which order.
        order_id: String,
        /// Which remittance: makes the message unique.
        remittance_id: String,
        /// Until when it had been promised, epoch milliseconds.
        due_at: i64,
    },
    /// Printed reports of an order were posted.
    ReportsPosted {
        /// Of which order.
        order_id: String,
        /// 快递公司.
        carrier: String,
        /// 运单号: makes the message unique.
        tracking_no: String,
    },
    /// Money of an order is back with the payer, by decision of the institute.
    OrderRefunded {
        /// Of which order.
        order_id: String,
        /// Which refund.
        refund_id: String,
        /// How much.
        amount_fen: i64,
        /// Whether nothing is left of what was paid.
        whole: bool,
    },
    /// Money arrived back at the payer, whatever it was for.
    RefundSucceeded {
        /// Which refund.
        refund_id: String,
        /// Of which order.
        order_id: String,
        /// How much.
        amount_fen: i64,
        /// Whether it was money that had paid the order; otherwise it had nothing to pay for.
        of_order: bool,
    },
    /// Somebody asked to have reports before they are paid for.
    CreditSubmitted {
        /// Which request.
        credit_id: String,
    },
    /// It was granted.
    CreditGranted {
        /// Which request.
        credit_id: String,
    },
    /// It was not.
    CreditRejected {
        /// Which request.
        credit_id: String,
        /// Why, for people.
        reason: String,
    },
    /// The day of payment comes near, or is over.
    CreditReminder {
        /// Which request.
        credit_id: String,
        /// Days until then; negative after it.
        days: i64,
        /// Whether this is the first one after it.
        first_overdue: bool,
    },
    /// A fee on credit was paid, taken back, or is owed again.
    CreditChanged {
        /// Which request.
        credit_id: String,
    },
    /// Everything of a granted request is paid.
    CreditSettled {
        /// Which request.
        credit_id: String,
    },
    /// A registration was handed in for review.
    RegistrationSubmitted {
        /// Which.
        registration_id: String,
    },
    /// The unit is there, and the registrant its owner.
    RegistrationApproved {
        /// Which.
        registration_id: String,
    },
    /// It was not taken.
    RegistrationRejected {
        /// Which.
        registration_id: String,
        /// Why, for people.
        reason: String,
    },
    /// A change of a unit's key fields was decided.
    ProfileChangeDecided {
        /// Which.
        change_id: String,
    },
    /// A manufacturing qualification was decided.
    QualificationDecided {
        /// Which.
        qualification_id: String,
    },
    /// A manufacturing qualification ends, or has ended.
    QualificationExpiring {
        /// Which.
        qualification_id: String,
        /// Days until its last one; negative after it.
        days: i64,
    },
    /// The service desk answered as an ordinary message, because WeChat's window was over.
    StaffAnswered {
        /// Which answer.
        said_id: String,
    },
    /// Money goes back: it had no order to pay for, or the institute decided so.
    RefundStarted {
        /// Which refund.
        refund_id: String,
        /// Of which order.
        order_id: String,
        /// How much.
        amount_fen: i64,
        /// Why, for people.
        reason: String,
        /// Whether it is money that had paid the order; otherwise it had nothing to pay for. (Jobs that were written before
        /// this was told mean money of the order.)
        #[serde(default = "of_the_order")]
        of_order: bool,
    },
    /// Money that was to go back, having nothing to pay for, does not go back after all.
    RefundCalledOff {
        /// Which refund.
        refund_id: String,
        /// Of which order.
        order_id: String,
        /// How much.
        amount_fen: i64,
        /// Why, for people.
        reason: String,
    },
}

fn of_the_order() -> bool {
    true
}

/// Writes one job per subscriber; `now_ms` makes them due at once.
pub async fn publish<C: ConnectionTrait>(connection: &C, happening: &Happening, now_ms: i64) -> Result<(), DbErr> {
    publish_all(connection, std::slice::from_ref(happening), now_ms).await
}

/// The same for happenings that belong together, in one statement.
pub async fn publish_all<C: ConnectionTrait>(
    connection: &C,
    happenings: &[Happening],
    now_ms: i64,
) -> Result<(), DbErr> {
    let jobs = happenings
        .iter()
        .flat_map(|happening| {
            let inside = subscribers(happening).iter().map(|kind| NewJob::new(kind, happening, now_ms));
            inside.chain(webhooks::job_for(happening, now_ms))
        })
        .collect();
    enqueue_all(connection, jobs).await
}

/// The same for something about a person.
pub async fn publish_person<C: ConnectionTrait>(connection: &C, event: PersonEvent, now_ms: i64) -> Result<(), DbErr> {
    publish(connection, &Happening::OfPerson { event }, now_ms).await
}

/// An order was made: what it asks for beside the money is written with it.
pub async fn order_made<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    parcels::open(connection, order, now_ms).await
}

/// A way to pay was chosen for an order: what the way needs is written with the choice.
pub async fn method_chosen<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    match order.payment_method()? {
        PaymentMethod::Online => Ok(()),
        PaymentMethod::Transfer => transfers::open(connection, order, now_ms).await,
        PaymentMethod::Remitted => remittances::open(connection, order, now_ms).await,
    }
}

/// Whether orders can be paid by transfer here: somebody must make the payment codes.
pub fn transfers_available(app: &App) -> bool {
    transfers::available(&app.config.fiscal)
}

/// The way to pay of an order is given up for another.
pub async fn method_left<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    match order.payment_method()? {
        PaymentMethod::Online | PaymentMethod::Remitted => Ok(()),
        PaymentMethod::Transfer => transfers::leave(connection, &order.id, now_ms).await,
    }
}

/// Who wants to know: the one place where the arrows downstream are drawn.
fn subscribers(happening: &Happening) -> &'static [&'static str] {
    match happening {
        Happening::OrderPaid { .. } => &[invoices::JOB_REQUEST, messages::JOB_TELL],
        // A part that went back may have been the last thing in the way of completion.
        Happening::OrderRefunded { .. } => &[fulfilment::JOB_CHECK],
        Happening::InvoiceIssued { .. } | Happening::ReportsReady { .. } => {
            &[fulfilment::JOB_CHECK, messages::JOB_TELL]
        }
        Happening::OrderVoided { .. } => &[transfers::JOB_ORDER_ENDED, messages::JOB_TELL],
        Happening::OrderCompleted { .. } | Happening::OrderReopened { .. } => &[],
        Happening::CreditChanged { .. } => &[credit::JOB_CHECK],
        Happening::FeesPosted { .. }
        | Happening::OfPerson { .. }
        | Happening::InvoiceFailed { .. }
        | Happening::PartReceived { .. }
        | Happening::RemittanceRejected { .. }
        | Happening::RemittanceEntered { .. }
        | Happening::CounterPaymentUndone { .. }
        | Happening::ReportsPosted { .. }
        | Happening::PaymentCodeExpiring { .. }
        | Happening::ReviewLate { .. }
        | Happening::CreditSubmitted { .. }
        | Happening::CreditGranted { .. }
        | Happening::CreditRejected { .. }
        | Happening::CreditReminder { .. }
        | Happening::CreditSettled { .. }
        | Happening::RegistrationSubmitted { .. }
        | Happening::RegistrationApproved { .. }
        | Happening::RegistrationRejected { .. }
        | Happening::ProfileChangeDecided { .. }
        | Happening::QualificationDecided { .. }
        | Happening::QualificationExpiring { .. }
        | Happening::StaffAnswered { .. }
        | Happening::RefundStarted { .. }
        | Happening::RefundCalledOff { .. }
        | Happening::RefundSucceeded { .. } => &[messages::JOB_TELL],
    }
}
