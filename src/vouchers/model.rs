//! Vouchers and their states.

use std::str::FromStr;

use foundation::define_id;
use serde::Serialize;
use utoipa::ToSchema;

define_id!(
    /// One voucher.
    VoucherId, "vch"
);

/// Where a voucher stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoucherState {
    /// Can be taken to the window.
    Open,
    /// The reports were handed over.
    HandedOver,
    /// Taken back by the unit.
    Cancelled,
}

impl VoucherState {
    /// All states.
    pub const ALL: [VoucherState; 3] = [VoucherState::Open, VoucherState::HandedOver, VoucherState::Cancelled];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            VoucherState::Open => "open",
            VoucherState::HandedOver => "handed_over",
            VoucherState::Cancelled => "cancelled",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            VoucherState::Open => "待领取",
            VoucherState::HandedOver => "已领取",
            VoucherState::Cancelled => "已取消",
        }
    }
}

impl FromStr for VoucherState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        VoucherState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown voucher state {text}"))
    }
}
