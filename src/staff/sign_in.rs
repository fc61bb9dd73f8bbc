//! In by password and code, and proving it again before a dangerous act.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::secret_hash::token_hash;
use foundation::text::fold_width;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::lockout::Tries;
use super::model::Stage;
use super::officer::Officer;
use super::sessions::{self, Origin, SessionRow};
use super::store::{self, StaffRow};
use super::{lockout, second_factor, totp};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::sign_in;

/// Nobody has a longer one; longer texts are not worth hashing.
const PASSWORD_BYTES_MAX: usize = 512;

/// First step: login and password. Returns the token of a session that is half way in. Wrong login and wrong password look
/// the same and cost the same time.
pub async fn by_password(app: &App, origin: &Origin, login: &str, password: &str) -> Result<String, Problem> {
    sign_in::demand_few_tries(app, &origin.network).await?;
    let login = fold_width(login.trim()).to_lowercase();
    let found = store::by_login(app.database.reader(), &login).await?;
    let Some(account) = found.filter(|account| account.state == store::ACTIVE) else {
        sign_in::refuse_unknown_login(app, &format!("staff:{login}"), shortened(password)).await?;
        return Err(bad_credentials());
    };
    let tries = origin.tries(&account.id);
    demand_password(app, &account, password, tries).await?;
    if account.first_password_until.is_some_and(|until| until < app.now_ms()) {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "first_password_over", "初始密码已经过期")
            .advice("请联系系统管理员重新给一个"));
    }
    let stage = if account.totp_secret.is_some() { Stage::Totp } else { Stage::Enrol };
    let transaction = app.database.begin_write().await?;
    if let Tries::OfAnybody = tries {
        lockout::forgive_one(&*transaction, &account.id).await?;
    }
    let token = sessions::start(app, &*transaction, &account.id, stage, origin).await?;
    transaction.commit().await?;
    Ok(token)
}

/// Second step: the code. The session that was half way in is exchanged for a new one.
pub async fn by_code(
    app: &App,
    origin: &Origin,
    session: &SessionRow,
    account: &StaffRow,
    code: &str,
) -> Result<String, Problem> {
    let tries = origin.tries(&account.id);
    lockout::count_try(app, &account.id, tries).await?;
    let transaction = app.database.begin_write().await?;
    let used = spend_code(app, &*transaction, account, code).await?;
    let Some(used) = used else {
        let detail = json!({ "why": "动态码不对", "address": origin.address });
        audit::record(&*transaction, app, entry_of(account, Action::SignInRefused, detail)).await?;
        transaction.commit().await?;
        return Err(bad_code());
    };
    let token = enter(app, &*transaction, origin, session, account).await?;
    if used == Used::Recovery {
        audit::record(&*transaction, app, entry_of(account, Action::RecoveryCodeUsed, json!({}))).await?;
    }
    transaction.commit().await?;
    lockout::forget_apart(app, &account.id, tries).await?;
    Ok(token)
}

/// Ends the session that was half way in and makes one that is in.
pub(super) async fn enter<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    origin: &Origin,
    session: &SessionRow,
    account: &StaffRow,
) -> Result<String, Problem> {
    if !sessions::end(connection, &account.id, &session.id, app.now_ms()).await? {
        return Err(Problem::not_signed_in());
    }
    lockout::clear(connection, &account.id, app.now_ms()).await?;
    let token = sessions::start(app, connection, &account.id, Stage::In, origin).await?;
    let detail = json!({ "device": origin.device, "address": origin.address });
    audit::record(connection, app, entry_of(account, Action::SignedIn, detail)).await?;
    Ok(token)
}

/// Password and code again: opens dangerous acts for a short while.
pub async fn step_up(app: &App, officer: &Officer, password: &str, code: &str) -> Result<(), Problem> {
    let account = store::find(app.database.reader(), officer.id.as_str()).await?;
    let account = account.ok_or_else(Problem::not_signed_in)?;
    let tries = Tries::Of(officer.session.as_str());
    demand_password(app, &account, password, tries).await?;
    let transaction = app.database.begin_write().await?;
    if spend_code(app, &*transaction, &account, code).await?.is_none() {
        return Err(bad_code());
    }
    let until = app.now_ms() + app.config.staff.step_up_minutes * 60_000;
    sessions::step_up(&*transaction, officer.session.as_str(), until).await?;
    transaction.commit().await?;
    lockout::forget_apart(app, &account.id, tries).await
}

/// The password of an account, counted.
pub(super) async fn demand_password(
    app: &App,
    account: &StaffRow,
    password: &str,
    tries: Tries<'_>,
) -> Result<(), Problem> {
    lockout::count_try(app, &account.id, tries).await?;
    let hash = Some(account.password_hash.clone());
    if sign_in::verify_password(&app.config, shortened(password), hash).await? {
        return Ok(());
    }
    Err(bad_credentials())
}

/// Which kind of code was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    Totp,
    Recovery,
}

/// Spends a code of the authenticator or a recovery code: each counts once.
async fn spend_code<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    account: &StaffRow,
    code: &str,
) -> Result<Option<Used>, Problem> {
    let code: String = fold_width(code).chars().filter(|character| !character.is_whitespace()).collect();
    if let Some(secret) = second_factor::of_account(app, account)?
        && let Some(step) = totp::matching_step(&secret, &code, app.now_ms())
    {
        return Ok(store::spend_step(connection, &account.id, step).await?.then_some(Used::Totp));
    }
    let given = token_hash(&code.to_lowercase());
    let known = &account.recovery_hashes;
    if !known.split(',').any(|hash| hash == given) {
        return Ok(None);
    }
    let left: Vec<&str> = known.split(',').filter(|hash| *hash != given).collect();
    let spent = store::spend_recovery(connection, &account.id, known, &left.join(",")).await?;
    Ok(spent.then_some(Used::Recovery))
}

pub(super) fn entry_of(account: &StaffRow, action: Action, detail: serde_json::Value) -> Entry {
    Entry {
        actor: account.id.clone(),
        actor_name: account.display_name.clone(),
        action,
        object: account.id.clone(),
        detail,
    }
}

fn shortened(password: &str) -> &str {
    if password.len() > PASSWORD_BYTES_MAX { "" } else { password }
}

fn bad_credentials() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "bad_credentials", "账号或密码不对")
        .advice("请检查后重试；忘记密码请联系系统管理员")
}

/// The code is wrong, too old, or was used before.
pub(super) fn bad_code() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "bad_code", "动态码不对，或已经用过")
        .advice("请等验证器显示下一个动态码再试；手机不在身边可用恢复码")
}
