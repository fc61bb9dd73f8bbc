//! How far a unit is certified.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the institute knows of a unit. A level belongs to the unit, not to the people who act for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitLevel {
    /// Came with its fees from the core system; nobody has registered for it (S0-04).
    Imported,
    /// 非认证: a person or unit that registered without papers (S1-14).
    Uncertified,
    /// 认证: licence and sealed form were reviewed (S1-11).
    Certified,
    /// 认证 as a 制造单位 (S1-58).
    Manufacturer,
}

impl UnitLevel {
    /// All levels.
    pub const ALL: [UnitLevel; 4] =
        [UnitLevel::Imported, UnitLevel::Uncertified, UnitLevel::Certified, UnitLevel::Manufacturer];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            UnitLevel::Imported => "imported",
            UnitLevel::Uncertified => "uncertified",
            UnitLevel::Certified => "certified",
            UnitLevel::Manufacturer => "manufacturer",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            UnitLevel::Imported => "未注册",
            UnitLevel::Uncertified => "非认证",
            UnitLevel::Certified => "已认证",
            UnitLevel::Manufacturer => "已认证（制造单位）",
        }
    }

    /// Whether somebody proved to act for it.
    pub fn is_certified(self) -> bool {
        matches!(self, UnitLevel::Certified | UnitLevel::Manufacturer)
    }
}

impl FromStr for UnitLevel {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text.trim());
        found.ok_or_else(|| anyhow::anyhow!("unknown unit level {text}"))
    }
}
