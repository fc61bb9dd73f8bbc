//! A code for one person: he is signed in somewhere (a browser, the mini-program) and scans it with his WeChat, which is
//! bound to his account by it. Ten minutes, once; only its hash is kept.

use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::scene_bindings as bindings;
use crate::accounts::{self, Account, AccountId};

/// How such a scene begins.
const PREFIX: &str = "bind_";
/// How long it is good.
pub const TTL_S: u32 = 600;

/// Makes a scene that stands for an account.
pub async fn issue<C: ConnectionTrait>(connection: &C, account: &AccountId, now_ms: i64) -> Result<String, Problem> {
    bindings::Entity::delete_many().filter(bindings::Column::ExpiresAt.lte(now_ms)).exec(connection).await?;
    let scene: String = format!("{PREFIX}{}", new_token()).chars().take(64).collect();
    let row = bindings::ActiveModel {
        scene_hash: Set(token_hash(&scene)),
        account_id: Set(account.to_string()),
        expires_at: Set(now_ms + i64::from(TTL_S) * 1_000),
        used_at: Set(None),
    };
    bindings::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(scene)
}

/// Whether a scene is of this sort.
pub fn is_binding(scene: &str) -> bool {
    scene.starts_with(PREFIX)
}

/// Binds who scanned it; nothing when it is unknown, over or used. Of two at once one is bound.
pub async fn redeem<C: ConnectionTrait>(
    connection: &C,
    scene: &str,
    app_id: &str,
    openid: &str,
    now_ms: i64,
) -> Result<Option<Account>, Problem> {
    let hash = token_hash(scene);
    let used = bindings::Entity::update_many()
        .col_expr(bindings::Column::UsedAt, Expr::value(now_ms))
        .filter(bindings::Column::SceneHash.eq(hash.as_str()))
        .filter(bindings::Column::UsedAt.is_null())
        .filter(bindings::Column::ExpiresAt.gt(now_ms))
        .exec(connection)
        .await?;
    if used.rows_affected == 0 {
        return Ok(None);
    }
    let Some(row) = bindings::Entity::find_by_id(hash).one(connection).await? else { return Ok(None) };
    let id = AccountId::from_stored(row.account_id);
    let Some(account) = accounts::account(connection, &id).await? else { return Ok(None) };
    accounts::bind_openid(connection, app_id, openid, None, &id, now_ms).await?;
    Ok(Some(account))
}
