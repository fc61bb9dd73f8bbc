//! Finding accounts, and what is known of one.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::mask_phone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::{self, AccountId, AccountKind, AccountOverview, Role, SessionLine};
use crate::app::App;
use crate::audit::{self, AuditEntry};

/// An account in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CustomerLine {
    /// Which.
    id: AccountId,
    /// Name.
    name: String,
    /// 报检人 or 单位账号.
    kind: AccountKind,
    /// Phone with its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_masked: Option<String>,
    /// 单位账号 or name of a sub-account.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_name: Option<String>,
    /// `active`, or why it is not.
    state: String,
    /// 正常, 已锁定, 已停用.
    state_text: String,
    /// Until when wrong passwords have locked it, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<i64>,
    /// Names of its units.
    units: Vec<String>,
    /// Epoch milliseconds.
    created_at: i64,
}

impl CustomerLine {
    fn of(found: AccountOverview, units: Vec<String>, now_ms: i64) -> Self {
        let locked_until = found.locked_until.filter(|until| *until > now_ms);
        let state_text = match (found.state.as_str(), locked_until) {
            ("active", None) => "正常",
            ("active", Some(_)) => "已锁定",
            ("retired", _) => "已并入其他账号",
            ("deleted", _) => "已注销",
            _ => "已停用",
        };
        Self {
            phone_masked: found.account.phone.as_deref().map(mask_phone),
            id: found.account.id,
            name: found.account.display_name,
            kind: found.account.kind,
            login_name: found.account.login_name,
            state: found.state,
            state_text: state_text.to_owned(),
            locked_until,
            units,
            created_at: found.created_at,
        }
    }
}

/// A unit of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CustomerUnit {
    /// Which.
    id: accounts::UnitId,
    /// 单位名称.
    name: String,
    /// The role there.
    role: Role,
    /// In words.
    role_text: String,
    /// What part of it, in words; nothing for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits_text: Option<String>,
}

/// Where an account is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CustomerDevice {
    /// Such as `iPhone · 微信`.
    device: String,
    /// Epoch milliseconds.
    signed_in_at: i64,
    /// Epoch milliseconds, to the hour.
    last_seen_at: i64,
}

impl From<SessionLine> for CustomerDevice {
    fn from(line: SessionLine) -> Self {
        Self { device: line.device, signed_in_at: line.signed_in_at, last_seen_at: line.last_seen_at }
    }
}

/// An account with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Customer {
    /// As in the list.
    #[serde(flatten)]
    line: CustomerLine,
    /// Whether a password is set.
    has_password: bool,
    /// Phones of the past that still show what was applied for with them, masked.
    earlier_phones_masked: Vec<String>,
    /// Its units.
    memberships: Vec<CustomerUnit>,
    /// Where it is signed in.
    devices: Vec<CustomerDevice>,
    /// What the institute's people did to it, newest first.
    history: Vec<AuditEntry>,
}

/// One page of accounts: by phone or login name as a whole, by part of the name, or by part of a unit's name.
pub(super) async fn page(app: &App, words: &str, wanted: &PageRequest) -> Result<Page<CustomerLine>, Problem> {
    let reader = app.database.reader();
    let found = accounts::overview_page(reader, words, wanted).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for account in found.items {
        let units = accounts::units_of(reader, &account.account.id).await?;
        let names = units.into_iter().map(|access| access.unit.name).collect();
        items.push(CustomerLine::of(account, names, app.now_ms()));
    }
    Ok(Page { items, next: found.next })
}

/// One account.
pub(super) async fn one(app: &App, id: &AccountId) -> Result<Customer, Problem> {
    let reader = app.database.reader();
    let found = accounts::overview(reader, id).await?.ok_or_else(not_found)?;
    let units = accounts::units_of(reader, id).await?;
    let earlier = accounts::earlier_phones::of_account(reader, id).await?;
    let history = audit::entries_of(reader, &[id.to_string()]).await?;
    let devices = accounts::list_sessions(app, id).await?;
    Ok(Customer {
        has_password: found.account.has_password,
        earlier_phones_masked: earlier.iter().map(|phone| mask_phone(phone)).collect(),
        line: CustomerLine::of(found, units.iter().map(|access| access.unit.name.clone()).collect(), app.now_ms()),
        memberships: units
            .into_iter()
            .map(|access| CustomerUnit {
                id: access.unit.id,
                name: access.unit.name,
                role: access.role,
                role_text: access.role.text().to_owned(),
                limits_text: access.limits.text(),
            })
            .collect(),
        devices: devices.into_iter().map(CustomerDevice::from).collect(),
        history,
    })
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("customer_not_found", "没有找到这个账号")
}
