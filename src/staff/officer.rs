//! Whoever asks on behalf of the institute: the only way into `/staff/v1`.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use foundation::problem::Problem;

use super::may::Demanded;
use super::model::{StaffId, StaffSessionId, Stage, roles_of_stored};
use super::permissions::Permission;
use super::roles::Role;
use super::sessions::{self, SessionRow};
use super::store::StaffRow;
use super::{confirmation, password_age};
use crate::accounts::refuse_cross_site;
use crate::app::{App, SharedApp};
use crate::audit::{Action, Entry};
use crate::web::{Asker, note_asker};

/// A signed-in member of staff.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Which.
    pub id: StaffId,
    /// What he types to sign in.
    pub login: String,
    /// His name.
    pub display_name: String,
    /// What he does.
    pub roles: Vec<Role>,
    /// Whether he chooses another password before anything else: somebody else knows it, or it was used for too long.
    pub must_change_password: bool,
    /// Whether it was used for too long.
    pub password_over: bool,
    /// Whether what was given to him waits for a second person; nothing grave is open to him until then.
    pub awaits_confirmation: bool,
    /// His session.
    pub session: StaffSessionId,
    /// Until when dangerous acts are open, epoch milliseconds.
    pub step_up_until: Option<i64>,
    permissions: BTreeSet<Permission>,
}

impl Officer {
    /// Of rows that are known to be live.
    pub(super) fn of_rows(app: &App, session: &SessionRow, account: &StaffRow) -> Self {
        let roles = roles_of_stored(&account.roles);
        let mut permissions: BTreeSet<Permission> =
            roles.iter().flat_map(|role| role.permissions().iter().copied()).collect();
        if !roles.is_empty() {
            permissions.insert(Permission::Work);
        }
        let awaits_confirmation = confirmation::awaits(account);
        if awaits_confirmation {
            permissions.retain(|permission| !permission.is_grave());
        }
        let password_over = password_age::is_over(app.config.staff.password_days_max, session, account);
        Self {
            id: StaffId::from_stored(account.id.clone()),
            login: account.login.clone(),
            display_name: account.display_name.clone(),
            roles,
            must_change_password: account.must_change_password || password_over,
            password_over,
            awaits_confirmation,
            session: StaffSessionId::from_stored(session.id.clone()),
            step_up_until: session.step_up_until,
            permissions,
        }
    }

    /// Whether he may.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// 403 unless he may.
    pub fn demand(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        if self.awaits_confirmation && self.roles.iter().any(|role| role.permissions().contains(&permission)) {
            let message =
                format!("您的账号刚开通、调整或重置，还要另一位同事确认才能“{}”，没有执行", permission.text());
            return Err(Problem::new(StatusCode::FORBIDDEN, "confirmation_awaited", message)
                .advice("请让另一位系统管理员或财务主管在“人员与角色”里确认"));
        }
        let message = format!("您的角色没有“{}”的权限，没有执行", permission.text());
        Err(Problem::new(StatusCode::FORBIDDEN, "not_permitted", message).advice("如工作需要，请联系系统管理员"))
    }

    /// 403 `step_up_needed` unless password and code were given again a short while ago: for acts that move money back
    /// or change who may do what.
    pub fn demand_step_up(&self, now_ms: i64) -> Result<(), Problem> {
        if self.step_up_until.is_some_and(|until| until > now_ms) {
            return Ok(());
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "step_up_needed", "这一步需要再次验证身份，还没有执行")
            .advice("请再输入一次密码和动态码"))
    }

    /// 403 for every path that does not lead to another password.
    fn demand_new_password(&self, path: &str) -> Result<(), Problem> {
        if OPEN_BEFORE_NEW_PASSWORD.contains(&path) {
            return Ok(());
        }
        if self.password_over {
            return Err(password_age::refusal());
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "own_password_needed", "您用的是别人给的初始密码，要先改成自己的")
            .advice("请在“我的账号”里修改密码，再继续"))
    }

    /// All he may do.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> {
        self.permissions.iter().copied()
    }

    /// An audit entry in his name.
    pub fn entry(&self, action: Action, object: impl Into<String>, detail: serde_json::Value) -> Entry {
        Entry {
            actor: self.id.to_string(),
            actor_name: self.display_name.clone(),
            action,
            object: object.into(),
            detail,
        }
    }
}

impl FromRequestParts<SharedApp> for Officer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let Some((session, account)) = sessions::presented(app, &parts.headers).await? else {
            return Err(Problem::not_signed_in());
        };
        if Stage::from_stored(&session.stage) != Stage::In {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "second_factor_needed", "还没有完成登录")
                .advice("请先输入动态码"));
        }
        refuse_cross_site(&parts.method, &parts.headers)?;
        let officer = Self::of_rows(app, &session, &account);
        if officer.must_change_password {
            officer.demand_new_password(parts.uri.path())?;
        }
        note_asker(Asker::Officer(officer.session.clone()));
        Ok(officer)
    }
}

/// What somebody may do whose password another person knows, or who has used it for too long: see where he is signed in,
/// choose his own, leave.
const OPEN_BEFORE_NEW_PASSWORD: [&str; 3] = ["/staff/v1/session", "/staff/v1/sessions", "/staff/v1/password"];

/// The officer of a session that is live now, for links that were made in it.
pub async fn officer_of_session(app: &SharedApp, session: &StaffSessionId) -> Result<Option<Officer>, Problem> {
    let found = sessions::live(app, session).await?;
    let found = found.filter(|(session, _)| Stage::from_stored(&session.stage) == Stage::In);
    let found = found.map(|(session, account)| Officer::of_rows(app, &session, &account));
    Ok(found.filter(|officer| !officer.must_change_password))
}

/// An [`Officer`] who may do `P`: named in the signature of a route, it refuses everybody else before anything of the
/// request is read.
pub struct May<P>(Officer, PhantomData<P>);

impl<P> May<P> {
    /// The officer himself.
    pub fn into_officer(self) -> Officer {
        self.0
    }
}

impl<P> Deref for May<P> {
    type Target = Officer;
    fn deref(&self) -> &Officer {
        &self.0
    }
}

impl<P: Demanded> FromRequestParts<SharedApp> for May<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let officer = Officer::from_request_parts(parts, app).await?;
        officer.demand(P::PERMISSION)?;
        Ok(Self(officer, PhantomData))
    }
}
