//! Sessions: an opaque 256-bit token in the phone, only its hash with us; revocable one by one.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::{Expr, IntoCondition};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
};

use super::entity::{accounts, sessions};
use super::model::{Account, AccountId, SessionId, UnitId};
use super::store;
use crate::app::{App, SharedApp};
use crate::web::{Asker, note_asker};

/// The session cookie of H5; the mini-program sends `Authorization: Bearer` instead.
const COOKIE: &str = "tejian_session";
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

/// Who asks, signed in or not.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session, if one is signed in.
    pub session: Option<Session>,
    /// The kind of front end.
    pub client: Client,
}

impl Visitor {
    /// The session, or 401.
    pub fn demand_session(self) -> Result<Session, Problem> {
        self.session.ok_or_else(Problem::not_signed_in)
    }
}

impl FromRequestParts<SharedApp> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let client = Client::of_headers(&parts.headers);
        let Some((token, from_cookie)) = presented_token(&parts.headers) else {
            return Ok(Self { session: None, client });
        };
        if from_cookie {
            refuse_cross_site(&parts.method, &parts.headers)?;
        }
        let session = find_session(app, &token).await?;
        if session.as_ref().is_some_and(|session| session.account.password_temporary) {
            demand_own_password(parts.uri.path())?;
        }
        if let Some(session) = &session {
            note_asker(Asker::Person(session.id.clone()));
        }
        Ok(Self { session, client })
    }
}

/// What somebody may do who signed in with a password that another person made and knows: see who he is, prove himself,
/// choose his own, leave.
const OPEN_WITH_FIRST_PASSWORD: [&str; 7] = [
    "/api/v1/session",
    "/api/v1/password",
    "/api/v1/proofs/code",
    "/api/v1/sms-codes",
    "/api/v1/captcha",
    "/api/v1/preferences",
    "/wechat/oauth",
];

fn demand_own_password(path: &str) -> Result<(), Problem> {
    let below = |open: &str| path.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if OPEN_WITH_FIRST_PASSWORD.iter().any(|open| below(open)) || path.starts_with("/api/v1/recovery/") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "own_password_needed", "您用的是别人给的初始密码，要先改成自己的")
        .field("new_password", "请设置自己的密码")
        .advice("请先设置新密码，再继续办理"))
}

/// For routes that need somebody signed in, whatever his units: 401 before anything else of the request is looked at.
impl FromRequestParts<SharedApp> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        Visitor::from_request_parts(parts, app).await?.demand_session()
    }
}

/// A cookie is sent by the browser even for a request that another site made; our own front end adds a header that
/// another site cannot add.
pub fn refuse_cross_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let reads_only = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads_only || headers.get("x-requested-with").is_some_and(|value| value.as_bytes() == b"tejian") {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "cross_site_request", "请求来源不对，没有执行")
        .advice("请从服务号菜单重新进入；程序调用时请带上请求头 X-Requested-With: tejian"))
}

fn presented_token(headers: &HeaderMap) -> Option<(String, bool)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| (token.trim().to_owned(), false));
    bearer.or_else(|| cookie(headers, COOKIE).map(|token| (token, true)))
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The `Set-Cookie` text for a session token; an empty token removes it.
pub fn session_cookie(app: &App, token: &str) -> String {
    cookie_text(app, COOKIE, token, app.config.login.session_days * 86_400)
}

/// A cookie of ours: never readable by scripts, never sent with another site's form, only over TLS in production.
pub fn cookie_text(app: &App, name: &str, value: &str, max_age_s: i64) -> String {
    let secure = if app.config.service.public_base_url.starts_with("https://") { "; Secure" } else { "" };
    let max_age_s = if value.is_empty() { 0 } else { max_age_s };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}")
}

async fn find_session(app: &App, token: &str) -> Result<Option<Session>, Problem> {
    let select = sessions::Entity::find().filter(sessions::Column::TokenHash.eq(token_hash(token)));
    let Some((row, account)) = live(select, app.now_ms()).find_also_linked_account(app).await? else {
        return Ok(None);
    };
    let now = app.now_ms();
    if now - row.last_seen_at > SEEN_INTERVAL_MS {
        touch(app, &row.id, now).await?;
    }
    session_of_rows(row, account).map(Some)
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

/// A session is nothing without its account, and a disabled account has none.
trait WithAccount {
    async fn find_also_linked_account(self, app: &App) -> Result<Option<(sessions::Model, accounts::Model)>, Problem>;
}

impl WithAccount for sea_orm::Select<sessions::Entity> {
    async fn find_also_linked_account(self, app: &App) -> Result<Option<(sessions::Model, accounts::Model)>, Problem> {
        let to_account: RelationDef = sessions::Entity::belongs_to(accounts::Entity)
            .from(sessions::Column::AccountId)
            .to(accounts::Column::Id)
            .into();
        let found = self
            .join(JoinType::InnerJoin, to_account)
            .select_also(accounts::Entity)
            .filter(accounts::Column::State.eq("active"))
            .one(app.database.reader())
            .await?;
        Ok(found.and_then(|(session, account)| Some((session, account?))))
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
        expires_at: Set(now + app.config.login.session_days * 86_400_000),
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
    let ended = sessions::Entity::update_many()
        .col_expr(sessions::Column::RevokedAt, Expr::value(app.now_ms()))
        .filter(sessions::Column::Id.eq(session.as_str()))
        .filter(sessions::Column::AccountId.eq(account.as_str()))
        .filter(sessions::Column::RevokedAt.is_null())
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
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
/// the account before is known, whatever the device. The very first login of an account is no news.
pub async fn is_new_device<C: ConnectionTrait>(connection: &C, new: &NewSession) -> Result<bool, DbErr> {
    let of_account = || {
        sessions::Entity::find()
            .filter(sessions::Column::AccountId.eq(new.account_id.as_str()))
            .select_only()
            .column(sessions::Column::Id)
            .limit(1)
            .into_tuple::<String>()
    };
    if of_account().one(connection).await?.is_none() {
        return Ok(false);
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
