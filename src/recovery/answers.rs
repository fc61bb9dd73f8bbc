//! A new password for the right answer.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::text::fold_width;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::security_questions::{Column, Entity};
use super::questions::{self, answer_form};
use crate::accounts::{self, AccountId, PasswordTry};
use crate::app::App;
use crate::sign_in::{self, Caller, CaptchaAnswer};

const WRONG_MAX: i64 = 3;
const LOCKED_MS: i64 = 86_400_000;
/// Longer ones are none of ours.
const ANSWER_CHARACTERS_MAX: usize = 100;

/// What is sent.
pub(super) struct Answered<'a> {
    pub(super) login: &'a str,
    pub(super) answer: &'a str,
    pub(super) new_password: &'a str,
    pub(super) captcha: &'a CaptchaAnswer,
}

/// The question of a login; every login has one.
pub(super) async fn question_of(
    app: &App,
    caller: &Caller,
    login: &str,
    captcha: &CaptchaAnswer,
) -> Result<String, Problem> {
    sign_in::demand_few_tries(app, &caller.address).await?;
    captcha.redeem(app).await?;
    let login = fold_width(login.trim());
    let reader = app.database.reader();
    let account = accounts::account_by_login(reader, &login).await?;
    // Asked for in any case, so that the answer takes as long.
    let nobody = AccountId::from_stored("acc_00000000000000000000000000000000".to_owned());
    let id = account.as_ref().map_or(&nobody, |account| &account.id);
    let own = questions::of_account(reader, id).await?;
    Ok(own.map_or_else(|| questions::decoy(&login).to_owned(), |own| own.question))
}

/// Sets a new password when the answer is right. One refusal (401 `answer_wrong`) for a wrong answer, an account without a
/// question, and no account; 423 `answer_locked` after three in a day.
pub(super) async fn reset(app: &App, caller: &Caller, answered: Answered<'_>) -> Result<(), Problem> {
    sign_in::demand_few_tries(app, &caller.address).await?;
    sign_in::check_new_password(answered.new_password)?;
    answered.captcha.redeem(app).await?;
    let login = fold_width(answered.login.trim());
    let account = accounts::account_by_login(app.database.reader(), &login).await?;
    let hash = match &account {
        Some(account) => count_try(app, &account.id).await?,
        None => None,
    };
    let known = hash.is_some();
    if !known {
        count_unknown(app, &login).await?;
    }
    let answer = answer_form(answered.answer);
    let answer = if answer.chars().count() > ANSWER_CHARACTERS_MAX { "" } else { answer.as_str() };
    let right = sign_in::verify_password(&app.config, answer, hash).await?;
    let Some(account) = account.filter(|_| right && known) else { return Err(wrong()) };
    let hash = sign_in::hash_password(&app.config, answered.new_password).await?;
    let transaction = app.database.begin_write().await?;
    sign_in::change_password(app, &*transaction, &account.id, &hash, None).await?;
    forget_wrong(&*transaction, &account.id).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// Counts a try before it is compared, in one statement; gives the hash to compare with, nothing where there is no question.
async fn count_try(app: &App, account: &AccountId) -> Result<Option<String>, Problem> {
    let now = app.now_ms();
    let this = || Column::AccountId.eq(account.as_str());
    let transaction = app.database.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::WrongCount, Expr::value(0i64))
        .col_expr(Column::LockedUntil, Expr::value(None::<i64>))
        .filter(this())
        .filter(Column::LockedUntil.lte(now))
        .exec(&*transaction)
        .await?;
    let counted = Entity::update_many()
        .col_expr(Column::WrongCount, Expr::col(Column::WrongCount).add(1))
        .filter(this())
        .filter(Column::LockedUntil.is_null())
        .exec(&*transaction)
        .await?;
    Entity::update_many()
        .col_expr(Column::LockedUntil, Expr::value(now + LOCKED_MS))
        .filter(this())
        .filter(Column::LockedUntil.is_null())
        .filter(Column::WrongCount.gte(WRONG_MAX))
        .exec(&*transaction)
        .await?;
    let row = questions::of_account(&*transaction, account).await?;
    transaction.commit().await?;
    match row {
        Some(_) if counted.rows_affected == 0 => Err(locked()),
        row => Ok(row.map(|row| row.answer_hash)),
    }
}

/// What does not exist is counted and locked as what does: tries add up until the third locks for a day.
async fn count_unknown(app: &App, login: &str) -> Result<(), Problem> {
    match sign_in::count_unknown_try(app, "recovery:answer", login, WRONG_MAX, LOCKED_MS).await? {
        PasswordTry::Compare(_) => Ok(()),
        PasswordTry::Locked(_) => Err(locked()),
    }
}

async fn forget_wrong<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::WrongCount, Expr::value(0i64))
        .col_expr(Column::LockedUntil, Expr::value(None::<i64>))
        .filter(Column::AccountId.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

fn wrong() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "answer_wrong", "账号或答案不对，没有修改密码")
        .field("answer", "账号或答案不对")
        .advice("请再想想；也可以用短信验证码重设密码")
}

fn locked() -> Problem {
    Problem::new(StatusCode::LOCKED, "answer_locked", "答错次数过多，密保问题已锁定一天")
        .advice("请用短信验证码重设密码，或致电客服")
}
