//! Remittances and their states.

use std::str::FromStr;

use foundation::define_id;
use serde::Serialize;
use utoipa::ToSchema;

define_id!(
    /// What a payer says of one bank transfer.
    RemittanceId, "rmt"
);

/// Where a remittance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemittanceState {
    /// Being typed.
    Draft,
    /// Under review (S0-40).
    Submitted,
    /// Found to be right (S0-42).
    Approved,
    /// Found to be wrong (S0-43).
    Rejected,
}

impl RemittanceState {
    /// All states.
    pub const ALL: [RemittanceState; 4] =
        [RemittanceState::Draft, RemittanceState::Submitted, RemittanceState::Approved, RemittanceState::Rejected];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RemittanceState::Draft => "draft",
            RemittanceState::Submitted => "submitted",
            RemittanceState::Approved => "approved",
            RemittanceState::Rejected => "rejected",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            RemittanceState::Draft => "待提交",
            RemittanceState::Submitted => "审核中",
            RemittanceState::Approved => "审核通过",
            RemittanceState::Rejected => "审核未通过",
        }
    }
}

impl FromStr for RemittanceState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        RemittanceState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown remittance state {text}"))
    }
}
