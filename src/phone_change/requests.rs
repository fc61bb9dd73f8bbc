//! By an administrator of one's unit, who knows one: asked for by the person, confirmed by him, and done a day later, so
//! that whoever still holds the old phone can stop it.

use foundation::clock::{DAY_MS, HOUR_MS};
use foundation::jobs::{NewJob, enqueue};
use foundation::problem::Problem;
use foundation::sealed::Findable;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::phone_changes::{Column, Entity, Model};
use super::own::refuse_unit_account;
use super::{planned, speakable, store};
use crate::accounts::{self, AccountId, Role, Scope};
use crate::app::App;
use crate::happenings::{PersonEvent, publish_person};
use crate::sign_in::{self, normal_phone};
use crate::sms::CodePurpose;

/// A request waits so long.
const DAYS: i64 = 3;
/// So many are shown to an administrator.
const SHOWN_MAX: u64 = 100;
const WAITING: &str = "waiting";
/// Confirmed; happens when it is due.
pub(super) const PLANNED: &str = "planned";

/// Asks the administrators of the unit one acts for. An earlier request of the account ends. Refused at once where nobody
/// there may speak for him ([`speakable`]).
pub(super) async fn ask(app: &App, scope: &Scope, phone: &str, new_code: &str) -> Result<Model, Problem> {
    let session = scope.session();
    refuse_unit_account(session)?;
    let phone = normal_phone(phone)?;
    sign_in::redeem_code(app, &phone, CodePurpose::NewPhone, new_code).await?;
    let now = app.now_ms();
    let row = Model {
        id: store::new_id(),
        account_id: session.account.id.to_string(),
        way: "unit_admin".to_owned(),
        unit_id: Some(scope.unit_id().to_string()),
        old_phone: session.account.phone.as_deref().map(Findable::from),
        new_phone: phone.into(),
        state: WAITING.to_owned(),
        decided_by: None,
        created_at: now,
        expires_at: now + DAYS * DAY_MS,
        decided_at: None,
        papers: None,
        note: None,
        opinion: None,
        changed_account_id: None,
        due_at: None,
    };
    let transaction = app.database.begin_write().await?;
    speakable::colleague(app, &*transaction, &row).await?;
    // What the old phone was told of must stay in its sight until it is over.
    let planned = Column::AccountId.eq(&row.account_id).and(Column::State.eq(PLANNED));
    if Entity::find().filter(planned).one(&*transaction).await?.is_some() {
        return Err(Problem::conflict("phone_change_waiting", "已有一个确认过的换号申请等待生效，没有重复提交")
            .advice("要换成别的号码，请先停止那一个"));
    }
    end(&*transaction, Column::AccountId.eq(&row.account_id), "withdrawn", None, now).await?;
    store::insert(&*transaction, row.clone()).await?;
    transaction.commit().await?;
    Ok(row)
}

async fn end<C: sea_orm::ConnectionTrait>(
    connection: &C,
    which: impl sea_orm::sea_query::IntoCondition,
    state: &str,
    by: Option<&AccountId>,
    now: i64,
) -> Result<u64, Problem> {
    let ended = Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::DecidedBy, Expr::value(by.map(AccountId::as_str)))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .filter(which.into_condition())
        .filter(Column::State.eq(WAITING))
        .exec(connection)
        .await?;
    Ok(ended.rows_affected)
}

/// The account's request that waits, if there is one.
pub(super) async fn waiting_of(app: &App, account: &AccountId) -> Result<Option<Model>, Problem> {
    let row = Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::State.is_in([WAITING, PLANNED, "under_review"]))
        .filter(Column::ExpiresAt.gt(app.now_ms()))
        .order_by_desc(Column::Id)
        .one(app.database.reader())
        .await?;
    Ok(row)
}

