//! By a code to the phone.

use foundation::problem::Problem;

use crate::app::App;
use crate::sign_in::{self, Caller, normal_phone};
use crate::sms::CodePurpose;

/// Sends a code to any mobile phone: who is a customer is not told.
pub(super) async fn send(app: &App, caller: &Caller, phone: &str) -> Result<(), Problem> {
    let phone = normal_phone(phone)?;
    sign_in::send_code_for(app, caller, &phone, CodePurpose::Recover).await
}

/// Sets a new password for the account of the phone, made if there is none yet, as signing in by SMS does.
pub(super) async fn reset(app: &App, phone: &str, code: &str, new_password: &str) -> Result<(), Problem> {
    let phone = normal_phone(phone)?;
    sign_in::check_new_password(new_password)?;
    sign_in::redeem_code(app, &phone, CodePurpose::Recover, code).await?;
    let hash = sign_in::hash_password(&app.config, new_password).await?;
    let transaction = app.database.begin_write().await?;
    let account = sign_in::account_of_phone(app, &*transaction, &phone).await?;
    sign_in::change_password(app, &*transaction, &account.id, &hash, None).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}
