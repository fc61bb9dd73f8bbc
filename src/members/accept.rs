//! Looking at an invitation and accepting it.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::sealed;
use foundation::secret_hash::token_hash;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::change::{described, refuse_applicant_without_phone};
use super::entity::member_invitations::{Column, Entity, Model};
use super::events::{EventKind, record};
use super::invite::{maker_still_may, open_at};
use crate::accounts::{self, AccountKind, Limits, NewMember, Role, Session, UnitId};
use crate::app::App;
use crate::happenings::{PersonEvent, publish_person};

/// How an invitation is named: by the token of its link, or by its id for the phone it was made for.
pub(super) enum Named<'a> {
    Token(&'a str),
    Id(&'a str),
}

fn not_found() -> Problem {
    Problem::not_found("invitation_not_found", "没有找到这个邀请").advice("请让邀请您的同事再发一次")
}

fn over() -> Problem {
    Problem::new(StatusCode::GONE, "invitation_over", "这个邀请已经失效").advice("请让邀请您的同事再发一次")
}

/// The invitation with this token, while it may be accepted; 410 when it is over.
pub(super) async fn look(app: &App, token: &str) -> Result<Model, Problem> {
    let reader = app.database.reader();
    let row = find(reader, &Named::Token(token)).await?;
    if row.accepted_at.is_some() || row.revoked_at.is_some() || row.expires_at <= app.now_ms() {
        return Err(over());
    }
    if maker_still_may(reader, &row).await? { Ok(row) } else { Err(over()) }
}

async fn find<C: ConnectionTrait>(connection: &C, named: &Named<'_>) -> Result<Model, Problem> {
    let by = match named {
        Named::Token(token) => Column::TokenHash.eq(token_hash(token)),
        Named::Id(id) => Column::Id.eq(*id),
    };
    Entity::find().filter(by).one(connection).await?.ok_or_else(not_found)
}

/// Open invitations made for the phone of this session, newest first; at most 20.
pub(super) async fn of_phone(app: &App, session: &Session) -> Result<Vec<Model>, Problem> {
    let Some(phone) = &session.account.phone else { return Ok(Vec::new()) };
    let reader = app.database.reader();
    let rows = open_at(app.now_ms())
        .filter(sealed::is(Column::Phone, phone))
        .order_by_desc(Column::Id)
        .limit(20)
        .all(reader)
        .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        if maker_still_may(reader, &row).await? {
            open.push(row);
        }
    }
    Ok(open)
}

/// Makes the session's account a member and lets the session act for the unit. Accepting twice is as good as once.
pub(super) async fn accept(app: &App, session: &Session, named: Named<'_>) -> Result<UnitId, Problem> {
    let account = &session.account;
    let now = app.now_ms();
    let reader = app.database.reader();
    let row = find(reader, &named).await?;
    let unit = UnitId::from_stored(row.unit_id.clone());
    refuse_wrong_person(session, &row, &named)?;
    if row.accepted_by.as_deref() == Some(account.id.as_str()) {
        accounts::switch_unit(app, session, &unit).await?;
        return Ok(unit);
    }
    let role: Role = row.role.parse()?;
    refuse_applicant_without_phone(role, account.phone.is_some())?;
    let limits = Limits::from_stored(row.limits.as_deref())?;
    let transaction = app.database.begin_write().await?;
    accounts::hold_unit(&*transaction, &unit).await?;
    if !maker_still_may(&*transaction, &row).await? {
        return Err(over());
    }
    if accounts::count_members(&*transaction, &unit, None).await? >= app.config.members.members_max {
        return Err(Problem::conflict("members_too_many", "这个单位的成员已经很多，暂时不能加入")
            .advice("请联系单位管理员清理成员"));
    }
    let taken = Entity::update_many()
        .col_expr(Column::AcceptedAt, Expr::value(now))
        .col_expr(Column::AcceptedBy, Expr::value(account.id.as_str()))
        .filter(Column::Id.eq(&row.id))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(&*transaction)
        .await?;
    if taken.rows_affected == 0 {
        return Err(over());
    }
    let invited_by = accounts::AccountId::from_stored(row.invited_by.clone());
    let new = NewMember { account: &account.id, unit: &unit, role, limits: &limits, invited_by: &invited_by };
    if !accounts::add_member(&*transaction, new, now).await? {
        // Dropped without a commit: the invitation stays good for somebody else.
        return Err(Problem::conflict("already_member", "您已经是这个单位的成员").advice("可以直接切换到这个单位办理"));
    }
    let whom = (account.display_name.as_str(), Some(described(role, &limits)));
    record(&*transaction, &unit, EventKind::Joined, account, whom, now).await?;
    publish_person(&*transaction, PersonEvent::Joined { invitation_id: row.id.clone() }, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    accounts::switch_unit(app, session, &unit).await?;
    Ok(unit)
}

fn refuse_wrong_person(session: &Session, row: &Model, named: &Named<'_>) -> Result<(), Problem> {
    let account = &session.account;
    if account.kind != AccountKind::Person {
        return Err(Problem::conflict("person_needed", "单位账号不能接受邀请").advice("请用自己的手机号登录后再接受"));
    }
    let is_his = match &row.phone {
        Some(phone) => account.phone.as_deref() == Some(phone.as_str()),
        // By id alone nobody may take an invitation that was not made for him.
        None => matches!(named, Named::Token(_)),
    };
    if is_his {
        return Ok(());
    }
    if matches!(named, Named::Id(_)) {
        return Err(not_found());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "invitation_for_other_phone", "这个邀请是发给另一个手机号的")
        .advice("请用收到邀请的手机号登录，或让同事重新邀请您现在的手机号"))
}
