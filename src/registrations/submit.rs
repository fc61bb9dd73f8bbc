//! Handing a registration in: active at once, or under review (S1-11, S1-14).

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter};

use super::check::demand_complete;
use super::decide;
use super::draft::submitted_already;
use super::entity::registrations::Column;
use super::model::{RegistrationId, RegistrationKind, RegistrationState};
use super::review::REVIEW_KIND;
use super::store::{self, RegistrationRow};
use crate::accounts::{self, Account, AccountId, Session};
use crate::agreements::{self, Purpose};
use crate::app::App;
use crate::happenings::{Happening, publish};
use crate::reviews::{self, NewReview, Submitter};
use crate::sign_in;
use crate::uploads;

/// Uncertified units and persons that one account may make: there is no review to stop it.
const UNREVIEWED_MAX: u64 = 3;

/// Checks the draft and hands it in. A password is set with it where the account has none.
pub(super) async fn submit(
    app: &App,
    session: &Session,
    id: &RegistrationId,
    password: Option<&str>,
) -> Result<RegistrationRow, Problem> {
    let account = &session.account;
    let password_hash = match password.map(str::trim).filter(|password| !password.is_empty()) {
        None => None,
        Some(_) if account.has_password => {
            return Err(Problem::unacceptable("password_set_already", "您的账号已经设置过密码，没有提交")
                .field("password", "请留空；要修改密码请到“我的”")
                .advice("请清空密码后再提交"));
        }
        Some(_) if !sign_in::phone_was_just_proved(app, &session.id).await? => {
            return Err(Problem::unacceptable("password_needs_phone", "登录已有一段时间，这里不能设置密码，没有提交")
                .field("password", "请留空；提交后到“我的 → 登录密码”用短信验证码设置")
                .advice("请清空密码后再提交"));
        }
        Some(password) => {
            sign_in::check_new_password(password)?;
            Some(sign_in::hash_password(&app.config, password).await?)
        }
    };
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let row = store::find_for(&*transaction, &account.id, id).await?;
    if !row.state()?.is_written() {
        return Err(submitted_already());
    }
    demand_consents(app, &*transaction, &account.id, &row).await?;
    let files = store::files_of(&*transaction, &row.id).await?;
    let purposes: Vec<uploads::Purpose> = files.iter().map(|(purpose, _)| *purpose).collect();
    demand_complete(&row, &purposes)?;
    set_login(app, &transaction, account, &row, password_hash.as_deref()).await?;
    accounts::name_person(&*transaction, account, &row.registrant_name, now).await?;
    let submitter = Submitter { id: account.id.to_string(), name: row.registrant_name.clone() };
    let written = [RegistrationState::Draft, RegistrationState::Rejected];
    if row.kind()?.is_reviewed() {
        hand_in(app, &transaction, &row, &written, submitter).await?;
    } else {
        activate(&transaction, &row, &written, now).await?;
    }
    let row = store::find(&*transaction, &row.id).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_registrations_total", "kind" => row.kind.clone()).increment(1);
    Ok(row)
}

async fn demand_consents<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    account: &AccountId,
    row: &RegistrationRow,
) -> Result<(), Problem> {
    let purposes: &[Purpose] = match row.kind()? {
        RegistrationKind::Person => &[Purpose::Registration, Purpose::PersonalInformation],
        _ => &[Purpose::Registration, Purpose::PersonalInformation, Purpose::EnterpriseService],
    };
    agreements::demand(connection, app, account, purposes).await
}

async fn set_login(
    app: &App,
    transaction: &DatabaseTransaction,
    account: &Account,
    row: &RegistrationRow,
    password_hash: Option<&str>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    if !row.login_name.is_empty() && account.login_name.is_none() {
        if !accounts::login_name_is_free(transaction, &account.id, &row.login_name).await? {
            return Err(Problem::conflict("login_name_taken", "这个登录账号已被使用，没有提交")
                .field("login_name", "已被使用，请换一个，也可以不填")
                .advice("请换一个登录账号后再提交"));
        }
        accounts::set_login_name(transaction, &account.id, &row.login_name, now).await?;
    }
    if let Some(hash) = password_hash {
        accounts::set_password_hash(transaction, &account.id, hash, now).await?;
    }
    Ok(())
}

