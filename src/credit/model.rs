//! Requests, their states, and the steps of their way.

use std::str::FromStr;

use foundation::define_id;
use serde::Serialize;
use time::Date;
use utoipa::ToSchema;

define_id!(
    /// One 欠费申请.
    CreditId, "crd"
);

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditState {
    /// Waits for a decision.
    Submitted,
    /// Granted: reports are open, fees are owed.
    Approved,
    /// Granted, and the day of payment is over. Never stored: it follows from the day.
    Overdue,
    /// Everything was paid.
    Settled,
    /// Decided against.
    Rejected,
    /// Taken back by the payer.
    Withdrawn,
}

impl CreditState {
    /// The states that are stored.
    pub const STORED: [CreditState; 5] = [
        CreditState::Submitted,
        CreditState::Approved,
        CreditState::Settled,
        CreditState::Rejected,
        CreditState::Withdrawn,
    ];

    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            CreditState::Submitted => "submitted",
            CreditState::Approved => "approved",
            CreditState::Overdue => "overdue",
            CreditState::Settled => "settled",
            CreditState::Rejected => "rejected",
            CreditState::Withdrawn => "withdrawn",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            CreditState::Submitted => "审核中",
            CreditState::Approved => "已批准，待缴清",
            CreditState::Overdue => "已逾期",
            CreditState::Settled => "已缴清",
            CreditState::Rejected => "未通过",
            CreditState::Withdrawn => "已撤回",
        }
    }

    /// As it is on a day.
    pub fn on(self, today: Date, due_on: Option<Date>) -> Self {
        match (self, due_on) {
            (CreditState::Approved, Some(due_on)) if due_on < today => CreditState::Overdue,
            (state, _) => state,
        }
    }
}

impl FromStr for CreditState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::STORED.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| anyhow::anyhow!("unknown credit state {text}"))
    }
}

macro_rules! steps {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        /// A step of a request's way.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Step { $(#[doc = $text] $name,)* }

        impl Step {
            /// As stored.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Step::$name => $code,)* }
            }

            /// The words for a stored code.
            pub(super) fn text_of(stored: &str) -> &str {
                match stored { $($code => $text,)* other => other }
            }
        }
    };
}

steps! {
    Submitted = "submitted", "提交申请";
    Approved = "approved", "审核通过";
    Rejected = "rejected", "审核未通过";
    Withdrawn = "withdrawn", "撤回申请";
    Reminded = "reminded", "提醒缴费";
    Settled = "settled", "已缴清";
    Reopened = "reopened", "款项退回，恢复欠费";
}

#[cfg(test)]
mod tests {
    use foundation::calendar::parse_date;

    use super::*;

    #[test]
    fn what_is_granted_is_overdue_from_the_day_after() {
        let day = |text: &str| parse_date(text).unwrap();
        let due = Some(day("2026-08-31"));
        assert_eq!(CreditState::Approved.on(day("2026-08-31"), due), CreditState::Approved);
        assert_eq!(CreditState::Approved.on(day("2026-09-01"), due), CreditState::Overdue);
        assert_eq!(CreditState::Settled.on(day("2026-09-01"), due), CreditState::Settled);
    }

    #[test]
    fn stored_states_read_back() {
        for state in CreditState::STORED {
            assert_eq!(state.as_str().parse::<CreditState>().unwrap(), state);
        }
        assert!("overdue".parse::<CreditState>().is_err());
    }
}
