//! Payment notices and their states.

use std::str::FromStr;

use foundation::define_id;
use serde::Serialize;
use utoipa::ToSchema;

define_id!(
    /// One payment notice of an order.
    NoticeId, "pno"
);

/// Where a payment notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// The code is being asked for.
    Requested,
    /// The code is there: the payer can transfer.
    Issued,
    /// The fiscal system refused to make one; it can be tried again.
    Failed,
    /// Its time is over; it can be renewed.
    Expired,
    /// Given up: the order was voided, is paid another way, or has a newer code.
    Cancelled,
    /// The money came.
    Paid,
}

impl NoticeState {
    /// All states.
    pub const ALL: [NoticeState; 6] = [
        NoticeState::Requested,
        NoticeState::Issued,
        NoticeState::Failed,
        NoticeState::Expired,
        NoticeState::Cancelled,
        NoticeState::Paid,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            NoticeState::Requested => "requested",
            NoticeState::Issued => "issued",
            NoticeState::Failed => "failed",
            NoticeState::Expired => "expired",
            NoticeState::Cancelled => "cancelled",
            NoticeState::Paid => "paid",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            NoticeState::Requested => "缴款码生成中",
            NoticeState::Issued => "等待转账",
            NoticeState::Failed => "缴款码没有生成",
            NoticeState::Expired => "缴款码已过期",
            NoticeState::Cancelled => "已取消",
            NoticeState::Paid => "已到账",
        }
    }

    /// Whether a new code may be asked for in its place.
    pub fn may_renew(self) -> bool {
        matches!(self, NoticeState::Failed | NoticeState::Expired)
    }
}

impl FromStr for NoticeState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NoticeState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown notice state {text}"))
    }
}
