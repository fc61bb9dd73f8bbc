//! Statements, their lines, and what lines were taken for.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

define_id!(
    /// One imported bank statement.
    StatementId, "bst"
);
define_id!(
    /// One line of a bank statement that brought money.
    BankTransactionId, "btx"
);
define_id!(
    /// Money of a line taken for an order.
    ClaimId, "clm"
);
define_id!(
    /// A saved layout of statements.
    MappingId, "map"
);

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatementState {
    /// Its columns are not understood yet.
    NeedsMapping,
    /// Its lines are in.
    Imported,
}

impl StatementState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            StatementState::NeedsMapping => "needs_mapping",
            StatementState::Imported => "imported",
        }
    }
}

impl FromStr for StatementState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "needs_mapping" => Ok(StatementState::NeedsMapping),
            "imported" => Ok(StatementState::Imported),
            other => anyhow::bail!("unknown statement state {other}"),
        }
    }
}

/// Where the money of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// Nobody's yet.
    Open,
    /// A part of it was taken for orders.
    Part,
    /// All of it was taken for orders.
    Claimed,
    /// Not for orders at all, as a person says.
    Ignored,
}

impl TransactionState {
    /// All states.
    pub const ALL: [TransactionState; 4] =
        [TransactionState::Open, TransactionState::Part, TransactionState::Claimed, TransactionState::Ignored];

    /// The state of a line of `amount_fen` of which `rest_fen` is left.
    pub fn of_rest(amount_fen: i64, rest_fen: i64) -> Self {
        match rest_fen {
            0 => TransactionState::Claimed,
            rest if rest == amount_fen => TransactionState::Open,
            _ => TransactionState::Part,
        }
    }

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            TransactionState::Open => "open",
            TransactionState::Part => "part",
            TransactionState::Claimed => "claimed",
            TransactionState::Ignored => "ignored",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            TransactionState::Open => "待认领",
            TransactionState::Part => "部分认领",
            TransactionState::Claimed => "已认领",
            TransactionState::Ignored => "已忽略",
        }
    }
}

impl FromStr for TransactionState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        TransactionState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown transaction state {text}"))
    }
}

/// Who takes money for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimer {
    /// tejian by itself, on a score that leaves no doubt.
    Automatic,
    /// Somebody of the institute: id and name.
    Person(String, String),
}

impl Claimer {
    /// As stored in `bank_claims.how`.
    pub fn how(&self) -> &'static str {
        match self {
            Claimer::Automatic => "automatic",
            Claimer::Person(..) => "manual",
        }
    }

    /// As stored in `bank_claims.claimed_by`: what people read.
    pub fn name(&self) -> &str {
        match self {
            Claimer::Automatic => "系统",
            Claimer::Person(_, name) => name,
        }
    }
}
