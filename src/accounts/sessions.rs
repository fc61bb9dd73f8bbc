//! Sessions: an opaque 256-bit token in the phone, only its hash with us; revocable one by one.

use axum::http::HeaderMap;
use foundation::clock::DAY_MS;
use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IdenStatic, Iterable,
    JoinType, QueryFilter, QuerySelect, QueryTrait, RelationDef,
};

use super::entity::{accounts, memberships, sessions, units};
use super::memberships::access_of_rows;
use super::model::{Account, AccountId, SessionId, UnitAccess, UnitId};
use super::store;
use crate::app::App;

/// `last_seen_at` is written at most this often.
const SEEN_INTERVAL_MS: i64 = 3_600_000;

/// From what kind of front end a request comes (`X-Client`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// H5 inside WeChat.
    H5InWechat,
    /// H5 in another browser.
    H5InBrowser,
    /// The mini-program.
    MiniProgram,
}

impl Client {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Client::H5InWechat => "h5-wechat",
            Client::H5InBrowser => "h5-browser",
            Client::MiniProgram => "mini-program",
        }
    }

    /// Reads the header; anything unknown is an ordinary browser.
    pub fn of_headers(headers: &HeaderMap) -> Self {
        match headers.get("x-client").and_then(|value| value.to_str().ok()) {
            Some("mini-program") => Client::MiniProgram,
            Some("h5-wechat") => Client::H5InWechat,
            _ => Client::H5InBrowser,
        }
    }

    fn from_stored(text: &str) -> Self {
        match text {
            "mini-program" => Client::MiniProgram,
            "h5-wechat" => Client::H5InWechat,
            _ => Client::H5InBrowser,
        }
    }
}

/// A live session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub account: Account,
    /// The unit acted for.
    pub unit_id: Option<UnitId>,
    /// The kind of front end.
    pub client: Client,
    /// The WeChat identity it was made with: (app id, openid). Needed to pay inside WeChat.
    pub wechat: Option<(String, String)>,
}

/// The live session of a token.
pub(super) async fn find_session(app: &App, token: &str) -> Result<Option<Session>, Problem> {
    let select = sessions::Entity::find().filter(sessions::Column::TokenHash.eq(token_hash(token)));
    let Some((row, account)) = live(select, app.now_ms()).find_also_linked_account(app).await? else {
        return Ok(None);
    };
    seen_now(app, &row).await?;
    session_of_rows(row, account).map(Some)
}

/// The live session of a token and its access to the unit that it acts for, as of one moment: nearly every request begins
/// with this look at the database, so it is one.
pub(super) async fn find_session_and_access(
    app: &App,
    token: &str,
) -> Result<Option<(Session, Option<UnitAccess>)>, Problem> {
    let of_unit: RelationDef = sessions::Entity::belongs_to(memberships::Entity)
        .from((sessions::Column::AccountId, sessions::Column::UnitId))
        .to((memberships::Column::AccountId, memberships::Column::UnitId))
        .into();
    let to_unit: RelationDef =
        memberships::Entity::belongs_to(units::Entity).from(memberships::Column::UnitId).to(units::Column::Id).into();
    let select = sessions::Entity::find().filter(sessions::Column::TokenHash.eq(token_hash(token)));
    let select = live(select, app.now_ms())
        .join(JoinType::InnerJoin, to_account())
        .join(JoinType::LeftJoin, of_unit)
        .join(JoinType::LeftJoin, to_unit)
        .filter(accounts::Column::State.eq("active"))
        .select_only();
    let select = with_columns::<accounts::Entity>(with_columns::<sessions::Entity>(select, "s_"), "a_");
    let select = with_columns::<units::Entity>(with_columns::<memberships::Entity>(select, "m_"), "u_");
    let Some(row) = app.database.reader().query_one(&select.into_query()).await? else { return Ok(None) };
    let session = sessions::Model::from_query_result(&row, "s_")?;
    seen_now(app, &session).await?;
    let session = session_of_rows(session, accounts::Model::from_query_result(&row, "a_")?)?;
    // Not by `from_query_result_optional`: it takes a row that cannot be read for none.
    let unit: Option<String> = row.try_get("", "u_id")?;
    let access = match unit {
        None => None,
        Some(_) => {
            let membership = memberships::Model::from_query_result(&row, "m_")?;
            Some(access_of_rows(&membership, units::Model::from_query_result(&row, "u_")?)?)
        }
    };
    Ok(Some((session, access)))
}

