//! The one answer to "who is here": composed in one place for every way in.

use foundation::config::Environment;
use foundation::problem::Problem;
use foundation::text::{mask_code, mask_phone};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::tickets;
use crate::accounts::{self, Account, AccountId, AccountKind, Role, Session, UnitAccess, UnitId};
use crate::agreements::{self, Purpose};
use crate::app::App;
use crate::fees;

/// Who is here, for visitors and for people signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionAnswer {
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// The session token, only in the mini-program's own logins; browsers get a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Hand it to the first login, which then binds this WeChat identity (mini-program only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind_ticket: Option<String>,
    /// The account signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountAnswer>,
    /// The unit acted for; always show it (B-02).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitAnswer>,
    /// All units the account may act for.
    pub units: Vec<UnitAnswer>,
    /// What he must agree to before he acts for the unit chosen: only of members who were invited.
    pub consents_needed: Vec<Purpose>,
    /// What the account prefers.
    pub preferences: PreferencesAnswer,
    /// How WeChat is connected.
    pub wechat: WechatAnswer,
    /// Facts about this installation.
    pub app: AppAnswer,
}

/// The account signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountAnswer {
    /// Which.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// Shown on the home page.
    pub display_name: String,
    /// 报检人电话 with its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_masked: Option<String>,
    /// 报检人 or 单位账号.
    pub kind: AccountKind,
    /// Somebody else chose the password: it should be changed now.
    pub password_temporary: bool,
}

/// A unit one may act for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitAnswer {
    /// Which.
    #[schema(value_type = String)]
    pub id: UnitId,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码 with its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uscc_masked: Option<String>,
    /// What one may do there.
    pub role: Role,
    /// What part of the unit one sees (S1-59), in words; nothing for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_text: Option<String>,
    /// Reports waiting to be paid that one may see.
    pub payable_count: i64,
}

/// What the account prefers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreferencesAnswer {
    /// Large type everywhere (B-47).
    pub elder_mode: bool,
}

/// How WeChat is connected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WechatAnswer {
    /// WeChat has told who this is: payment inside WeChat is possible, and a login binds.
    pub openid_known: bool,
    /// This identity signs in to this account by itself.
    pub bound: bool,
}

/// Facts about this installation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppAnswer {
    /// Name of the institute.
    pub institute_name: String,
    /// 客服电话.
    pub service_phone: String,
    /// When somebody answers it.
    pub service_hours: String,
    /// AppID of the service account; empty when there is none.
    pub mp_app_id: String,
    /// AppID of the mini-program; empty when there is none.
    pub mini_app_id: String,
    /// Templates the mini-program asks consent for after a payment, the most wanted first.
    pub subscribe_template_ids: Vec<String>,
    /// Where our own second confirmation is shown (S0-28): `online`, `native`, `transfer`, `remitted`.
    pub second_confirmation: Vec<String>,
    /// Whether this is the demo.
    pub demo: bool,
}

impl SessionAnswer {
    /// The answer for a session.
    pub async fn of_session(app: &App, session: &Session) -> Result<Self, Problem> {
        of_session(app, session).await
    }
}

/// The answer for a session.
pub async fn of_session(app: &App, session: &Session) -> Result<SessionAnswer, Problem> {
    let reader = app.database.reader();
    let account = &session.account;
    let payable = fees::payable_counts(reader, account).await?;
    let accesses = accounts::units_of(reader, &account.id).await?;
    let chosen_by_invitation =
        accesses.iter().any(|access| access.invited && session.unit_id.as_ref() == Some(&access.unit.id));
    let units: Vec<UnitAnswer> = accesses
        .into_iter()
        .map(|access| {
            let payable_count = payable.get(access.unit.id.as_str()).copied().unwrap_or(0);
            unit_answer(access, payable_count)
        })
        .collect();
    let consents_needed = match chosen_by_invitation {
        true => agreements::missing_of_member(reader, &account.id).await?,
        false => Vec::new(),
    };
    let bound = match &session.wechat {
        Some((app_id, openid)) => {
            let bound_to = accounts::account_of_openid(reader, app_id, openid).await?;
            bound_to.is_some_and(|bound_to| bound_to.id == account.id)
        }
        None => false,
    };
    Ok(SessionAnswer {
        signed_in: true,
        token: None,
        bind_ticket: None,
        account: Some(account_answer(account)),
        unit: units.iter().find(|unit| session.unit_id.as_ref() == Some(&unit.id)).cloned(),
        units,
        consents_needed,
        preferences: PreferencesAnswer { elder_mode: account.elder_mode },
        wechat: WechatAnswer { openid_known: session.wechat.is_some(), bound },
        app: app_answer(app),
    })
}

/// The answer for somebody who is not signed in.
pub fn of_visitor(app: &App, openid_known: bool) -> SessionAnswer {
    SessionAnswer {
        signed_in: false,
        token: None,
        bind_ticket: None,
        account: None,
        unit: None,
        units: Vec::new(),
        consents_needed: Vec::new(),
        preferences: PreferencesAnswer { elder_mode: false },
        wechat: WechatAnswer { openid_known, bound: false },
        app: app_answer(app),
    }
}

/// The answer for whoever calls.
pub async fn of_caller(app: &App, caller: &Caller) -> Result<SessionAnswer, Problem> {
    if let Some(session) = &caller.session {
        return of_session(app, session).await;
    }
    let openid_known = match &caller.ticket {
        Some(ticket) => tickets::look(app.database.reader(), ticket, app.now_ms()).await?.is_some(),
        None => false,
    };
    Ok(of_visitor(app, openid_known))
}

fn account_answer(account: &Account) -> AccountAnswer {
    AccountAnswer {
        id: account.id.clone(),
        display_name: account.display_name.clone(),
        phone_masked: account.phone.as_deref().map(mask_phone),
        kind: account.kind,
        password_temporary: account.password_temporary,
    }
}

fn unit_answer(access: UnitAccess, payable_count: i64) -> UnitAnswer {
    UnitAnswer {
        id: access.unit.id,
        name: access.unit.name,
        uscc_masked: access.unit.uscc.as_deref().map(mask_code),
        role: access.role,
        limits_text: access.limits.text(),
        payable_count,
    }
}

fn app_answer(app: &App) -> AppAnswer {
    let config = &app.config;
    let templates = &config.wechat.templates;
    // WeChat asks for three at a time, so only for what follows from a payment (B-29).
    let asked = app.wording.kinds_asked_for_after_paying().map(|kind| templates.subscription(kind.as_str()));
    let template_ids = asked.filter(|id| !id.is_empty());
    AppAnswer {
        institute_name: config.service.institute_name.clone(),
        service_phone: config.service.service_phone.clone(),
        service_hours: config.service.service_hours.clone(),
        mp_app_id: config.wechat.mp.app_id.clone(),
        mini_app_id: config.wechat.mini.app_id.clone(),
        subscribe_template_ids: template_ids.map(str::to_owned).collect(),
        second_confirmation: config.checkout.second_confirmation(),
        demo: config.service.environment == Environment::Demo,
    }
}
