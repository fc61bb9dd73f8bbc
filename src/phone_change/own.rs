//! By oneself: a code to the new phone, and one to the old phone (or the password, where there is no phone yet).

use foundation::problem::Problem;

use super::replace::{NewPhone, replace_phone};
use crate::accounts::{AccountKind, Session};
use crate::app::App;
use crate::sign_in::{self, Caller, Proof, demand_proof, normal_phone};
use crate::sms::CodePurpose;

/// Sends a code to the phone that is to become the account's.
pub(super) async fn send_to_new(app: &App, caller: &Caller, phone: &str) -> Result<(), Problem> {
    let phone = normal_phone(phone)?;
    sign_in::send_code_for(app, caller, &phone, CodePurpose::NewPhone).await
}

/// A unit's own account has a name and no phone.
pub(super) fn refuse_unit_account(session: &Session) -> Result<(), Problem> {
    if session.account.kind == AccountKind::Person {
        return Ok(());
    }
    Err(Problem::conflict("person_needed", "单位账号和子账号没有手机号可改").advice("请用自己的手机号登录后办理"))
}

/// Changes the phone at once; the old phone keeps counting for what was applied for with it.
pub(super) async fn change(
    app: &App,
    session: &Session,
    phone: &str,
    new_code: &str,
    proof: &Proof,
) -> Result<(), Problem> {
    refuse_unit_account(session)?;
    let phone = normal_phone(phone)?;
    sign_in::redeem_code(app, &phone, CodePurpose::NewPhone, new_code).await?;
    demand_proof(app, session, proof).await?;
    let transaction = app.database.begin_write().await?;
    let by = session.account.id.to_string();
    let new = NewPhone {
        account: &session.account,
        phone: &phone,
        keep_old_by: Some(&by),
        keep_session: Some(session),
        way: "old_phone",
        request_id: None,
    };
    replace_phone(app, &*transaction, new).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}
