//! Accounts, units and roles.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::level::UnitLevel;
use super::limits::Limits;

define_id!(
    /// One login subject.
    AccountId, "acc"
);
define_id!(
    /// One 单位.
    UnitId, "unt"
);
define_id!(
    /// One signed-in phone or browser.
    SessionId, "ses"
);

/// Whether one signs in as a person (S0-04) or with a unit account (S0-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// 报检人, known by phone.
    Person,
    /// 单位账号.
    Unit,
}

impl AccountKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountKind::Person => "person",
            AccountKind::Unit => "unit",
        }
    }
}

impl FromStr for AccountKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "person" => Ok(AccountKind::Person),
            "unit" => Ok(AccountKind::Unit),
            other => anyhow::bail!("unknown account kind {other}"),
        }
    }
}

/// What an account may do for a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The unit's own account.
    Owner,
    /// Manages members.
    Admin,
    /// Pays.
    Finance,
    /// 报检人: sees what he applied for.
    Applicant,
    /// Looks only.
    Viewer,
}

impl Role {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Finance => "finance",
            Role::Applicant => "applicant",
            Role::Viewer => "viewer",
        }
    }

    /// Whether the role sees everything of the unit, or only what carries the account's own phone.
    pub fn sees_whole_unit(self) -> bool {
        !matches!(self, Role::Applicant)
    }

    /// Whether the role may invite, change and remove members.
    pub fn may_manage(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Role::Owner => "负责人",
            Role::Admin => "管理员",
            Role::Finance => "财务",
            Role::Applicant => "报检人",
            Role::Viewer => "只查看",
        }
    }

    /// Whether the role may commit the unit: make, pay and void orders, change titles.
    pub fn may_pay(self) -> bool {
        !matches!(self, Role::Viewer)
    }
}

impl FromStr for Role {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "owner" => Role::Owner,
            "admin" => Role::Admin,
            "finance" => Role::Finance,
            "applicant" => Role::Applicant,
            "viewer" => Role::Viewer,
            other => anyhow::bail!("unknown role {other}"),
        })
    }
}

/// An account as the rest of the product sees it; the password hash stays in the store.
#[derive(Debug, Clone)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// Person or unit.
    pub kind: AccountKind,
    /// 报检人电话.
    pub phone: Option<String>,
    /// 单位账号.
    pub login_name: Option<String>,
    /// Shown on the home page.
    pub display_name: String,
    /// Whether a password is set.
    pub has_password: bool,
    /// Large type everywhere (B-47).
    pub elder_mode: bool,
    /// The unit chosen last time.
    pub last_unit_id: Option<UnitId>,
    /// The unit that made this sub-account and may reset its password (S1-60); nothing for people who came by themselves.
    pub home_unit_id: Option<UnitId>,
    /// Somebody else chose the password: the owner of the account should change it.
    pub password_temporary: bool,
    /// When the account is deleted unless somebody signs in before, epoch milliseconds.
    pub deletion_due_at: Option<i64>,
    /// Until when a temporary password signs in, epoch milliseconds; nothing for one that its owner chose.
    pub password_expires_at: Option<i64>,
}

/// A unit as shown to people.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Which.
    pub id: UnitId,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// What it is certified as.
    pub level: UnitLevel,
}

/// A unit and what the account may do for it.
#[derive(Debug, Clone)]
pub struct UnitAccess {
    /// The unit.
    pub unit: Unit,
    /// The role in it.
    pub role: Role,
    /// What part of it, for a member who may not see all (S1-59).
    pub limits: Limits,
    /// Somebody of the unit invited him, or made his sub-account; nothing was registered by himself.
    pub invited: bool,
}
