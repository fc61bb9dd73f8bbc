//! What a message can be about. A new kind is one line here, one section of `config/messages.toml`, and what it is told
//! of: an arm in [`super::told`].

use serde::{Deserialize, Serialize};

macro_rules! message_kinds {
    ($($(#[$meta:meta])* $name:ident = $stored:literal,)*) => {
        /// What a message is about.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum MessageKind {
            $($(#[$meta])* $name,)*
        }

        impl MessageKind {
            /// All kinds.
            pub const ALL: &[MessageKind] = &[$(MessageKind::$name,)*];

            /// As stored and sent.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(MessageKind::$name => $stored,)*
                }
            }
        }
    };
}

message_kinds! {
    /// New reports wait to be paid.
    FeePosted = "fee_posted",
    /// An order was paid.
    OrderPaid = "order_paid",
    /// All reports of an order can be downloaded.
    ReportReady = "report_ready",
    /// The receipt can be downloaded.
    InvoiceReady = "invoice_ready",
    /// The receipt could not be issued.
    InvoiceFailed = "invoice_failed",
    /// An order was voided.
    OrderVoid = "order_void",
    /// Money goes back.
    Refund = "refund",
    /// A part of the money came by transfer.
    PartReceived = "part_received",
    /// Money taken at a window was given back there.
    CounterUndone = "counter_undone",
    /// Staff handed in a remittance slip for the payer.
    RemittanceEntered = "remittance_entered",
    /// A remittance was rejected while other money of its order is here.
    RemittanceRejected = "remittance_rejected",
    /// The payment code of an order ends soon.
    CodeExpiring = "code_expiring",
    /// A remittance was not reviewed in the promised time.
    ReviewLate = "review_late",
    /// 欠费申请 was handed in.
    CreditSubmitted = "credit_submitted",
    /// It was granted.
    CreditGranted = "credit_granted",
    /// It was not.
    CreditRejected = "credit_rejected",
    /// Its day of payment comes near.
    CreditDue = "credit_due",
    /// Its day of payment is over.
    CreditOverdue = "credit_overdue",
    /// Everything of it is paid.
    CreditSettled = "credit_settled",
    /// Printed reports were posted.
    ReportsPosted = "reports_posted",
    /// 注册 was handed in.
    RegistrationSubmitted = "registration_submitted",
    /// It was approved.
    RegistrationApproved = "registration_approved",
    /// It was not.
    RegistrationRejected = "registration_rejected",
    /// A change of key fields was decided.
    ProfileChangeDecided = "profile_change_decided",
    /// 制造资质 was decided.
    QualificationDecided = "qualification_decided",
    /// 制造资质 ends.
    QualificationExpiring = "qualification_expiring",
    /// The service desk answered.
    StaffAnswer = "staff_answer",
    /// What a day brought, in one message.
    Digest = "digest",
    /// Somebody was invited to a unit.
    MemberInvited = "member_invited",
    /// Somebody joined the unit.
    MemberJoined = "member_joined",
    /// The account was signed in on a device that was never seen with it.
    NewDevice = "new_device",
    /// The same, with nothing but a password.
    NewDeviceByPassword = "new_device_by_password",
    /// The account has a new password.
    PasswordChanged = "password_changed",
    /// An administrator confirmed another phone for the account; the old one may object.
    PhoneChangePlanned = "phone_change_planned",
    /// The account has another phone.
    PhoneChanged = "phone_changed",
    /// An account ends on a day, unless somebody signs in before.
    AccountDeletionPlanned = "account_deletion_planned",
}

impl MessageKind {
    /// The kind of a stored message.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_stored_as_it_is_written_in_the_texts() {
        for kind in MessageKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("a text"), kind.as_str());
            assert_eq!(MessageKind::from_stored(kind.as_str()), Some(*kind));
        }
    }
}
