//! Registrations: kinds, states, where they come from.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::UnitLevel;

define_id!(
    /// What somebody says of himself or his unit, and what became of it.
    RegistrationId, "rgn"
);

/// As what somebody registers (S1-05, S4-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationKind {
    /// 认证单位.
    Certified,
    /// 认证单位 that makes devices.
    Manufacturer,
    /// 非认证单位.
    Uncertified,
    /// 个人.
    Person,
}

impl RegistrationKind {
    const ALL: [RegistrationKind; 4] = [
        RegistrationKind::Certified,
        RegistrationKind::Manufacturer,
        RegistrationKind::Uncertified,
        RegistrationKind::Person,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistrationKind::Certified => "certified",
            RegistrationKind::Manufacturer => "manufacturer",
            RegistrationKind::Uncertified => "uncertified",
            RegistrationKind::Person => "person",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            RegistrationKind::Certified => "认证单位",
            RegistrationKind::Manufacturer => "认证单位（制造）",
            RegistrationKind::Uncertified => "非认证单位",
            RegistrationKind::Person => "个人",
        }
    }

    /// Whether somebody at the institute looks at it first; the others are active at once (S1-14).
    pub fn is_reviewed(self) -> bool {
        matches!(self, RegistrationKind::Certified | RegistrationKind::Manufacturer)
    }

    /// What the unit is then.
    pub fn level(self) -> UnitLevel {
        match self {
            RegistrationKind::Certified => UnitLevel::Certified,
            RegistrationKind::Manufacturer => UnitLevel::Manufacturer,
            RegistrationKind::Uncertified | RegistrationKind::Person => UnitLevel::Uncertified,
        }
    }
}

impl FromStr for RegistrationKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| anyhow::anyhow!("unknown kind of registration {text}"))
    }
}

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationState {
    /// Being typed.
    Draft,
    /// Under review (S1-11).
    Submitted,
    /// The unit is there, and the registrant its owner (S1-12).
    Approved,
    /// Not taken; everything is kept and can be handed in again.
    Rejected,
}

impl RegistrationState {
    /// All states.
    pub const ALL: [RegistrationState; 4] = [
        RegistrationState::Draft,
        RegistrationState::Submitted,
        RegistrationState::Approved,
        RegistrationState::Rejected,
    ];
    /// The states in which the registrant writes.
    pub const WRITTEN: [&'static str; 2] = ["draft", "rejected"];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistrationState::Draft => "draft",
            RegistrationState::Submitted => "submitted",
            RegistrationState::Approved => "approved",
            RegistrationState::Rejected => "rejected",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            RegistrationState::Draft => "填写中",
            RegistrationState::Submitted => "审核中",
            RegistrationState::Approved => "已开通",
            RegistrationState::Rejected => "审核未通过",
        }
    }

    /// Whether the registrant writes.
    pub fn is_written(self) -> bool {
        Self::WRITTEN.contains(&self.as_str())
    }
}

impl FromStr for RegistrationState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| anyhow::anyhow!("unknown state of a registration {text}"))
    }
}

/// How a registration came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RegistrationSource)]
pub enum Source {
    /// Typed by the registrant.
    Online,
    /// On paper, entered by staff (S2-09).
    Offline,
}

impl Source {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Online => "online",
            Source::Offline => "offline",
        }
    }
}

impl FromStr for Source {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "online" => Ok(Source::Online),
            "offline" => Ok(Source::Offline),
            other => anyhow::bail!("unknown source of a registration {other}"),
        }
    }
}

/// How a paper came (S2-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedBy {
    /// 邮寄.
    Post,
    /// 窗口递交.
    Counter,
    /// 交给检验人员.
    Inspector,
}

impl ReceivedBy {
    const ALL: [ReceivedBy; 3] = [ReceivedBy::Post, ReceivedBy::Counter, ReceivedBy::Inspector];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ReceivedBy::Post => "post",
            ReceivedBy::Counter => "counter",
            ReceivedBy::Inspector => "inspector",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            ReceivedBy::Post => "邮寄",
            ReceivedBy::Counter => "窗口递交",
            ReceivedBy::Inspector => "交给检验人员",
        }
    }

    /// The words for a stored one.
    pub fn text_of(stored: &str) -> &'static str {
        Self::ALL.into_iter().find(|way| way.as_str() == stored).map_or("", ReceivedBy::text)
    }
}
