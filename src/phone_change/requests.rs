//! By an administrator of one's unit, who knows one: asked for by the person, confirmed by him.

use foundation::ids::new_id_text;
use foundation::problem::Problem;
use foundation::sealed::Findable;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::phone_changes::{Column, Entity, Model};
use super::own::refuse_unit_account;
use super::replace::{NewPhone, replace_phone};
use super::store;
use crate::accounts::{self, AccountId, Role, Scope, UnitId};
use crate::app::App;
use crate::sign_in::{self, normal_phone};
use crate::sms::CodePurpose;

const DAY_MS: i64 = 86_400_000;
/// A request waits so long.
const DAYS: i64 = 3;
/// So many are shown to an administrator.
const SHOWN_MAX: u64 = 100;
const WAITING: &str = "waiting";

/// Asks the administrators of the unit one acts for. An earlier request of the account ends.
pub(super) async fn ask(app: &App, scope: &Scope, phone: &str, new_code: &str) -> Result<Model, Problem> {
    let session = scope.session();
    refuse_unit_account(session)?;
    let phone = normal_phone(phone)?;
    sign_in::redeem_code(app, &phone, CodePurpose::NewPhone, new_code).await?;
    let now = app.now_ms();
    let row = Model {
        id: new_id_text("pch"),
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
    };
    let transaction = app.database.begin_write().await?;
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
        .filter(Column::State.is_in([WAITING, "under_review"]))
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

/// An administrator says yes or no. Nobody confirms his own request; an owner's is confirmed by an owner.
pub(super) async fn decide(app: &App, scope: &Scope, id: &str, confirmed: bool) -> Result<(), Problem> {
    scope.demand_manager()?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let mine = Column::Id.eq(id).and(Column::UnitId.eq(scope.unit_id().as_str()));
    let row = Entity::find().filter(mine).filter(Column::ExpiresAt.gt(now)).one(&*transaction).await?;
    let row = row.ok_or_else(|| Problem::not_found("phone_change_not_found", "没有找到这个换号申请"))?;
    let account = AccountId::from_stored(row.account_id.clone());
    let unit = UnitId::from_stored(row.unit_id.clone().unwrap_or_default());
    let member = accounts::member(&*transaction, &unit, &account).await?;
    let member = member.ok_or_else(|| Problem::not_found("member_not_found", "他已经不是本单位的成员"))?;
    let above = member.role == Role::Owner && scope.role() != Role::Owner;
    if account == *scope.account_id() || above {
        return Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "phone_change_not_yours",
            "这个申请要由别的负责人确认",
        )
        .advice("请本单位的其他负责人确认，或上传证明由客服办理"));
    }
    let state = if confirmed { "done" } else { "refused" };
    if end(&*transaction, Column::Id.eq(id), state, Some(scope.account_id()), now).await? == 0 {
        return Err(Problem::conflict("phone_change_decided", "这个申请已经处理过").advice("请刷新后查看"));
    }
    if confirmed {
        if member.account.phone.as_deref() != row.old_phone.as_deref() {
            return Err(
                Problem::conflict("phone_changed_already", "他的手机号已经改过，没有再次修改").advice("请刷新后查看")
            );
        }
        let new = NewPhone {
            account: &member.account,
            phone: &row.new_phone,
            keep_old_by: None,
            keep_session: None,
            way: "unit_admin",
            request_id: Some(id),
        };
        replace_phone(app, &*transaction, new).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}
