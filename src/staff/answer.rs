//! The one answer to "who is here", and accounts as the administrator sees them.

use std::collections::HashMap;

use foundation::config::Environment;
use foundation::paging::Page;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::confirmation;
use super::demo::{self, DemoOfficer};
use super::model::{Stage, roles_of_stored};
use super::officer::Officer;
use super::roles::Role;
use super::sessions::SessionRow;
use super::store::{self, StaffRow};
use crate::app::App;

/// Who is here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffSession {
    /// Whether somebody is all the way in.
    pub signed_in: bool,
    /// How far the sign-in has come.
    pub stage: Stage,
    /// Who, once he is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<OfficerAnswer>,
    /// Until when dangerous acts are open, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_up_until: Option<i64>,
    /// Name of the institute.
    pub institute_name: String,
    /// Whom to sign in as; only in the demonstration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo: Option<DemoAnswer>,
}

/// The member of staff.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficerAnswer {
    /// Which.
    pub id: String,
    /// What he types to sign in.
    pub login: String,
    /// His name.
    pub display_name: String,
    /// What he does.
    pub roles: Vec<RoleAnswer>,
    /// What he may do.
    pub permissions: Vec<String>,
    /// Whether he chooses another password before anything else: somebody else knows it, or it was used for too long.
    pub must_change_password: bool,
    /// Whether it was used for too long.
    pub password_over: bool,
    /// Whether what was given to him waits for a second person.
    pub awaits_confirmation: bool,
}

/// A role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleAnswer {
    /// For programs.
    pub code: String,
    /// For people.
    pub text: String,
}

impl From<Role> for RoleAnswer {
    fn from(role: Role) -> Self {
        Self { code: role.as_str().to_owned(), text: role.text().to_owned() }
    }
}

/// Logins of the demonstration.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DemoAnswer {
    /// One per role.
    pub logins: Vec<DemoOfficer>,
}

/// The answer for nobody, or for a session.
pub async fn of_session(app: &App, found: Option<(SessionRow, StaffRow)>) -> Result<StaffSession, Problem> {
    let demo = match app.config.service.environment {
        Environment::Demo => Some(DemoAnswer { logins: demo::logins(app).await? }),
        _ => None,
    };
    let stage = found.as_ref().map_or(Stage::None, |(session, _)| Stage::from_stored(&session.stage));
    let found = found.filter(|_| stage == Stage::In);
    let officer = found.map(|(session, account)| Officer::of_rows(app, &session, &account));
    let now = app.now_ms();
    Ok(StaffSession {
        signed_in: stage == Stage::In,
        stage,
        step_up_until: officer.as_ref().and_then(|officer| officer.step_up_until).filter(|until| *until > now),
        officer: officer.as_ref().map(officer_answer),
        institute_name: app.config.service.institute_name.clone(),
        demo,
    })
}

fn officer_answer(officer: &Officer) -> OfficerAnswer {
    OfficerAnswer {
        id: officer.id.to_string(),
        login: officer.login.clone(),
        display_name: officer.display_name.clone(),
        roles: officer.roles.iter().copied().map(RoleAnswer::from).collect(),
        permissions: officer.permissions().map(|permission| permission.as_str().to_owned()).collect(),
        must_change_password: officer.must_change_password,
        password_over: officer.password_over,
        awaits_confirmation: officer.awaits_confirmation,
    }
}

/// An account as the administrator sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffAnswer {
    /// Which.
    pub id: String,
    /// What he types to sign in.
    pub login: String,
    /// His name.
    pub display_name: String,
    /// What he does.
    pub roles: Vec<RoleAnswer>,
    /// Whether the account may not be used.
    pub disabled: bool,
    /// Whether what one administrator gave him waits for a second person.
    pub awaits_confirmation: bool,
    /// Names of those who made, reset or raised it since it was last confirmed.
    pub given_by: Vec<String>,
    /// Whether he has chosen a password of his own and set up the second factor: only then can it be confirmed.
    pub is_his_own: bool,
    /// Whether the second factor is set up.
    pub has_second_factor: bool,
    /// Until when it is locked by wrong tries, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<i64>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_signed_in_at: Option<i64>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl StaffAnswer {
    /// Of one row.
    pub async fn of(app: &App, row: StaffRow) -> Result<Self, Problem> {
        let names = store::names_of(app.database.reader(), confirmation::givers(&row)).await?;
        Ok(Self::with_names(row, &names, app.now_ms()))
    }

    /// Of a page of rows.
    pub async fn of_page(app: &App, page: Page<StaffRow>) -> Result<Page<Self>, Problem> {
        let names = store::names_of(app.database.reader(), page.items.iter().flat_map(confirmation::givers)).await?;
        Ok(page.map(|row| Self::with_names(row, &names, app.now_ms())))
    }

    fn with_names(row: StaffRow, names: &HashMap<String, String>, now_ms: i64) -> Self {
        let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        Self {
            roles: roles_of_stored(&row.roles).into_iter().map(RoleAnswer::from).collect(),
            disabled: row.state != store::ACTIVE,
            awaits_confirmation: confirmation::awaits(&row),
            is_his_own: confirmation::is_his_own(&row),
            given_by: confirmation::givers(&row).map(name).collect(),
            has_second_factor: row.totp_secret.is_some(),
            locked_until: row.locked_until.filter(|until| *until > now_ms),
            id: row.id,
            login: row.login,
            display_name: row.display_name,
            last_signed_in_at: row.last_signed_in_at,
            created_at: row.created_at,
        }
    }
}