/// Requests that wait for the administrators of the unit, newest first.
pub(super) async fn waiting_at(app: &App, scope: &Scope) -> Result<Vec<(Model, accounts::Member)>, Problem> {
    scope.demand_manager()?;
    let reader = app.database.reader();
    let rows = Entity::find()
        .filter(Column::UnitId.eq(scope.unit_id().as_str()))
        .filter(Column::State.eq(WAITING))
        .filter(Column::ExpiresAt.gt(app.now_ms()))
        .order_by_desc(Column::Id)
        .limit(SHOWN_MAX)
        .all(reader)
        .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for row in rows {
        let account = AccountId::from_stored(row.account_id.clone());
        if let Some(member) = accounts::member(reader, scope.unit_id(), &account).await? {
            waiting.push((row, member));
        }
    }
    Ok(waiting)
}

/// An administrator says yes or no. Nobody confirms his own request; an owner's is confirmed by an owner. What is confirmed
/// happens after `members.phone_change_delay_hours`: the old phone is told at once and may object until then.
pub(super) async fn decide(app: &App, scope: &Scope, id: &str, confirmed: bool) -> Result<(), Problem> {
    scope.demand_manager()?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let mine = Column::Id.eq(id).and(Column::UnitId.eq(scope.unit_id().as_str()));
    let row = Entity::find().filter(mine).filter(Column::ExpiresAt.gt(now)).one(&*transaction).await?;
    let row = row.ok_or_else(|| Problem::not_found("phone_change_not_found", "没有找到这个换号申请"))?;
    accounts::hold_unit(&*transaction, scope.unit_id()).await?;
    let actor = accounts::member(&*transaction, scope.unit_id(), scope.account_id()).await?;
    let actor = actor.filter(|actor| actor.role.may_manage()).ok_or_else(accounts::role_may_not_manage)?;
    if !confirmed {
        if end(&*transaction, Column::Id.eq(id), "refused", Some(scope.account_id()), now).await? == 0 {
            return Err(decided_already());
        }
        return Ok(transaction.commit().await?);
    }
    let member = speakable::colleague(app, &*transaction, &row).await?;
    let above = member.role == Role::Owner && actor.role != Role::Owner;
    if member.account.id == *scope.account_id() || above {
        return Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "phone_change_not_yours",
            "这个申请要由别的负责人确认",
        )
        .advice("请本单位的其他负责人确认，或上传证明由客服办理"));
    }
    let due_at = now + app.config.members.phone_change_delay_hours * HOUR_MS;
    let planned = Entity::update_many()
        .col_expr(Column::State, Expr::value(PLANNED))
        .col_expr(Column::DecidedBy, Expr::value(scope.account_id().as_str()))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::DueAt, Expr::value(due_at))
        .col_expr(Column::ExpiresAt, Expr::value(due_at + DAY_MS))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(WAITING))
        .exec(&*transaction)
        .await?;
    if planned.rows_affected == 0 {
        return Err(decided_already());
    }
    let job = planned::Planned { change_id: id.to_owned() };
    enqueue(&*transaction, NewJob::new(planned::JOB_APPLY, &job, due_at)).await?;
    publish_person(&*transaction, PersonEvent::PhoneChangePlanned { change_id: id.to_owned() }, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// Stops one's own request, whoever asked for it in one's name: also one that was confirmed and has not happened yet.
pub(super) async fn withdraw(app: &App, account: &AccountId, id: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let stopped = Entity::update_many()
        .col_expr(Column::State, Expr::value("withdrawn"))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::State.is_in([WAITING, PLANNED]))
        .exec(&*transaction)
        .await?;
    if stopped.rows_affected == 0 {
        return Err(Problem::conflict("phone_change_decided", "这个换号申请已经办完或停止，没有改变")
            .advice("如果手机号已被换走，请马上致电客服"));
    }
    Ok(transaction.commit().await?)
}

fn decided_already() -> Problem {
    Problem::conflict("phone_change_decided", "这个申请已经处理过").advice("请刷新后查看")
}
