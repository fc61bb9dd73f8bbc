//! Staff of the demonstration: one per role, with a second factor that everybody knows. Never outside of it.

use anyhow::ensure;
use foundation::config::Environment;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::StaffId;
use super::roles::Role;
use super::store::{self, NewStaff};
use super::{second_factor, totp};
use crate::app::App;
use crate::sign_in::hash_password;

/// The password of all of them.
pub const DEMO_STAFF_PASSWORD: &str = "demo2026";
/// Their second factor, in Base32.
const DEMO_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// Login, name and roles. The second reviewer is there so that four eyes can be tried.
const PEOPLE: [(&str, &str, &[Role]); 16] = [
    ("fee", "费一", &[Role::FeeClerk]),
    ("cashier", "纳二", &[Role::Cashier]),
    ("reviewer", "复三", &[Role::FinanceReviewer]),
    ("reviewer2", "复四", &[Role::FinanceReviewer]),
    ("finance", "管五", &[Role::FinanceManager]),
    ("invoice", "票六", &[Role::InvoiceClerk]),
    ("counter", "窗七", &[Role::CounterClerk]),
    ("report", "报八", &[Role::ReportClerk]),
    ("service", "客九", &[Role::CustomerService]),
    ("content", "运十", &[Role::ContentOperator]),
    ("integration", "接十一", &[Role::IntegrationOperator]),
    ("registrar", "注十二", &[Role::Registrar]),
    ("acceptance", "受十三", &[Role::AcceptanceOfficer]),
    ("regulator", "监十四", &[Role::Regulator]),
    ("admin", "系十五", &[Role::Admin]),
    ("auditor", "审十六", &[Role::Auditor]),
];

/// How to sign in as one of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DemoOfficer {
    /// What one types.
    pub login: String,
    /// What he does, for people.
    pub role_text: String,
    /// In clear: it is shown.
    pub password: String,
    /// The code that works now.
    pub code: String,
}

/// Makes those who are not there yet.
///
/// # Errors
/// Outside the demonstration.
pub async fn seed(app: &App) -> anyhow::Result<()> {
    ensure!(app.config.service.environment != Environment::Production, "演示员工不能用于生产环境");
    let mut hash = None;
    for (login, name, roles) in PEOPLE {
        if store::by_login(app.database.reader(), login).await?.is_some() {
            continue;
        }
        // One hash for all: it is no secret, and hashing is made to be slow.
        let text = match &hash {
            Some(text) => String::clone(text),
            None => hash.insert(hash_password(&app.config, DEMO_STAFF_PASSWORD).await?).clone(),
        };
        let id = StaffId::new();
        let transaction = app.database.begin_write().await?;
        let row = NewStaff {
            id: &id,
            login,
            display_name: name,
            roles,
            password_hash: &text,
            first_password_until: None,
            granted_by: None,
            totp_secret: Some(&second_factor::seal(app, id.as_str(), DEMO_SECRET)),
        };
        store::insert(&*transaction, row, app.now_ms()).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Everybody who is still as [`seed`] made him. A code works once: after it was used, the next one is told.
pub(super) async fn logins(app: &App) -> Result<Vec<DemoOfficer>, Problem> {
    let mut logins = Vec::new();
    for (login, name, roles) in PEOPLE {
        let Some(row) = store::by_login(app.database.reader(), login).await? else { continue };
        if second_factor::of_account(app, &row)?.as_deref() != Some(DEMO_SECRET) {
            continue;
        }
        let unused = row.totp_last_step.map_or(i64::MIN, |step| step + 1);
        let step = Ord::max(totp::step_at(app.now_ms()), unused);
        let texts: Vec<&str> = roles.iter().map(|role| role.text()).collect();
        logins.push(DemoOfficer {
            login: login.to_owned(),
            role_text: format!("{}（{name}）", texts.join("、")),
            password: DEMO_STAFF_PASSWORD.to_owned(),
            code: totp::code(DEMO_SECRET, step).unwrap_or_default(),
        });
    }
    Ok(logins)
}
