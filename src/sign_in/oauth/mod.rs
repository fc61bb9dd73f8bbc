//! In from the service account: one silent round trip to WeChat (`snsapi_base`), and back on the page that was wanted.
//!
//! A bound person comes back signed in; anybody else as a visitor with a ticket, so that the next login in this browser
//! binds. Visitors of snapshot pages have a virtual openid: they are neither bound nor signed in. A page that names a unit
//! (`unit=unt_…`, as links of messages do) opens acting for it.

mod exchange;
mod return_to;
mod states;

use axum::http::HeaderMap;
use foundation::problem::Problem;
use foundation::secret_hash::new_token;
use wechat::mp::OauthScope;

use self::exchange::{ExchangeError, Found};
pub use self::states::BROWSER_COOKIE;
use self::states::RoundTrip;
use super::caller::Caller;
use super::entrance::{self, Entered, WechatPerson};
use super::{reply, tickets};
use crate::accounts::{self, Session, UnitId, cookie_text};
use crate::app::App;

/// Where the browser goes next, and the cookies it takes along.
pub struct Landing {
    /// A path of ours, or WeChat's authorisation page.
    pub to: String,
    /// Cookies.
    pub headers: HeaderMap,
}

/// Why a round trip ends on a page with a button.
pub enum Stopped {
    /// Not begun by this browser, too long ago, or forged.
    UnknownState,
    /// The code was spent twice in a row.
    CodeSpent {
        /// Where the person wanted to go.
        return_to: String,
    },
    /// WeChat does not answer.
    Unavailable {
        /// Where the person wanted to go.
        return_to: String,
        /// For the log.
        cause: String,
    },
    /// Ours.
    Problem(Problem),
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Stopped::Problem(problem)
    }
}

impl From<sea_orm::DbErr> for Stopped {
    fn from(error: sea_orm::DbErr) -> Self {
        Stopped::Problem(error.into())
    }
}

/// Begins a round trip. Without a service account the page opens at once, for visitors.
pub async fn start(app: &App, browser: Option<String>, wanted: Option<&str>, attempt: i64) -> Result<Landing, Problem> {
    let return_to = return_to::safe(wanted);
    let mut headers = HeaderMap::new();
    let Some(mp) = app.wechat.mp() else { return Ok(Landing { to: return_to, headers }) };
    // Two tabs of one browser share the mark, so that neither ends the other's round trip.
    let browser = browser.filter(|mark| mark.len() == 64).unwrap_or_else(new_token);
    let transaction = app.database.begin_write().await?;
    let state = states::begin(&*transaction, &browser, RoundTrip { return_to, attempt }, app.now_ms()).await?;
    transaction.commit().await?;
    reply::set_cookie(&mut headers, &cookie_text(app, BROWSER_COOKIE, &browser, states::TTL_MS / 1_000));
    let callback = format!("{}/wechat/oauth/callback", app.config.service.public_base_url);
    let to = mp.oauth_authorize_url(&callback, &state, OauthScope::Base).map_err(Problem::internal)?;
    Ok(Landing { to, headers })
}

/// Ends a round trip.
pub async fn finish(
    app: &App,
    caller: &Caller,
    browser: Option<&str>,
    code: Option<&str>,
    state: &str,
) -> Result<Landing, Stopped> {
    let mp = app.wechat.demand_mp()?;
    let browser = browser.ok_or(Stopped::UnknownState)?;
    let trip = states::find(app.database.reader(), browser, state, app.now_ms()).await?;
    let RoundTrip { return_to, attempt } = trip.ok_or(Stopped::UnknownState)?;
    let Some(code) = code.filter(|code| !code.is_empty()) else {
        // The person refused; the page is open to visitors too.
        return Ok(Landing { to: return_to, headers: HeaderMap::new() });
    };
    match exchange::exchange(&app.cache, mp, code).await {
        Ok(found) => Ok(Landing { headers: land(app, caller, found, &return_to).await?, to: return_to }),
        Err(ExchangeError::CodeSpent) if attempt == 0 => {
            Ok(start(app, Some(browser.to_owned()), Some(&return_to), 1).await?)
        }
        Err(ExchangeError::CodeSpent) => Err(Stopped::CodeSpent { return_to }),
        Err(ExchangeError::Unavailable(cause)) => Err(Stopped::Unavailable { return_to, cause }),
    }
}

/// The cookies with which a person lands.
async fn land(app: &App, caller: &Caller, found: Found, return_to: &str) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    if found.is_snapshot {
        return Ok(headers);
    }
    let person = found.person;
    let present = caller.session.as_ref().filter(|session| !belongs_to_another(session, &person));
    let unit = unit_of_page(return_to);
    if let Some(session) = present.filter(|session| session.wechat.is_some()) {
        prefer_unit(app, session, unit).await?;
        return Ok(headers);
    }
    let bound = entrance::account_of(app.database.reader(), &person).await?;
    let transaction = app.database.begin_write().await?;
    let entered: Option<Entered> = match (present, bound) {
        // Signed in before WeChat was asked: the session goes on and now knows whom to charge.
        (Some(session), bound) => {
            if bound.is_none() {
                bind(app, &*transaction, &person, session).await?;
            }
            let (account, unit_id) = (session.account.clone(), session.unit_id.clone());
            Some(entrance::begin(app, &*transaction, caller, account, unit_id, Some(person)).await?)
        }
        (None, Some(account)) => Some(entrance::enter(app, &*transaction, caller, account, Some(person)).await?),
        (None, None) => {
            let ticket = tickets::issue(&*transaction, &person, app.now_ms()).await?;
            reply::set_ticket_cookie(app, &ticket, &mut headers);
            reply::set_cookie(&mut headers, &accounts::session_cookie(app, ""));
            None
        }
    };
    transaction.commit().await?;
    entrance::leave_previous(app, caller).await?;
    if let Some(entered) = entered {
        prefer_unit(app, &entered.session, unit).await?;
        reply::set_entered_cookies(app, &entered, &mut headers);
    }
    Ok(headers)
}

/// The unit a page is about.
fn unit_of_page(page: &str) -> Option<UnitId> {
    page.split(['?', '&', '#']).find_map(|part| part.strip_prefix("unit=")).and_then(|id| id.parse().ok())
}

/// Acts for the unit the page is about, if the account may.
async fn prefer_unit(app: &App, session: &Session, unit: Option<UnitId>) -> Result<(), Problem> {
    let Some(unit) = unit.filter(|unit| session.unit_id.as_ref() != Some(unit)) else { return Ok(()) };
    let is_member = accounts::unit_access(app.database.reader(), &session.account.id, &unit).await?.is_some();
    if is_member { accounts::switch_unit(app, session, &unit).await } else { Ok(()) }
}

/// The phone changed hands: the session was made by another WeChat person.
fn belongs_to_another(session: &Session, person: &WechatPerson) -> bool {
    session.wechat.as_ref().is_some_and(|(app_id, openid)| *app_id == person.app_id && *openid != person.openid)
}

async fn bind<C: sea_orm::ConnectionTrait>(
    app: &App,
    connection: &C,
    person: &WechatPerson,
    session: &Session,
) -> Result<(), Problem> {
    let WechatPerson { app_id, openid, unionid } = person;
    let account = &session.account.id;
    Ok(accounts::bind_openid(connection, app_id, openid, unionid.as_deref(), account, app.now_ms()).await?)
}
