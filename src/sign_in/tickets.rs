//! A WeChat identity that no account is bound to yet waits under a ticket for its first login (B-01). In H5 the ticket
//! is a cookie, in the mini-program a field.

use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::bind_tickets;
use super::entrance::WechatPerson;

/// The cookie with the ticket.
pub const COOKIE: &str = "tejian_ticket";
/// How long a ticket waits.
pub const TTL_MS: i64 = 600_000;

/// Makes a ticket for a person whom only WeChat knows so far.
pub async fn issue<C: ConnectionTrait>(connection: &C, person: &WechatPerson, now_ms: i64) -> Result<String, Problem> {
    bind_tickets::Entity::delete_many().filter(bind_tickets::Column::ExpiresAt.lte(now_ms)).exec(connection).await?;
    let ticket = new_token();
    let row = bind_tickets::ActiveModel {
        ticket_hash: Set(token_hash(&ticket)),
        app_id: Set(person.app_id.clone()),
        openid: Set(person.openid.clone()),
        unionid: Set(person.unionid.clone()),
        created_at: Set(now_ms),
        expires_at: Set(now_ms + TTL_MS),
    };
    bind_tickets::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(ticket)
}

/// Whom a ticket stands for, without using it up.
pub async fn look<C: ConnectionTrait>(
    connection: &C,
    ticket: &str,
    now_ms: i64,
) -> Result<Option<WechatPerson>, Problem> {
    let row = bind_tickets::Entity::find_by_id(token_hash(ticket))
        .filter(bind_tickets::Column::ExpiresAt.gt(now_ms))
        .one(connection)
        .await?;
    Ok(row.map(|row| WechatPerson { app_id: row.app_id, openid: row.openid, unionid: row.unionid }))
}

/// Whom a ticket stands for; it is used up. Of two at once only one gets it.
pub async fn take<C: ConnectionTrait>(
    connection: &C,
    ticket: &str,
    now_ms: i64,
) -> Result<Option<WechatPerson>, Problem> {
    let Some(person) = look(connection, ticket, now_ms).await? else { return Ok(None) };
    let taken = bind_tickets::Entity::delete_by_id(token_hash(ticket)).exec(connection).await?;
    Ok((taken.rows_affected == 1).then_some(person))
}