/// All columns of a table, each under its name behind `prefix`.
fn with_columns<E: EntityTrait>(
    select: sea_orm::Select<sessions::Entity>,
    prefix: &str,
) -> sea_orm::Select<sessions::Entity> {
    E::Column::iter().fold(select, |select, column| {
        let name = format!("{prefix}{}", column.as_str());
        select.column_as(column, name)
    })
}

async fn seen_now(app: &App, session: &sessions::Model) -> Result<(), Problem> {
    let now = app.now_ms();
    if now - session.last_seen_at > SEEN_INTERVAL_MS {
        touch(app, &session.id, now).await?;
    }
    Ok(())
}

/// A live session by its id: for links that a session has made.
pub(super) async fn live_session(app: &App, id: &SessionId) -> Result<Option<Session>, Problem> {
    let select = sessions::Entity::find_by_id(id.as_str());
    let found = live(select, app.now_ms()).find_also_linked_account(app).await?;
    found.map(|(row, account)| session_of_rows(row, account)).transpose()
}

/// The session that made a link, while it lives.
pub async fn session_of_link(app: &App, id: &SessionId) -> Result<Option<Session>, Problem> {
    live_session(app, id).await
}

fn live(select: sea_orm::Select<sessions::Entity>, now_ms: i64) -> sea_orm::Select<sessions::Entity> {
    select.filter(sessions::Column::RevokedAt.is_null()).filter(sessions::Column::ExpiresAt.gt(now_ms))
}

fn session_of_rows(row: sessions::Model, account: accounts::Model) -> Result<Session, Problem> {
    Ok(Session {
        id: SessionId::from_stored(row.id),
        account: store::account_of_row(account)?,
        unit_id: row.unit_id.map(UnitId::from_stored),
        client: Client::from_stored(&row.client),
        wechat: row.app_id.zip(row.openid),
    })
}

fn to_account() -> RelationDef {
    sessions::Entity::belongs_to(accounts::Entity).from(sessions::Column::AccountId).to(accounts::Column::Id).into()
}

/// A session is nothing without its account, and a disabled account has none.
trait WithAccount {
    async fn find_also_linked_account(self, app: &App) -> Result<Option<(sessions::Model, accounts::Model)>, Problem>;
}

impl WithAccount for sea_orm::Select<sessions::Entity> {
    async fn find_also_linked_account(self, app: &App) -> Result<Option<(sessions::Model, accounts::Model)>, Problem> {
        let reader = app.database.reader();
        let found = self
            .join(JoinType::InnerJoin, to_account())
            .select_also(accounts::Entity)
            .filter(accounts::Column::State.eq("active"))
            .one(reader)
            .await?;
        let Some((session, joined)) = found else { return Ok(None) };
        // A joined row that cannot be read is taken for none. Nobody is sent away for that: read alone, it says why.
        let account = match joined {
            Some(account) => Some(account),
            None => {
                let alone = accounts::Entity::find_by_id(session.account_id.as_str());
                alone.filter(accounts::Column::State.eq("active")).one(reader).await?
            }
        };
        Ok(account.map(|account| (session, account)))
    }
}

async fn touch(app: &App, id: &str, now: i64) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    sessions::Entity::update_many()
        .col_expr(sessions::Column::LastSeenAt, Expr::value(now))
        .filter(sessions::Column::Id.eq(id))
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// What a new session is made of.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub account_id: AccountId,
    /// The unit to start with.
    pub unit_id: Option<UnitId>,
    /// The kind of front end.
    pub client: Client,
    /// What the session list shows, from the user agent.
    pub device: String,
    /// Hash of the key that our front end keeps on the device.
    pub device_key: Option<String>,
    /// From where, for the session list: [`shown_address`].
    pub address: Option<String>,
    /// The WeChat identity it was made with.
    pub wechat: Option<(String, String)>,
}

/// A session just made.
#[derive(Debug, Clone)]
pub struct StartedSession {
    /// Which.
    pub id: SessionId,
    /// For the phone or browser; only its hash is kept here.
    pub token: String,
}

