//! Links by which somebody is asked to pay an order (B-09).

use axum::http::StatusCode;
use foundation::clock::DAY_MS;
use foundation::ids::new_id_text;
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use foundation::secret_hash::{new_token, token_hash};
use foundation::text::{is_mobile_phone, mask_name, mask_phone};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Select};

use super::entity::payment_asks::{ActiveModel, Column, Entity, Model};
use crate::accounts::Scope;
use crate::app::App;
use crate::order_page::may_be_asked;
use crate::orders::{self, Actor, OrderId, OrderRow, OrderState, TimelineKind};
use crate::payments::is_disputed;

/// A link just made; its token leaves the house once.
pub(super) struct Asked {
    pub(super) token: String,
    pub(super) expires_at: i64,
    /// What the message to the colleague is called.
    pub(super) title: String,
}

/// Makes a link to pay this order; the order's timeline says who asked.
pub(super) async fn ask(app: &App, scope: &Scope, id: &OrderId) -> Result<Asked, Problem> {
    scope.demand_payer()?;
    orders::find_for(app.database.reader(), scope, id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, id.as_str(), now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    let disputed = is_disputed(&*transaction, &order.id).await?;
    refuse_unless_payable(&order, disputed, now)?;
    if live_of(&order.id, now).count(&*transaction).await? >= app.config.guest.asks_per_order_max {
        return Err(Problem::conflict("asks_too_many", "这个订单的付款链接已经发出很多个")
            .advice("请直接转发之前的链接，或先撤回再重新生成"));
    }
    let account = &scope.session().account;
    let name = match account.display_name.trim() {
        "" => account.phone.as_deref().map(mask_phone).unwrap_or_else(|| "同事".to_owned()),
        name => name.to_owned(),
    };
    let latest = now + app.config.guest.ask_days * DAY_MS;
    let expires_at = if order.received_fen > 0 { latest } else { latest.min(order.expires_at) };
    let token = new_token();
    let row = ActiveModel {
        id: Set(new_id_text("ask")),
        order_id: Set(order.id.clone()),
        account_id: Set(account.id.to_string()),
        asked_by: Set(name.clone()),
        token_hash: Set(token_hash(&token)),
        created_at: Set(now),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&*transaction).await?;
    let actor = Actor::Account(account.id.clone());
    let detail = Some(format!("{name} 请同事付款"));
    orders::record(&*transaction, &order.id, TimelineKind::Asked, &actor, detail, now).await?;
    transaction.commit().await?;
    let title = format!("{} 请您代付检验费 {} 元", masked(&name), Fen(order.missing().0));
    Ok(Asked { token, expires_at, title })
}

fn refuse_unless_payable(order: &OrderRow, disputed: bool, now: i64) -> Result<(), Problem> {
    let in_time = order.expires_at > now || order.received_fen > 0;
    if may_be_asked(order, disputed)? && in_time {
        return Ok(());
    }
    Err(match order.state()? {
        state if state.has_money() => Problem::conflict("order_paid", "这个订单已经支付，无需再付")
            .money(Money::Taken)
            .advice("可以直接查看报告和发票"),
        OrderState::Void | OrderState::Refunded => {
            Problem::conflict("order_void", "这个订单已经作废，没有扣款").advice("请返回待缴费列表，重新提交缴费")
        }
        _ => Problem::conflict("ask_not_possible", "这个订单现在不能请人代付")
            .advice("已汇款的订单由单位自己办理；正在核对的款项请等待结果"),
    })
}

/// Takes back every link of an order; returns how many were live.
pub(super) async fn revoke(app: &App, scope: &Scope, id: &OrderId) -> Result<u64, Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(Column::OrderId.eq(&order.id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(&*transaction)
        .await?
        .rows_affected;
    if revoked > 0 {
        let actor = Actor::Account(scope.account_id().clone());
        orders::record(&*transaction, &order.id, TimelineKind::AskRevoked, &actor, None, now).await?;
    }
    transaction.commit().await?;
    Ok(revoked)
}

/// The link with this token and its order, while it may be used: 410 when its time is over, it was taken back, or the
/// order was given up. A paid order is still shown, so that nobody pays again.
pub(super) async fn open(app: &App, token: &str) -> Result<(Model, OrderRow), Problem> {
    let reader = app.database.reader();
    let row = Entity::find().filter(Column::TokenHash.eq(token_hash(token))).one(reader).await?;
    let row =
        row.ok_or_else(|| Problem::not_found("ask_not_found", "没有找到这个付款链接").advice("请向同事再要一次链接"))?;
    if row.revoked_at.is_some() || row.expires_at <= app.now_ms() {
        return Err(over());
    }
    let order = orders::find_row(reader, &row.order_id).await?.ok_or_else(over)?;
    if matches!(order.state()?, OrderState::Void | OrderState::Refunded) {
        return Err(over());
    }
    Ok((row, order))
}

/// Whether a link may still be used; a payment that was begun while it could be may end after its time.
pub(super) async fn is_live(app: &App, id: &str) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(id).one(app.database.reader()).await?;
    Ok(row.is_some_and(|row| row.revoked_at.is_none()))
}

pub(super) fn over() -> Problem {
    Problem::new(StatusCode::GONE, "ask_over", "这个付款链接已经失效，没有扣款")
        .advice("如还需付款，请向同事再要一次链接")
}

/// Who asked, with most of the name hidden.
pub(super) fn masked(name: &str) -> String {
    if is_mobile_phone(name) { mask_phone(name) } else { mask_name(name) }
}

fn live_of(order_id: &str, now: i64) -> Select<Entity> {
    Entity::find()
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
}
