//! People as WeChat knows them, and which account each is bound to.

use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::entity::wechat_users;
use super::model::{Account, AccountId};
use super::store::account;

/// A person as WeChat knows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WechatIdentity {
    /// Of which app the openid is.
    pub app_id: String,
    /// Valid for that app only.
    pub openid: String,
    /// The same for all apps of one open-platform account.
    pub unionid: Option<String>,
    /// Follows the service account.
    pub following: bool,
}

/// The account bound to an openid.
pub async fn account_of_openid<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    openid: &str,
) -> Result<Option<Account>, Problem> {
    let user = wechat_users::Entity::find_by_id((app_id.to_owned(), openid.to_owned())).one(connection).await?;
    match user.and_then(|user| user.account_id) {
        Some(id) => account(connection, &AccountId::from_stored(id)).await,
        None => Ok(None),
    }
}

/// The account that the same person (unionid) uses in another of our apps.
pub async fn account_of_unionid<C: ConnectionTrait>(connection: &C, unionid: &str) -> Result<Option<Account>, Problem> {
    let user = wechat_users::Entity::find()
        .filter(wechat_users::Column::Unionid.eq(unionid))
        .filter(wechat_users::Column::AccountId.is_not_null())
        .order_by_desc(wechat_users::Column::UpdatedAt)
        .one(connection)
        .await?;
    match user.and_then(|user| user.account_id) {
        Some(id) => account(connection, &AccountId::from_stored(id)).await,
        None => Ok(None),
    }
}

/// Binds an openid to an account (first login binds, B-01); a later login of another person on the phone rebinds.
pub async fn bind_openid<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    openid: &str,
    unionid: Option<&str>,
    account: &AccountId,
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = wechat_users::ActiveModel {
        app_id: Set(app_id.to_owned()),
        openid: Set(openid.to_owned()),
        unionid: Set(unionid.map(str::to_owned)),
        account_id: Set(Some(account.to_string())),
        following: Set(false),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    let mut conflict = OnConflict::columns([wechat_users::Column::AppId, wechat_users::Column::Openid]);
    conflict.update_columns([wechat_users::Column::AccountId, wechat_users::Column::UpdatedAt]);
    if unionid.is_some() {
        conflict.update_column(wechat_users::Column::Unionid);
    }
    wechat_users::Entity::insert(row).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// Forgets to whom an openid belongs: after signing out it does not sign in by itself any more, nor by what the same person
/// (unionid) uses of our other apps. A binding to another account stays, and so does `keep` (app id, openid): the WeChat in
/// the hand of who signs another phone out.
pub async fn unbind_openid<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    openid: &str,
    account: &AccountId,
    keep: Option<&(String, String)>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let known = wechat_users::Entity::find_by_id((app_id.to_owned(), openid.to_owned())).one(connection).await?;
    let unionid = known.and_then(|user| user.unionid);
    let itself =
        Condition::all().add(wechat_users::Column::AppId.eq(app_id)).add(wechat_users::Column::Openid.eq(openid));
    let same_person = unionid.map(|unionid| wechat_users::Column::Unionid.eq(unionid));
    let update = unbind(account, keep, now_ms).filter(Condition::any().add(itself).add_option(same_person));
    update.exec(connection).await?;
    Ok(())
}

/// Forgets every openid of an account but `keep` (app id, openid): none of them signs in by itself any more.
pub(super) async fn unbind_all<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    keep: Option<&(String, String)>,
    now_ms: i64,
) -> Result<(), DbErr> {
    unbind(account, keep, now_ms).exec(connection).await?;
    Ok(())
}

/// The openids of an account but `keep` belong to nobody.
fn unbind(
    account: &AccountId,
    keep: Option<&(String, String)>,
    now_ms: i64,
) -> sea_orm::UpdateMany<wechat_users::Entity> {
    let mut update = wechat_users::Entity::update_many()
        .col_expr(wechat_users::Column::AccountId, Expr::value(None::<String>))
        .col_expr(wechat_users::Column::UpdatedAt, Expr::value(now_ms))
        .filter(wechat_users::Column::AccountId.eq(account.as_str()));
    if let Some((app_id, openid)) = keep {
        let other = wechat_users::Column::AppId.ne(app_id).or(wechat_users::Column::Openid.ne(openid));
        update = update.filter(other);
    }
    update
}

/// Keeps who follows the service account.
pub async fn set_following<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    openid: &str,
    following: bool,
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = wechat_users::ActiveModel {
        app_id: Set(app_id.to_owned()),
        openid: Set(openid.to_owned()),
        unionid: Set(None),
        account_id: Set(None),
        following: Set(following),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    wechat_users::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([wechat_users::Column::AppId, wechat_users::Column::Openid])
                .update_columns([wechat_users::Column::Following, wechat_users::Column::UpdatedAt])
                .to_owned(),
        )
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// All WeChat identities of an account.
pub async fn wechat_identities<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
) -> Result<Vec<WechatIdentity>, DbErr> {
    let rows = wechat_users::Entity::find()
        .filter(wechat_users::Column::AccountId.eq(account.as_str()))
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| WechatIdentity {
            app_id: row.app_id,
            openid: row.openid,
            unionid: row.unionid,
            following: row.following,
        })
        .collect())
}
