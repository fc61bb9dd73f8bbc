//! Access tokens: two families that know nothing of each other, and the JS-SDK tickets.

use serde_json::json;

use super::{ApiAnswer, ApiError, ApiRequest, App};
use crate::random;
use crate::shared::Shared;
use crate::world::apps::{Ticket, Token, TokenFamily};

/// Life of a token or ticket.
const LIFE_S: i64 = 7200;
/// How long the old token lives beside the new one; also the reserve of a stable token.
const OVERLAP_S: i64 = 300;
/// Forced refreshes closer together do nothing.
const FORCE_PAUSE_S: i64 = 30;
/// Forced refreshes of one day.
const FORCE_PER_DAY: usize = 20;

fn known_app(shared: &Shared, app_id: &str, secret: &str, grant: &str) -> Result<App, ApiError> {
    if grant != "client_credential" {
        return Err(ApiError::new(40002, "invalid grant_type"));
    }
    let app = App::by_id(shared, app_id).ok_or(ApiError::new(40013, "invalid appid"))?;
    if app.identity(shared).app_secret != secret {
        return Err(ApiError::new(40125, "invalid appsecret"));
    }
    Ok(app)
}

/// GET /cgi-bin/token: every call makes a new one, the one before lives five minutes more.
pub(super) fn plain(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let (app_id, secret) = (request.parameter("appid"), request.parameter("secret"));
    let app = known_app(shared, app_id, secret, request.parameter("grant_type"))?;
    let now = shared.now();
    let value = shared.change(|world| {
        let family = &mut app.state(world).plain_tokens;
        family.renew(now, OVERLAP_S)
    });
    Ok(ApiAnswer::Json(json!({"access_token": value, "expires_in": LIFE_S})))
}

/// POST /cgi-bin/stable_token: the same token while it lives; renewed five minutes before its end.
pub(super) fn stable(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    if request.method != axum::http::Method::POST {
        return Err(ApiError::new(43002, "require POST method"));
    }
    let body = request.json()?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let app = known_app(shared, text("appid"), text("secret"), text("grant_type"))?;
    let force = body["force_refresh"].as_bool().unwrap_or(false);
    let now = shared.now();
    shared.change(|world| {
        let family = &mut app.state(world).stable_tokens;
        if force && family.may_force(now)? {
            family.previous.clear();
            family.renew(now, 0);
            family.forced_at.push(now);
        }
        let fresh = family.current.as_ref().is_some_and(|token| token.expires_at - now >= OVERLAP_S);
        if !fresh {
            family.renew(now, OVERLAP_S);
        }
        let token = family.current.as_ref().ok_or(ApiError::new(-1, "system error"))?;
        Ok(ApiAnswer::Json(json!({
            "access_token": token.value,
            "expires_in": token.expires_at - now,
        })))
    })
}

impl TokenFamily {
    /// A new token; the present one lives at most `overlap_s` more.
    fn renew(&mut self, now: i64, overlap_s: i64) -> String {
        if let Some(mut old) = self.current.take() {
            old.expires_at = old.expires_at.min(now + overlap_s);
            self.previous.push(old);
        }
        self.previous.retain(|token| token.expires_at > now);
        let value = format!("{}_{}", 90 + now % 10, random::letters(133));
        self.current = Some(Token { value: value.clone(), expires_at: now + LIFE_S });
        value
    }

    /// Whether a forced refresh would do something; an error beyond the day's quota.
    fn may_force(&mut self, now: i64) -> Result<bool, ApiError> {
        self.forced_at.retain(|at| now - at < crate::instants::DAY_S);
        if self.forced_at.len() >= FORCE_PER_DAY {
            return Err(ApiError::new(45009, "reach max api daily quota limit"));
        }
        Ok(self.forced_at.last().is_none_or(|at| now - at >= FORCE_PAUSE_S))
    }

    fn find(&self, value: &str) -> Option<&Token> {
        self.current.iter().chain(&self.previous).find(|token| token.value == value)
    }

    /// Kills every token, as a competing party with a forced refresh would.
    pub(crate) fn invalidate(&mut self) {
        self.current = None;
        self.previous.clear();
    }
}

/// The app behind `access_token`.
pub(super) fn authorize(shared: &Shared, request: &ApiRequest) -> Result<App, ApiError> {
    let value = request.parameter("access_token");
    if value.is_empty() {
        return Err(ApiError::new(41001, "access_token missing"));
    }
    let now = shared.now();
    shared.change(|world| {
        for app in [App::Mp, App::Mini] {
            let state = app.state(world);
            let found = state.plain_tokens.find(value).or_else(|| state.stable_tokens.find(value));
            match found {
                Some(token) if token.expires_at > now => return Ok(app),
                Some(_) => return Err(ApiError::new(42001, "access_token expired")),
                None => {}
            }
        }
        Err(ApiError::new(
            40001,
            "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
        ))
    })
}

/// GET /cgi-bin/ticket/getticket
pub(super) fn ticket(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let kind = request.parameter("type");
    if !matches!(kind, "jsapi" | "wx_card") {
        return Err(ApiError::new(40097, "invalid args"));
    }
    let now = shared.now();
    let ticket = shared.change(|world| {
        let tickets = &mut world.mp.tickets;
        tickets.retain(|_, ticket| ticket.expires_at > now);
        let fresh = || Ticket { value: random::letters(86), expires_at: now + LIFE_S };
        tickets.entry(kind.to_owned()).or_insert_with(fresh).clone()
    });
    Ok(ApiAnswer::Json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "ticket": ticket.value,
        "expires_in": ticket.expires_at - now,
    })))
}
