//! Making invitations, listing them, taking them back.

use std::time::Duration;

use foundation::calendar::beijing_date;
use foundation::clock::DAY_MS;
use foundation::ids::new_id_text;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::sealed::{self, Findable};
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::change::hold_actor;
use super::entity::member_invitations::{ActiveModel, Column, Entity, Model};
use super::events::{EventKind, record};
use super::roles::{checked_limits, demand_may_change};
use crate::accounts::{self, AccountId, Limits, Role, Scope, UnitLevel};
use crate::app::App;
use crate::happenings::{PersonEvent, publish_person};

const DAY: Duration = Duration::from_secs(86_400);

/// What a manager wants.
pub(super) struct NewInvitation {
    pub(super) role: Role,
    pub(super) limits: Option<Limits>,
    /// Only this phone may accept.
    pub(super) phone: Option<String>,
}

/// An invitation just made; its token leaves the house once.
pub(super) struct Invited {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) expires_at: i64,
    /// Whether a text message goes to the phone.
    pub(super) told_by_sms: bool,
}

/// Invitations that may still be accepted.
pub(super) fn open_at(now_ms: i64) -> Select<Entity> {
    Entity::find()
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now_ms))
}

/// Makes an invitation. An earlier one to the same phone ends. A text message goes to it unless the unit is uncertified:
/// its name is then whatever somebody typed, and must not travel under the institute's name.
pub(super) async fn invite(app: &App, scope: &Scope, address: &str, new: NewInvitation) -> Result<Invited, Problem> {
    scope.demand_manager()?;
    demand_may_change(scope.role(), None, Some(new.role))?;
    let limits = checked_limits(new.role, new.limits)?;
    let now = app.now_ms();
    let told_by_sms = new.phone.is_some() && scope.level() != UnitLevel::Uncertified;
    if let (true, Some(phone)) = (told_by_sms, &new.phone) {
        demand_few_messages(app, scope.account_id(), phone, address).await?;
    }
    let transaction = app.database.begin_write().await?;
    let actor = hold_actor(&*transaction, scope).await?;
    demand_may_change(actor.role, None, Some(new.role))?;
    if let Some(phone) = &new.phone {
        refuse_member(&*transaction, scope, phone).await?;
        end_earlier(&*transaction, scope, phone, now).await?;
    }
    demand_few_invitations(&*transaction, app, scope, now).await?;
    let token = new_token();
    let account = &scope.session().account;
    let (id, expires_at) = (new_id_text("ivt"), now + app.config.members.invitation_days * DAY_MS);
    let row = ActiveModel {
        id: Set(id.clone()),
        unit_id: Set(scope.unit_id().to_string()),
        role: Set(new.role.as_str().to_owned()),
        limits: Set(limits.to_stored()),
        phone: Set(new.phone.as_deref().map(Findable::from)),
        token_hash: Set(token_hash(&token)),
        invited_by: Set(account.id.to_string()),
        invited_by_name: Set(account.display_name.clone()),
        created_at: Set(now),
        expires_at: Set(expires_at),
        accepted_at: Set(None),
        accepted_by: Set(None),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&*transaction).await?;
    let whom = new.phone.as_deref().map_or("持链接的人".to_owned(), foundation::text::mask_phone);
    let detail = super::change::described(new.role, &limits);
    record(&*transaction, scope.unit_id(), EventKind::Invited, account, (&whom, Some(detail)), now).await?;
    if told_by_sms {
        publish_person(&*transaction, PersonEvent::Invited { invitation_id: id.clone() }, now).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(Invited { id, token, expires_at, told_by_sms })
}

/// Ends invitations to a phone that nobody has accepted.
async fn end_earlier<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    phone: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now_ms))
        .filter(Column::UnitId.eq(scope.unit_id().as_str()))
        .filter(sealed::is(Column::Phone, phone))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// So many invitations of a unit wait at once, and are made within a day.