/// Makes a session with a fresh token.
pub async fn start_session<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    new: NewSession,
) -> Result<StartedSession, Problem> {
    let started = StartedSession { id: SessionId::new(), token: new_token() };
    let now = app.now_ms();
    let (app_id, openid) = new.wechat.unzip();
    let row = sessions::ActiveModel {
        id: Set(started.id.to_string()),
        token_hash: Set(token_hash(&started.token)),
        account_id: Set(new.account_id.into()),
        unit_id: Set(new.unit_id.map(String::from)),
        client: Set(new.client.as_str().to_owned()),
        device: Set(new.device.chars().take(80).collect()),
        app_id: Set(app_id),
        openid: Set(openid),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(now + app.config.login.session_days * DAY_MS),
        revoked_at: Set(None),
        device_key: Set(new.device_key),
        address: Set(new.address),
    };
    sessions::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(started)
}

/// Signs out one session of the account; false if it has no such session.
pub async fn end_session(app: &App, account: &AccountId, session: &SessionId) -> Result<bool, Problem> {
    let transaction = app.database.begin_write().await?;
    let ended = end_one(&*transaction, account, session, app.now_ms()).await?;
    transaction.commit().await?;
    Ok(ended)
}

/// Signs out one phone or browser of the account of `present` from afar, and forgets the WeChat that would bring it back by
/// itself: whoever holds a lost phone holds its WeChat as well. The WeChat that `present` was made with stays. False if the
/// account has no such session.
pub async fn sign_out_one(app: &App, present: &Session, session: &SessionId) -> Result<bool, Problem> {
    let (account, now) = (&present.account.id, app.now_ms());
    let transaction = app.database.begin_write().await?;
    let row = sessions::Entity::find_by_id(session.as_str())
        .filter(sessions::Column::AccountId.eq(account.as_str()))
        .one(&*transaction)
        .await?;
    // WeChats before sessions, as whoever signs out everywhere does: so two never wait for each other in a circle.
    if let Some((app_id, openid)) = row.and_then(|row| row.app_id.zip(row.openid)) {
        let in_hand = present.wechat.as_ref().filter(|_| present.id != *session);
        super::wechat_users::unbind_openid(&*transaction, &app_id, &openid, account, in_hand, now).await?;
    }
    if !end_one(&*transaction, account, session, now).await? {
        // Nothing of it counts then, the WeChat neither.
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

async fn end_one<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    session: &SessionId,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let ended = sessions::Entity::update_many()
        .col_expr(sessions::Column::RevokedAt, Expr::value(now_ms))
        .filter(sessions::Column::Id.eq(session.as_str()))
        .filter(sessions::Column::AccountId.eq(account.as_str()))
        .filter(sessions::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Signs an account out everywhere but in `keep`; returns how many sessions there were. WeChats that would sign in again by
/// themselves are forgotten with them, but that of `keep`: whoever changes his own password goes on with the phone in his
/// hand, and nobody else's.
pub async fn sign_out_everywhere<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    keep: Option<&Session>,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let in_hand = keep.and_then(|session| session.wechat.as_ref());
    super::wechat_users::unbind_all(connection, account, in_hand, now_ms).await?;
    end_all_sessions(connection, account, keep.map(|session| &session.id), now_ms).await
}

async fn end_all_sessions<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    keep: Option<&SessionId>,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let mut update = sessions::Entity::update_many()
        .col_expr(sessions::Column::RevokedAt, Expr::value(now_ms))
        .filter(sessions::Column::AccountId.eq(account.as_str()))
        .filter(sessions::Column::RevokedAt.is_null());
    if let Some(keep) = keep {
        update = update.filter(sessions::Column::Id.ne(keep.as_str()));
    }
    Ok(update.exec(connection).await?.rows_affected)
}

/// Acts for another unit from now on; the account must be a member of it (B-02).
pub async fn switch_unit(app: &App, session: &Session, unit: &UnitId) -> Result<(), Problem> {
    if super::memberships::unit_access(app.database.reader(), &session.account.id, unit).await?.is_none() {
        return Err(Problem::not_found("unit_not_found", "没有找到这个单位"));
    }
    let transaction = app.database.begin_write().await?;
    sessions::Entity::update_many()
        .col_expr(sessions::Column::UnitId, Expr::value(unit.as_str()))
        .filter(sessions::Column::Id.eq(session.id.as_str()))
        .exec(&*transaction)
        .await?;
    remember_unit(&*transaction, &session.account.id, unit).await?;
    Ok(transaction.commit().await?)
}

/// The unit that the account starts with next time (B-02).
pub async fn remember_unit<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    unit: &UnitId,
) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LastUnitId, Expr::value(unit.as_str()))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}
