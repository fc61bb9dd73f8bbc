//! A code for one person: he is signed in somewhere (a browser, the mini-program) and scans it with his WeChat, which is
//! bound to his account by it. Ten minutes, once, and only while the sign-in that made it lives: whoever was shut out of an
//! account must not come back by a code that he made before. Only its hash is kept; which sign-in that was stands in the
//! code itself.

use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::scene_bindings as bindings;
use crate::accounts::{self, Account, AccountId, Session, SessionId};
use crate::app::App;
use crate::web::wait_after_hourly;

/// How such a scene begins.
const PREFIX: &str = "bind_";
/// How the id of a session begins; the rest of it follows [`PREFIX`] in the scene.
const SESSION_PREFIX: &str = "ses_";
/// Hexadecimal digits behind it.
const SESSION_DIGITS: usize = 32;
/// A scene has room for so many; what the session leaves, 27 digits or 108 bits, is chance.
const SCENE_CHARACTERS: usize = 64;
/// How long it is good.
pub const TTL_S: u32 = 600;
const PER_ACCOUNT_PER_HOUR: u64 = 5;

/// Makes a scene that stands for the account of a session.
pub async fn issue<C: ConnectionTrait>(connection: &C, session: &Session, now_ms: i64) -> Result<String, Problem> {
    bindings::Entity::delete_many().filter(bindings::Column::ExpiresAt.lte(now_ms)).exec(connection).await?;
    let account = &session.account.id;
    let maker = session.id.as_str().trim_start_matches(SESSION_PREFIX);
    let scene: String = format!("{PREFIX}{maker}{}", new_token()).chars().take(SCENE_CHARACTERS).collect();
    let row = bindings::ActiveModel {
        scene_hash: Set(token_hash(&scene)),
        account_id: Set(account.to_string()),
        expires_at: Set(now_ms + i64::from(TTL_S) * 1_000),
        used_at: Set(None),
    };
    bindings::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(scene)
}

/// The sign-in that made a scene.
fn maker_of(scene: &str) -> Option<SessionId> {
    let digits = scene.strip_prefix(PREFIX)?.get(..SESSION_DIGITS)?;
    format!("{SESSION_PREFIX}{digits}").parse().ok()
}

/// Whether a scene is of this sort.
pub fn is_binding(scene: &str) -> bool {
    scene.starts_with(PREFIX)
}

/// What became of a scan.
pub enum Bound {
    /// The WeChat belongs to this account now.
    To(Box<Account>),
    /// It belongs to another account, and stays there: the code is not used up.
    Elsewhere,
    /// Nobody knows the code, or it is over or used, or who made it has been signed out.
    Over,
}

/// So many codes of an account an hour.
pub async fn demand_few(app: &App, account: &AccountId) -> Result<(), Problem> {
    match wait_after_hourly(app, "bind-codes", account.as_str(), PER_ACCOUNT_PER_HOUR).await? {
        None => Ok(()),
        Some(wait_s) => Err(Problem::too_often("bind_codes_too_often", "绑定二维码生成得太频繁，这次没有生成", wait_s)
            .advice("请一小时后再试")),
    }
}

/// Binds who scanned it. Of two at once one is bound. A WeChat that signs in to another account is not taken from it in
/// silence: whoever shows him a code of his own account would hear and see all he does from then on.
pub async fn redeem<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    scene: &str,
    app_id: &str,
    openid: &str,
) -> Result<Bound, Problem> {
    let now_ms = app.now_ms();
    let Some(maker) = maker_of(scene) else { return Ok(Bound::Over) };
    if accounts::session_of_link(app, &maker).await?.is_none() {
        return Ok(Bound::Over);
    }
    let owner = accounts::account_of_openid(connection, app_id, openid).await?;
    let hash = token_hash(scene);
    if let Some(owner) = owner {
        let good = bindings::Entity::find_by_id(hash.as_str())
            .filter(bindings::Column::UsedAt.is_null())
            .filter(bindings::Column::ExpiresAt.gt(now_ms));
        match good.one(connection).await? {
            None => return Ok(Bound::Over),
            Some(row) if row.account_id != owner.id.as_str() => return Ok(Bound::Elsewhere),
            Some(_) => {}
        }
    }
    let used = bindings::Entity::update_many()
        .col_expr(bindings::Column::UsedAt, Expr::value(now_ms))
        .filter(bindings::Column::SceneHash.eq(hash.as_str()))
        .filter(bindings::Column::UsedAt.is_null())
        .filter(bindings::Column::ExpiresAt.gt(now_ms))
        .exec(connection)
        .await?;
    if used.rows_affected == 0 {
        return Ok(Bound::Over);
    }
    let Some(row) = bindings::Entity::find_by_id(hash).one(connection).await? else { return Ok(Bound::Over) };
    let id = AccountId::from_stored(row.account_id);
    let Some(account) = accounts::account(connection, &id).await? else { return Ok(Bound::Over) };
    accounts::bind_openid(connection, app_id, openid, None, &id, now_ms).await?;
    Ok(Bound::To(Box::new(account)))
}