/// Draft or rejected → submitted, with a review. Refused for a unit that somebody has registered for.
pub(super) async fn hand_in(
    app: &App,
    transaction: &DatabaseTransaction,
    row: &RegistrationRow,
    from: &[RegistrationState],
    submitter: Submitter,
) -> Result<(), Problem> {
    let now = app.now_ms();
    if let Some(unit) = accounts::registered_or_known(transaction, &row.uscc).await?
        && unit.level.is_certified()
    {
        return Err(registered_already());
    }
    let kinds = [RegistrationKind::Certified, RegistrationKind::Manufacturer];
    let waiting = store::count_of(transaction, &row.account_id, RegistrationState::Submitted, &kinds).await?;
    if waiting >= app.config.registration.open_max {
        return Err(Problem::conflict("too_many_registrations", "还有多份注册申请正在审核，没有提交")
            .advice("请等前面的申请审核完成后再提交"));
    }
    let working_days = app.config.registration.review_working_days;
    let kind = row.kind()?;
    let review = NewReview {
        kind: REVIEW_KIND,
        subject_id: &row.id,
        title: format!("{} 申请注册为{}", row.unit_name, kind.text()),
        amount_fen: None,
        search: format!("{} {} {}", row.registration_no, row.uscc, row.registrant_name),
        submitter,
        working_days,
    };
    let review_id = reviews::open(transaction, app, review).await?;
    let update = store::change(&row.id, from, RegistrationState::Submitted, now)
        .col_expr(Column::ReviewId, Expr::value(review_id.as_str()))
        .col_expr(Column::SubmittedAt, Expr::value(now))
        .col_expr(Column::DueAt, Expr::value(reviews::due_at(app, working_days)))
        .col_expr(Column::DecidedAt, Expr::value(None::<i64>))
        .col_expr(Column::Opinion, Expr::value(None::<String>))
        .filter(Column::AccountId.eq(&row.account_id));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(submitted_already());
    }
    publish(transaction, &Happening::RegistrationSubmitted { registration_id: row.id.clone() }, now).await?;
    Ok(())
}

/// The answer for a unit that is here already.
pub(super) fn registered_already() -> Problem {
    Problem::conflict("unit_registered", "该单位已注册，没有提交")
        .field("uscc", "该单位已注册")
        .advice("请联系单位管理员邀请您加入；不清楚管理员是谁，请致电客服")
}

/// Draft → approved: the person or uncertified unit is there at once.
async fn activate(
    transaction: &DatabaseTransaction,
    row: &RegistrationRow,
    from: &[RegistrationState],
    now: i64,
) -> Result<(), Problem> {
    let kind = row.kind()?;
    let kinds = [RegistrationKind::Person, RegistrationKind::Uncertified];
    if store::count_of(transaction, &row.account_id, RegistrationState::Approved, &kinds).await? >= UNREVIEWED_MAX {
        return Err(Problem::conflict("too_many_registrations", "您名下的非认证单位已经够多，没有提交")
            .advice("请办理企业认证，或致电客服"));
    }
    let account = AccountId::from_stored(row.account_id.clone());
    let unit = accounts::insert_unit(transaction, decide::unit_of(row, kind), now).await?;
    accounts::make_owner(transaction, &account, &unit, now).await?;
    accounts::remember_unit(transaction, &account, &unit).await?;
    let update = store::change(&row.id, from, RegistrationState::Approved, now)
        .col_expr(Column::UnitId, Expr::value(unit.as_str()))
        .col_expr(Column::SubmittedAt, Expr::value(now))
        .col_expr(Column::DecidedAt, Expr::value(now));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(submitted_already());
    }
    Ok(())
}

/// Takes a registration back to be written on, while nobody has decided.
pub(super) async fn withdraw(app: &App, account: &Account, id: &RegistrationId) -> Result<RegistrationRow, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let row = store::find_for(&*transaction, &account.id, id).await?;
    if store::draft_of(&*transaction, &account.id).await?.is_some() {
        return Err(Problem::conflict("draft_open", "您还有一份填写中的注册申请，没有撤回")
            .advice("请先提交填写中的那一份，再撤回这一份"));
    }
    // The review first, as the one who decides does: so they never wait for each other in a circle.
    let by = Submitter { id: account.id.to_string(), name: row.registrant_name.clone() };
    reviews::withdraw(&*transaction, app, REVIEW_KIND, &row.id, &by).await?;
    let update = store::change(&row.id, &[RegistrationState::Submitted], RegistrationState::Draft, now)
        .col_expr(Column::DueAt, Expr::value(None::<i64>));
    if update.exec(&*transaction).await?.rows_affected == 0 {
        return Err(Problem::conflict("registration_not_submitted", "这份申请不在审核中，没有撤回")
            .advice("请刷新页面查看最新状态"));
    }
    let row = store::find(&*transaction, &row.id).await?;
    transaction.commit().await?;
    Ok(row)
}
