//! In by password: 报检人电话 (S0-04) or 单位账号 (S0-05). Five wrong ones in a row lock the account (S1-16); an account
//! that does not exist behaves the same.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::text::fold_width;
use serde_json::json;

use super::caller::Caller;
use super::entrance::{self, Entered};
use super::suspicion::{self, CaptchaAnswer};
use super::{passwords, unknown_logins};
use crate::accounts::{self, Account, PasswordTry};
use crate::app::App;
use crate::web::wait_after_hourly;

/// Nobody has a longer one; longer texts are not worth hashing.
const PASSWORD_BYTES_MAX: usize = 512;

/// What somebody sends to sign in.
pub struct PasswordTyped<'a> {
    /// 报检人电话 or 单位账号.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// To a question that only people answer, where one was asked.
    pub captcha: Option<&'a CaptchaAnswer>,
    /// WeChat identity that this login binds.
    pub ticket: Option<&'a str>,
}

/// Signs in, or says that account or password is wrong (never which).
pub async fn sign_in(app: &App, caller: &Caller, typed: PasswordTyped<'_>) -> Result<Entered, Problem> {
    let PasswordTyped { login, password, captcha, ticket } = typed;
    demand_few_tries(app, &caller.address).await?;
    let login = fold_width(login.trim());
    suspicion::demand_person(app, caller, &login, captcha).await?;
    let found = accounts::account_by_login(app.database.reader(), &login).await?;
    let account = match found {
        Some(account) => check(app, account, password).await?,
        None => {
            refuse_unknown_login(app, &login, shortened(password)).await?;
            None
        }
    };
    let Some(account) = account else {
        suspicion::note_wrong(app, caller, &login).await?;
        return Err(bad_credentials());
    };
    suspicion::forget(app, caller, &login).await?;
    let transaction = app.database.begin_write().await?;
    accounts::clear_failures(&*transaction, &account.id).await?;
    let person = entrance::wechat_person_of(&*transaction, caller, ticket, app.now_ms()).await?;
    let entered = entrance::enter_by_password(app, &*transaction, caller, account, person).await?;
    transaction.commit().await?;
    entrance::leave_previous(app, caller).await?;
    Ok(entered)
}

/// The account, if the password is right. The try is counted, and committed, before the password is looked at.
pub async fn check(app: &App, account: Account, password: &str) -> Result<Option<Account>, Problem> {
    let login = &app.config.login;
    let lock_ms = login.lock_minutes * 60_000;
    let transaction = app.database.begin_write().await?;
    let counted =
        accounts::count_password_try(&*transaction, &account.id, login.failures_max, lock_ms, app.now_ms()).await?;
    transaction.commit().await?;
    let hash = demand_unlocked(counted)?;
    let fits = passwords::verify(&app.config, shortened(password), hash).await?;
    // Told only to who knows it: to everybody else it is a wrong password.
    if fits && account.password_expires_at.is_some_and(|expires_at| expires_at <= app.now_ms()) {
        return Err(first_password_over());
    }
    Ok(fits.then_some(account))
}

/// Spends the time that a real account would cost, and counts and locks as one.
pub async fn refuse_unknown_login(app: &App, login: &str, password: &str) -> Result<(), Problem> {
    let hash = demand_unlocked(unknown_logins::count_password_try(app, login).await?)?;
    passwords::verify(&app.config, password, hash).await?;
    Ok(())
}

fn shortened(password: &str) -> &str {
    if password.len() > PASSWORD_BYTES_MAX { "" } else { password }
}

fn demand_unlocked(counted: PasswordTry) -> Result<Option<String>, Problem> {
    match counted {
        PasswordTry::Compare(hash) => Ok(hash),
        PasswordTry::Locked(unlock_at) => Err(account_locked(unlock_at)),
    }
}

/// Guessing over many accounts from one place costs us memory and time, and people their peace.
pub async fn demand_few_tries(app: &App, address: &str) -> Result<(), Problem> {
    let max = app.config.login.password_tries_per_address_per_hour;
    match wait_after_hourly(app, "login:address", address, max).await? {
        None => Ok(()),
        Some(wait_s) => Err(Problem::too_often("login_too_often", "登录尝试得太频繁，这次没有登录", wait_s)
            .advice("请稍后再试，或改用短信验证码登录")),
    }
}

fn bad_credentials() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "bad_credentials", "账号或密码不对")
        .advice("请检查后重试；忘记密码可以用短信验证码登录")
        .details(json!({ "captcha_needed": true }))
}

fn first_password_over() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "first_password_over", "这个初始密码已经过期，没有登录")
        .advice("请让给您密码的管理员或客服再重置一次；有手机号的可以用短信验证码登录")
}

fn account_locked(unlock_at: i64) -> Problem {
    Problem::new(StatusCode::LOCKED, "account_locked", "连续输错密码次数过多，账号已暂时锁定")
        .advice("请稍后再试；用短信验证码登录可以立即解锁")
        .details(json!({ "unlock_at": unlock_at }))
}
