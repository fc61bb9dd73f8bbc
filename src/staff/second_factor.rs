//! Secrets of authenticators where they rest: sealed for their owner, so that a copy of the database opens no door.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::staff_accounts::{Column, Entity};
use super::store::StaffRow;
use crate::app::App;
use crate::sealing::{Secrets, Wanted};

fn owner(staff_id: &str) -> String {
    format!("staff:{staff_id}")
}

/// A secret as it is stored.
pub(super) fn seal(app: &App, staff_id: &str, secret: &str) -> String {
    app.vault.seal(&owner(staff_id), secret)
}

/// A stored secret of an account, or of an enrolment of it.
pub(super) fn open(app: &App, staff_id: &str, stored: &str) -> Result<String, Problem> {
    app.vault.open(&owner(staff_id), stored).map_err(|error| {
        Problem::from(error.context(format!("the second factor of {staff_id} does not open")))
            .advice("请联系系统管理员核对 secrets.keys，或重置验证器")
    })
}

/// The secret of an account, if it has a second factor.
pub(super) fn of_account(app: &App, account: &StaffRow) -> Result<Option<String>, Problem> {
    account.totp_secret.as_deref().map(|stored| open(app, &account.id, stored)).transpose()
}

/// Seals those that are wanted; one that does not open is left as it is, and counted.
pub async fn seal_secrets(app: &App, wanted: Wanted) -> Result<Secrets, Problem> {
    let rows = Entity::find().filter(Column::TotpSecret.is_not_null()).all(app.database.reader()).await?;
    let mut done = Secrets::default();
    for row in rows {
        let Some(stored) = row.totp_secret.as_deref().filter(|stored| wanted.takes(&app.vault, stored)) else {
            continue;
        };
        let Ok(secret) = open(app, &row.id, stored) else {
            tracing::error!(staff = row.id, "a second factor does not open with the keys of secrets.keys");
            done.unopened += 1;
            continue;
        };
        let transaction = app.database.begin_write().await?;
        let changed = Entity::update_many()
            .col_expr(Column::TotpSecret, Expr::value(seal(app, &row.id, &secret)))
            .filter(Column::Id.eq(&row.id))
            .filter(Column::TotpSecret.eq(stored))
            .exec(&*transaction)
            .await?;
        transaction.commit().await?;
        done.sealed += changed.rows_affected;
    }
    Ok(done)
}
