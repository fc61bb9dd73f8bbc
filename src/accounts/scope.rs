//! The limit of what a login may see, as a type.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use foundation::problem::Problem;
use sea_orm::{Condition, Select};

use super::level::UnitLevel;
use super::model::{Role, UnitAccess};
use super::policy::Act;
use super::sessions::{Session, find_session_and_access};
use super::view::{ScopedEntity, View};
use super::{AccountId, SessionId, UnitId, visitor};
use crate::agreements;
use crate::app::{App, SharedApp};

/// Who asks, for which unit, and how much of it he may see (S0-07). Can only be made from a session, or by the
/// system itself for a row it already holds.
#[derive(Debug, Clone)]
pub struct Scope {
    account: AccountId,
    unit: UnitAccess,
    view: View,
    session: Session,
}

impl Scope {
    pub(super) async fn of_session(app: &App, session: Session, unit: UnitAccess) -> Result<Self, Problem> {
        let view = View::of(app.database.reader(), &session.account, &unit).await?;
        Ok(Self { account: session.account.id.clone(), unit, view, session })
    }

    /// The scope that a session has now, for a unit it named in a link: nothing when it was signed out, its account
    /// disabled, or its membership ended since.
    pub async fn of_link(app: &App, session: &SessionId, unit: &UnitId) -> Result<Option<Self>, Problem> {
        let Some(session) = super::sessions::live_session(app, session).await? else { return Ok(None) };
        let access = super::memberships::unit_access(app.database.reader(), &session.account.id, unit).await?;
        match access {
            Some(access) => Self::of_session(app, session, access).await.map(Some),
            None => Ok(None),
        }
    }

    /// The account that acts.
    pub fn account_id(&self) -> &AccountId {
        &self.account
    }
    /// The unit it acts for.
    pub fn unit_id(&self) -> &UnitId {
        &self.unit.unit.id
    }
    /// Name of the unit.
    pub fn unit_name(&self) -> &str {
        &self.unit.unit.name
    }
    /// The role in the unit.
    pub fn role(&self) -> Role {
        self.unit.role
    }
    /// The phone that limits what is seen; nothing for roles that see the whole unit.
    pub fn applicant_phone(&self) -> Option<&str> {
        self.view.applicant_phone()
    }
    /// How much of the unit is seen.
    pub fn view(&self) -> &View {
        &self.view
    }
    /// The session behind it.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The start of every payer's query: rows of the unit, of the applicant where the role demands it, within a member's
    /// limits.
    pub fn select<E: ScopedEntity>(&self) -> Select<E> {
        self.view.select()
    }

    /// The same limit for updates and deletes.
    pub fn condition<E: ScopedEntity>(&self) -> Condition {
        self.view.condition::<E>()
    }

    /// Refuses members who may not manage members.
    pub fn demand_manager(&self) -> Result<(), Problem> {
        if self.unit.role.may_manage() {
            return Ok(());
        }
        Err(role_may_not_manage())
    }

    /// Refuses what units of this level may not do (`[policy]`).
    pub fn demand_allowed(&self, app: &App, act: Act) -> Result<(), Problem> {
        app.policy.demand(act, self.unit.unit.level)
    }

    /// How far the unit is certified.
    pub fn level(&self) -> UnitLevel {
        self.unit.unit.level
    }

    /// Refuses roles that only look, unless `maker` is he who asks: what he has made himself he may take back, what a
    /// colleague has made he may not.
    pub fn demand_payer_or_maker(&self, maker: &str) -> Result<(), Problem> {
        if self.unit.role.may_pay() || self.account.as_str() == maker {
            return Ok(());
        }
        Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "role_may_only_look",
            "您在这个单位只能查看，不能撤回同事办理的，没有改变",
        )
        .advice("请让办理的同事或单位管理员撤回"))
    }

    /// Refuses roles that only look.
    pub fn demand_payer(&self) -> Result<(), Problem> {
        if self.unit.role.may_pay() {
            return Ok(());
        }
        Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "role_may_only_look", "您在这个单位只能查看，不能缴费")
            .advice("请联系单位管理员开通权限"))
    }
}

impl FromRequestParts<SharedApp> for Scope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let token = visitor::token_of(app, parts)?.ok_or_else(Problem::not_signed_in)?;
        let found = find_session_and_access(app, &token).await?;
        let (session, access) = found.ok_or_else(Problem::not_signed_in)?;
        visitor::admit(parts, &session)?;
        let access = access.ok_or_else(unit_not_chosen)?;
        if access.invited && !parts.method.is_safe() {
            agreements::demand_of_member(app, &session.account.id).await?;
        }
        Scope::of_session(app, session, access).await
    }
}

/// The refusal of who manages no members (any more).
pub fn role_may_not_manage() -> Problem {
    Problem::new(axum::http::StatusCode::FORBIDDEN, "role_may_not_manage", "只有单位负责人或管理员可以管理成员")
        .advice("请联系本单位的负责人或管理员办理")
}

fn unit_not_chosen() -> Problem {
    Problem::conflict("unit_not_chosen", "还没有选择单位").advice("请先选择要办理的单位；若没有您的单位，请致电客服")
}
