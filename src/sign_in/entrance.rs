//! What happens once it is known who somebody is, whatever way he came: bind, choose the unit, make the session.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::caller::Caller;
use super::tickets;
use crate::accounts::{self, Account, NewSession, Session, UnitId};
use crate::app::App;
use crate::fees;
use crate::happenings::{PersonEvent, publish_person};

/// A person as WeChat knows him, under one of our apps.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WechatPerson {
    /// Of which app the openid is.
    pub app_id: String,
    /// Valid for that app only.
    pub openid: String,
    /// The same for all apps of one open-platform account.
    pub unionid: Option<String>,
}

/// A session just made; the token leaves the house once, with the answer.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The session.
    pub session: Session,
    /// Its token.
    pub token: String,
}

/// The WeChat identity this login binds: that of the ticket, or the one the present session already has.
pub async fn wechat_person_of<C: ConnectionTrait>(
    connection: &C,
    caller: &Caller,
    ticket: Option<&str>,
    now_ms: i64,
) -> Result<Option<WechatPerson>, Problem> {
    if let Some(ticket) = ticket.or(caller.ticket.as_deref())
        && let Some(person) = tickets::take(connection, ticket, now_ms).await?
    {
        return Ok(Some(person));
    }
    let of_session = caller.session.as_ref().and_then(|session| session.wechat.clone());
    Ok(of_session.map(|(app_id, openid)| WechatPerson { app_id, openid, unionid: None }))
}

/// Who asks, as far as WeChat has told: the identity of the session, else that of the ticket which a silent round trip
/// (cookie) or `wx.login` (`ticket`) left. Nothing is used up.
pub async fn known_person(app: &App, caller: &Caller, ticket: Option<&str>) -> Result<Option<WechatPerson>, Problem> {
    if let Some((app_id, openid)) = caller.session.as_ref().and_then(|session| session.wechat.clone()) {
        return Ok(Some(WechatPerson { app_id, openid, unionid: None }));
    }
    match ticket.or(caller.ticket.as_deref()) {
        Some(ticket) => tickets::look(app.database.reader(), ticket, app.now_ms()).await,
        None => Ok(None),
    }
}

/// The account a WeChat person is bound to, directly or through another of our apps (unionid).
pub async fn account_of<C: ConnectionTrait>(connection: &C, person: &WechatPerson) -> Result<Option<Account>, Problem> {
    let bound = accounts::account_of_openid(connection, &person.app_id, &person.openid).await?;
    match (&bound, &person.unionid) {
        (None, Some(unionid)) => accounts::account_of_unionid(connection, unionid).await,
        _ => Ok(bound),
    }
}

/// Signs in: binds the WeChat identity, chooses the unit and makes a new session, whose token was never seen before
/// (nobody can have planted it). Call [`leave_previous`] after the commit.
pub async fn enter<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    caller: &Caller,
    account: Account,
    person: Option<WechatPerson>,
) -> Result<Entered, Problem> {
    enter_by(app, connection, caller, account, person, false).await
}

async fn enter_by<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    caller: &Caller,
    account: Account,
    person: Option<WechatPerson>,
    by_password: bool,
) -> Result<Entered, Problem> {
    if let Some(person) = &person {
        let WechatPerson { app_id, openid, unionid } = person;
        let now_ms = app.now_ms();
        accounts::bind_openid(connection, app_id, openid, unionid.as_deref(), &account.id, now_ms).await?;
    }
    if account.deletion_due_at.is_some() {
        // Whoever signs in wants his account (B-45).
        accounts::plan_deletion(connection, &account.id, None).await?;
    }
    let unit_id = choose_unit(connection, &account).await?;
    start(app, connection, caller, account, unit_id, person, by_password).await
}

/// As [`enter`], by a password alone: should the device be new, its owner is told by a text message as well.
pub async fn enter_by_password<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    caller: &Caller,
    account: Account,
    person: Option<WechatPerson>,
) -> Result<Entered, Problem> {
    enter_by(app, connection, caller, account, person, true).await
}

/// Makes a session without binding anything.
pub async fn begin<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    caller: &Caller,
    account: Account,
    unit_id: Option<UnitId>,
    person: Option<WechatPerson>,
) -> Result<Entered, Problem> {
    start(app, connection, caller, account, unit_id, person, false).await
}

async fn start<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    caller: &Caller,
    account: Account,
    unit_id: Option<UnitId>,
    person: Option<WechatPerson>,
    by_password: bool,
) -> Result<Entered, Problem> {
    let wechat = person.map(|person| (person.app_id, person.openid));
    let new = NewSession {
        account_id: account.id.clone(),
        unit_id: unit_id.clone(),
        client: caller.client,
        device: caller.device.clone(),
        device_key: caller.device_key.clone(),
        address: Some(accounts::shown_address(&caller.address)),
        wechat: wechat.clone(),
    };
    let is_new_device = accounts::is_new_device(connection, &new, app.now_ms()).await?;
    let started = accounts::start_session(app, connection, new).await?;
    if is_new_device {
        let event = PersonEvent::NewDevice { session_id: started.id.to_string(), by_password };
        publish_person(connection, event, app.now_ms()).await?;
    }
    let session = Session { id: started.id, account, unit_id, client: caller.client, wechat };
    Ok(Entered { session, token: started.token })
}

/// Ends the session that was there before, if any.
pub async fn leave_previous(app: &App, caller: &Caller) -> Result<(), Problem> {
    if let Some(previous) = &caller.session {
        accounts::end_session(app, &previous.account.id, &previous.id).await?;
    }
    Ok(())
}

/// The unit to start with (B-02): last used, else the first with something to pay, else the first by name.
async fn choose_unit<C: ConnectionTrait>(connection: &C, account: &Account) -> Result<Option<UnitId>, Problem> {
    let units = accounts::units_of(connection, &account.id).await?;
    let is_member = |unit: &UnitId| units.iter().any(|access| access.unit.id == *unit);
    if let Some(last) = account.last_unit_id.clone().filter(is_member) {
        return Ok(Some(last));
    }
    if units.len() > 1 {
        let payable = fees::payable_counts(connection, account).await?;
        let with_fees =
            units.iter().find(|access| payable.get(access.unit.id.as_str()).is_some_and(|count| *count > 0));
        if let Some(access) = with_fees {
            return Ok(Some(access.unit.id.clone()));
        }
    }
    Ok(units.into_iter().next().map(|access| access.unit.id))
}
