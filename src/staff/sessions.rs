//! Sessions of staff: opaque, hashed, in one cookie that no other site's page can make a browser send.

use axum::http::{HeaderMap, HeaderValue, header};
use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::staff_sessions::{ActiveModel, Column, Entity, Model};
use super::known_browser::KnownBrowser;
use super::lockout::Tries;
use super::model::{StaffSessionId, Stage};
use super::store::{self, StaffRow};
use crate::app::App;

/// The cookie of the console.
pub const COOKIE: &str = "tejian_staff";
/// `last_seen_at` is written at most this often.
const SEEN_INTERVAL_MS: i64 = 60_000;
/// A sign-in that stays half way in is over after this.
const HALF_WAY_MS: i64 = 600_000;

/// A session as stored.
pub type SessionRow = Model;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Such as `Windows 电脑 · 浏览器`.
    pub device: String,
    /// Network address.
    pub address: String,
    /// What limits count by: [`crate::web::ClientAddress::network`].
    pub network: String,
    /// The mark of an officer who has been in this browser.
    pub known: Option<KnownBrowser>,
}

impl Origin {
    /// By whose count tries for this account go.
    pub fn tries(&self, staff_id: &str) -> Tries<'_> {
        let known = self.known.as_ref().and_then(|known| known.of_officer(staff_id));
        known.map_or(Tries::OfAnybody, Tries::Of)
    }
}

/// Makes a session of this stage; returns its token.
pub async fn start<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    staff_id: &str,
    stage: Stage,
    origin: &Origin,
) -> Result<String, DbErr> {
    let token = new_token();
    let now = app.now_ms();
    let life_ms = match stage {
        Stage::In => app.config.staff.session_hours * 3_600_000,
        _ => HALF_WAY_MS,
    };
    let row = ActiveModel {
        id: Set(StaffSessionId::new().into()),
        token_hash: Set(token_hash(&token)),
        staff_id: Set(staff_id.to_owned()),
        stage: Set(stage.as_str().to_owned()),
        new_totp_secret: Set(None),
        new_recovery_hashes: Set(None),
        device: Set(origin.device.chars().take(80).collect()),
        address: Set(origin.address.chars().take(64).collect()),
        step_up_until: Set(None),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(now + life_ms),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(token)
}

/// The live session behind the cookie and its account, if the account may be used.
pub async fn presented(app: &App, headers: &HeaderMap) -> Result<Option<(SessionRow, StaffRow)>, Problem> {
    let Some(token) = crate::accounts::cookie(headers, COOKIE).filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let found = with_account(app, Column::TokenHash.eq(token_hash(&token))).await?;
    if let Some((session, _)) = &found
        && app.now_ms() - session.last_seen_at > SEEN_INTERVAL_MS
    {
        touch(app, &session.id, app.now_ms()).await?;
    }
    Ok(found)
}

/// A live session by its id and its account, if the account may be used.
pub async fn live(app: &App, id: &StaffSessionId) -> Result<Option<(SessionRow, StaffRow)>, Problem> {
    with_account(app, Column::Id.eq(id.as_str())).await
}

async fn with_account(app: &App, which: SimpleExpr) -> Result<Option<(SessionRow, StaffRow)>, Problem> {
    let reader = app.database.reader();
    let now = app.now_ms();
    let row = Entity::find()
        .filter(which)
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::LastSeenAt.gt(now - app.config.staff.idle_minutes * 60_000))
        .one(reader)
        .await?;
    let Some(session) = row else { return Ok(None) };
    let account = store::find(reader, &session.staff_id).await?;
    Ok(account.filter(|account| account.state == store::ACTIVE).map(|account| (session, account)))
}

async fn touch(app: &App, id: &str, now: i64) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// Ends one session of somebody; false if he has no such session.
pub async fn end<C: ConnectionTrait>(connection: &C, staff_id: &str, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Ends all sessions of somebody, but perhaps one.
pub async fn end_all<C: ConnectionTrait>(
    connection: &C,
    staff_id: &str,
    but: Option<&str>,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now_ms))
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::RevokedAt.is_null());
    if let Some(kept) = but {
        update = update.filter(Column::Id.ne(kept));
    }
    Ok(update.exec(connection).await?.rows_affected)
}

/// How many sessions of officers live, also those that are half way in.
///
/// # Errors
/// When the database does not answer.
pub async fn living_sessions<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<u64, DbErr> {
    Entity::find().filter(Column::RevokedAt.is_null()).filter(Column::ExpiresAt.gt(now_ms)).count(connection).await
}

/// Ends them all; returns how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_everybody_out<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<u64, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now_ms))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now_ms))
        .exec(connection)
        .await?;
    Ok(ended.rows_affected)
}

/// Keeps a second factor that is being set up.
pub async fn keep_new_factor<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    secret: &str,
    recovery_hashes: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::NewTotpSecret, Expr::value(secret))
        .col_expr(Column::NewRecoveryHashes, Expr::value(recovery_hashes))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Password and code were given again: dangerous acts are open until then.
pub async fn step_up<C: ConnectionTrait>(connection: &C, id: &str, until: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::StepUpUntil, Expr::value(until))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// One line of the list of signed-in browsers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffSessionLine {
    /// Which.
    pub id: String,
    /// Such as `Windows 电脑 · 浏览器`.
    pub device: String,
    /// Network address.
    pub address: String,
    /// Epoch milliseconds.
    pub signed_in_at: i64,
    /// Epoch milliseconds, to the minute.
    pub last_seen_at: i64,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Live sessions of somebody, newest first; at most 50.
pub async fn list<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    staff_id: &str,
    current: &str,
) -> Result<Vec<StaffSessionLine>, DbErr> {
    let now = app.now_ms();
    let rows = Entity::find()
        .filter(Column::StaffId.eq(staff_id))
        .filter(Column::Stage.eq(Stage::In.as_str()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::LastSeenAt.gt(now - app.config.staff.idle_minutes * 60_000))
        .order_by_desc(Column::Id)
        .limit(50)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| StaffSessionLine {
            current: row.id == current,
            id: row.id,
            device: row.device,
            address: row.address,
            signed_in_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

/// The headers that set (or, with an empty token, remove) the cookie.
pub fn cookie_headers(app: &App, token: &str) -> Result<HeaderMap, Problem> {
    let secure = if app.config.service.public_base_url.starts_with("https://") { "; Secure" } else { "" };
    let max_age_s = if token.is_empty() { 0 } else { app.config.staff.session_hours * 3_600 };
    let text = format!("{COOKIE}={token}; Path=/staff; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}");
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(Problem::internal)?);
    Ok(headers)
}
