//! Why this price (B-08): the rule of the tariff, how the amount comes about, and the law behind it, as the core system
//! tells.

use foundation::money::Fen;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The amount of a fee explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBasis {
    /// Which rule of the tariff applies.
    pub rule: String,
    /// How the amount comes about; their sum is the amount. Empty when it is one price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<PriceItem>,
    /// The decree that sets the tariff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
}

/// A part of the amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceItem {
    /// What for.
    pub text: String,
    /// Fen; negative for a reduction.
    pub amount_fen: Fen,
}

impl PriceBasis {
    /// As stored.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(self).expect("a price basis is plain data")
    }

    /// What was stored; nothing when it cannot be read any more, because a fee without its explanation is still a fee.
    pub fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
