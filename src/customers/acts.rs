//! What the desk does to an account; each with a reason, each in the audit trail.

use foundation::problem::Problem;
use foundation::text::mask_phone;
use serde_json::json;

use super::find::not_found;
use crate::accounts::{self, Account, AccountId, AccountKind};
use crate::app::App;
use crate::audit::{self, Action};
use crate::phone_change::{NewPhone, replace_phone};
use crate::recovery;
use crate::sign_in::{first_password, give_first_password, hash_password, normal_phone};
use crate::staff::Officer;

const REASON_CHARACTERS: std::ops::RangeInclusive<usize> = 2..=200;

async fn found(app: &App, id: &AccountId) -> Result<Account, Problem> {
    let account = accounts::account(app.database.reader(), id).await?;
    account.ok_or_else(not_found)
}

fn checked_reason(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if REASON_CHARACTERS.contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    Err(Problem::unacceptable("reason_missing", "请说明原因，没有办理")
        .field("reason", "请填写 2–200 字的原因")
        .advice("原因会写入审计日志"))
}

/// Unlocks an account that wrong passwords have locked.
pub(super) async fn unlock(app: &App, officer: &Officer, id: &AccountId, reason: &str) -> Result<(), Problem> {
    let reason = checked_reason(reason)?;
    let account = found(app, id).await?;
    let transaction = app.database.begin_write().await?;
    accounts::clear_failures(&*transaction, &account.id).await?;
    let entry = officer.entry(Action::CustomerUnlocked, id.as_str(), json!({ "reason": reason }));
    audit::record(&*transaction, app, entry).await?;
    Ok(transaction.commit().await?)
}

/// Signs an account out everywhere.
pub(super) async fn sign_out(app: &App, officer: &Officer, id: &AccountId, reason: &str) -> Result<(), Problem> {
    let reason = checked_reason(reason)?;
    let account = found(app, id).await?;
    let transaction = app.database.begin_write().await?;
    let ended = accounts::sign_out_everywhere(&*transaction, &account.id, None, app.now_ms()).await?;
    let detail = json!({ "reason": reason, "sessions": ended });
    audit::record(&*transaction, app, officer.entry(Action::CustomerSignedOut, id.as_str(), detail)).await?;
    Ok(transaction.commit().await?)
}

/// Takes a chosen name from a person's account, so that the unit it belongs to gets it with its next import; he signs in by
/// phone as before.
pub(super) async fn release_login(app: &App, officer: &Officer, id: &AccountId, reason: &str) -> Result<(), Problem> {
    let reason = checked_reason(reason)?;
    let account = found(app, id).await?;
    let transaction = app.database.begin_write().await?;
    if !accounts::release_login_name(&*transaction, &account.id, app.now_ms()).await? {
        return Err(Problem::conflict("no_login_to_release", "这个账号没有可收回的登录名，没有办理")
            .advice("只有个人账号自己取的登录名可以收回"));
    }
    let detail = json!({ "reason": reason, "login_name": account.login_name });
    audit::record(&*transaction, app, officer.entry(Action::CustomerLoginReleased, id.as_str(), detail)).await?;
    Ok(transaction.commit().await?)
}

/// A new first password, told to the officer once; every session ends.
pub(super) async fn reset_password(
    app: &App,
    officer: &Officer,
    id: &AccountId,
    reason: &str,
) -> Result<String, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let reason = checked_reason(reason)?;
    let account = found(app, id).await?;
    let password = first_password();
    let hash = hash_password(&app.config, &password).await?;
    let transaction = app.database.begin_write().await?;
    give_first_password(app, &*transaction, &account.id, &hash).await?;
    // Who asks for this may have lost the account to somebody, and with it the say over its question.
    recovery::forget_questions(&*transaction, &account).await?;
    let entry = officer.entry(Action::CustomerPasswordReset, id.as_str(), json!({ "reason": reason }));
    audit::record(&*transaction, app, entry).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(password)
}

/// What a changed phone rests on.
pub(super) struct ProvedPhone<'a> {
    /// The phone that is held now.
    pub(super) phone: &'a str,
    /// Which paper was seen.
    pub(super) proof: &'a str,
    /// Whether what carries the old phone stays in sight: it is the same person.
    pub(super) keep_old: bool,
}

/// Changes the phone after a proof was seen.
pub(super) async fn change_phone(
    app: &App,
    officer: &Officer,
    id: &AccountId,
    proved: ProvedPhone<'_>,
) -> Result<(), Problem> {
    officer.demand_step_up(app.now_ms())?;
    let proof = checked_reason(proved.proof).map_err(|_| {
        Problem::unacceptable("proof_missing", "请写明核对了什么证明，没有办理")
            .field("proof", "请填写 2–200 字，如：营业执照副本与经办人身份证原件")
            .advice("证明会写入审计日志")
    })?;
    let phone = normal_phone(proved.phone)?;
    let account = found(app, id).await?;
    if account.kind != AccountKind::Person {
        return Err(Problem::conflict("person_needed", "单位账号没有手机号可改").advice("请为他重置密码"));
    }
    let transaction = app.database.begin_write().await?;
    let new = NewPhone {
        account: &account,
        phone: &phone,
        keep_old_by: proved.keep_old.then_some(officer.id.as_str()),
        keep_session: None,
        way: "staff",
        request_id: None,
    };
    replace_phone(app, &*transaction, new).await?;
    let detail = json!({
        "proof": proof,
        "old_phone": account.phone.as_deref().map(mask_phone),
        "new_phone": mask_phone(&phone),
        "keeps_old": proved.keep_old,
    });
    audit::record(&*transaction, app, officer.entry(Action::CustomerPhoneChanged, id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// The whole phone, for a reason.
pub(super) async fn reveal(
    app: &App,
    officer: &Officer,
    id: &AccountId,
    reason: &str,
) -> Result<Option<String>, Problem> {
    let reason = checked_reason(reason)?;
    let account = found(app, id).await?;
    let transaction = app.database.begin_write().await?;
    let entry = officer.entry(Action::CustomerRevealed, id.as_str(), json!({ "reason": reason }));
    audit::record(&*transaction, app, entry).await?;
    transaction.commit().await?;
    Ok(account.phone)
}