async fn demand_few_invitations<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    scope: &Scope,
    now_ms: i64,
) -> Result<(), Problem> {
    let settings = &app.config.members;
    let of_unit = || Column::UnitId.eq(scope.unit_id().as_str());
    if open_at(now_ms).filter(of_unit()).count(connection).await? >= settings.invitations_open_max {
        return Err(Problem::conflict("invitations_too_many", "还有很多邀请没有被接受，这次没有生成")
            .advice("请先在邀请列表里撤回用不到的邀请"));
    }
    let made_today = Entity::find().filter(of_unit()).filter(Column::CreatedAt.gt(now_ms - DAY_MS));
    if made_today.count(connection).await? >= settings.invitations_per_unit_per_day {
        return Err(Problem::new(
            axum::http::StatusCode::TOO_MANY_REQUESTS,
            "invitations_too_often",
            "今天生成的邀请太多了，这次没有生成",
        )
        .advice("请明天再试"));
    }
    Ok(())
}

/// So many text messages a day to one phone, by one account, from one place: they cost money, and people their peace.
async fn demand_few_messages(app: &App, account: &AccountId, phone: &str, address: &str) -> Result<(), Problem> {
    let settings = &app.config.members;
    let today = beijing_date(app.now_ms());
    for (whom, max) in [
        (format!("account:{account}"), settings.invitation_sms_per_account_per_day),
        (format!("address:{}", token_hash(address)), settings.invitation_sms_per_address_per_day),
        (format!("phone:{}", token_hash(phone)), settings.invitation_sms_per_phone_per_day),
    ] {
        if app.cache.count_up(&format!("invitations:sms:{whom}:{today}"), DAY).await? > max {
            return Err(Problem::new(
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                "invitations_too_often",
                "今天发出的邀请短信太多了，这次没有生成",
            )
            .advice("请不填手机号，生成链接后自己转发给同事"));
        }
    }
    Ok(())
}

async fn refuse_member<C: ConnectionTrait>(connection: &C, scope: &Scope, phone: &str) -> Result<(), Problem> {
    let Some(known) = accounts::account_by_phone(connection, phone).await? else { return Ok(()) };
    match accounts::member(connection, scope.unit_id(), &known.id).await? {
        Some(_) => {
            Err(Problem::conflict("already_member", "这个手机号已经是本单位的成员")
                .advice("请在成员列表里修改他的权限"))
        }
        None => Ok(()),
    }
}

/// One page of the unit's invitations that are still open, newest first.
pub(super) async fn page(app: &App, scope: &Scope, wanted: &PageRequest) -> Result<Page<Model>, Problem> {
    scope.demand_manager()?;
    let mut select = open_at(app.now_ms())
        .filter(Column::UnitId.eq(scope.unit_id().as_str()))
        .order_by_desc(Column::Id)
        .limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    Ok(Page::from_rows(rows, wanted.limit(), |row| row.id.clone()))
}

/// Takes an invitation back. One that was accepted or taken back before stays as it is: 409.
pub(super) async fn revoke(app: &App, scope: &Scope, id: &str) -> Result<(), Problem> {
    scope.demand_manager()?;
    let mine = || Column::Id.eq(id).and(Column::UnitId.eq(scope.unit_id().as_str()));
    let row = Entity::find().filter(mine()).one(app.database.reader()).await?;
    let row = row.ok_or_else(|| Problem::not_found("invitation_not_found", "没有找到这个邀请"))?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let actor = hold_actor(&*transaction, scope).await?;
    demand_may_change(actor.role, None, Some(row.role.parse()?))?;
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(mine())
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(&*transaction)
        .await?;
    if revoked.rows_affected == 0 {
        return Err(Problem::conflict("invitation_ended", "这个邀请已经被接受或撤回")
            .advice("如果他已经加入，请在成员列表里移出"));
    }
    let whom = row.phone.as_deref().map_or("持链接的人".to_owned(), foundation::text::mask_phone);
    record(&*transaction, scope.unit_id(), EventKind::InvitationRevoked, &actor.account, (&whom, None), now).await?;
    Ok(transaction.commit().await?)
}

/// Whether who made an invitation may still give that role away.
pub(super) async fn maker_still_may<C: ConnectionTrait>(connection: &C, row: &Model) -> Result<bool, Problem> {
    let maker = AccountId::from_stored(row.invited_by.clone());
    let unit = accounts::UnitId::from_stored(row.unit_id.clone());
    let Some(maker) = accounts::member(connection, &unit, &maker).await? else { return Ok(false) };
    Ok(demand_may_change(maker.role, None, Some(row.role.parse()?)).is_ok())
}
