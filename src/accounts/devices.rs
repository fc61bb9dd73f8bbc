//! Where an account is signed in, for its owner: the list of devices, and whether one is new (B-04).

use foundation::clock::DAY_MS;
use foundation::config::ENDED_SESSIONS_DAYS_MIN;
use foundation::problem::Problem;
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{accounts, sessions};
use super::model::{AccountId, SessionId};
use super::sessions::NewSession;
use crate::app::App;

/// One line of the list of signed-in devices (B-04).
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// Which.
    pub id: SessionId,
    /// The kind of front end.
    pub client: String,
    /// Phone or browser.
    pub device: String,
    /// From where it was made, as much of it as its owner recognises.
    pub address: Option<String>,
    /// When it was made.
    pub signed_in_at: i64,
    /// When it was last used, to the hour.
    pub last_seen_at: i64,
}

/// Live sessions of the account, newest first; at most 50.
pub async fn list_sessions(app: &App, account: &AccountId) -> Result<Vec<SessionLine>, Problem> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(account.as_str()))
        .filter(sessions::Column::RevokedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(app.now_ms()))
        .order_by_desc(sessions::Column::Id)
        .limit(50)
        .all(app.database.reader())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionLine {
            id: SessionId::from_stored(row.id),
            client: row.client,
            device: row.device,
            address: row.address,
            signed_in_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

/// Whether an account was signed in before, and never on this device (B-04): by the key of the device where there is one,
/// else by its name and network together, because whoever leaves the key out says any name. A WeChat that signed in to
/// the account before is known, whatever the device. The very first login of an account is no news; of an account that is
/// older than what is remembered of sign-ins, nobody knows whether it is the first, and its owner is told.
pub async fn is_new_device<C: ConnectionTrait>(connection: &C, new: &NewSession, now_ms: i64) -> Result<bool, DbErr> {
    let of_account = || {
        sessions::Entity::find()
            .filter(sessions::Column::AccountId.eq(new.account_id.as_str()))
            .select_only()
            .column(sessions::Column::Id)
            .limit(1)
            .into_tuple::<String>()
    };
    if of_account().one(connection).await?.is_none() {
        return is_older_than_memory(connection, &new.account_id, now_ms).await;
    }
    let mut same = Condition::any().add(match &new.device_key {
        Some(key) => sessions::Column::DeviceKey.eq(key).into_condition(),
        None => Condition::all()
            .add(sessions::Column::DeviceKey.is_null())
            .add(sessions::Column::Device.eq(&new.device))
            .add(sessions::Column::Address.eq(new.address.as_deref().unwrap_or_default())),
    });
    if let Some((app_id, openid)) = &new.wechat {
        let person = Condition::all().add(sessions::Column::AppId.eq(app_id)).add(sessions::Column::Openid.eq(openid));
        same = same.add(person);
    }
    let known = sessions::Entity::find()
        .filter(sessions::Column::AccountId.eq(new.account_id.as_str()))
        .filter(same)
        .select_only()
        .column(sessions::Column::Id)
        .limit(1)
        .into_tuple::<String>()
        .one(connection)
        .await?;
    Ok(known.is_none())
}

/// Whether sign-ins of the account may have been forgotten: none is before it ended so long ago.
async fn is_older_than_memory<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let created_at: Option<i64> = accounts::Entity::find_by_id(account.as_str())
        .select_only()
        .column(accounts::Column::CreatedAt)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(created_at.is_some_and(|created_at| created_at < now_ms - ENDED_SESSIONS_DAYS_MIN * DAY_MS))
}

/// What a message says of a session.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    /// Whose.
    pub account: AccountId,
    /// Phone or browser.
    pub device: String,
    /// Epoch milliseconds.
    pub signed_in_at: i64,
}

/// A session by id, also an ended one.
pub async fn session_facts<C: ConnectionTrait>(connection: &C, id: &SessionId) -> Result<Option<SessionFacts>, DbErr> {
    let row = sessions::Entity::find_by_id(id.as_str()).one(connection).await?;
    Ok(row.map(|row| SessionFacts {
        account: AccountId::from_stored(row.account_id),
        device: row.device,
        signed_in_at: row.created_at,
    }))
}

/// A network address with its end left out: enough to tell home from elsewhere.
pub fn shown_address(address: &str) -> String {
    match address.rsplit_once('.') {
        Some((network, _)) => format!("{network}.*"),
        None => address.to_owned(),
    }
}
