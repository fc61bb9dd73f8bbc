//! The mini-program's login, session and phone number.

use base64::Engine;
use rand::Rng;
use serde_json::json;
use wechat::crypto::digest::hmac_sha256_hex;

use super::{ApiAnswer, ApiError, ApiRequest, App, ok};
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::apps::{Code, CodePurpose};

/// A code lives five minutes.
pub(super) const CODE_LIFE_S: i64 = 300;

/// And is remembered as used or expired so long.
const CODE_MEMORY_S: i64 = 3600;
/// Exchanges of one user within a minute.
const EXCHANGES_PER_MINUTE: usize = 100;

/// Makes a one-time code.
pub(crate) fn make_code(world: &mut World, app: App, openid: &str, purpose: CodePurpose, now: i64) -> String {
    let code = match purpose {
        CodePurpose::Phone => random::hex(64),
        _ => format!("0{}", random::letters(31)),
    };
    let made = Code { openid: openid.to_owned(), purpose, made_at: now, used: false, snapshot: false };
    let codes = &mut app.state(world).codes;
    codes.retain(|_, known| now - known.made_at <= CODE_MEMORY_S);
    codes.insert(code.clone(), made);
    code
}

/// Uses a code up. 40029 unknown or old, 40163 used.
pub(super) fn use_code(
    world: &mut World,
    app: App,
    code: &str,
    purposes: &[CodePurpose],
    now: i64,
) -> Result<Code, ApiError> {
    let invalid = || ApiError::new(40029, "invalid code");
    let known = app.state(world).codes.get_mut(code).ok_or_else(invalid)?;
    if !purposes.contains(&known.purpose) {
        return Err(invalid());
    }
    if known.used {
        return Err(ApiError::new(40163, "code been used"));
    }
    if now - known.made_at > CODE_LIFE_S {
        return Err(invalid());
    }
    known.used = true;
    Ok(known.clone())
}

/// appid and secret in the query, as the sns calls want them.
pub(super) fn app_of_query(shared: &Shared, request: &ApiRequest) -> Result<App, ApiError> {
    let app = App::by_id(shared, request.parameter("appid")).ok_or(ApiError::new(40013, "invalid appid"))?;
    if app.identity(shared).app_secret != request.parameter("secret") {
        return Err(ApiError::new(40125, "invalid appsecret"));
    }
    Ok(app)
}

/// GET /sns/jscode2session
pub(super) fn code_to_session(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let app = app_of_query(shared, request)?;
    if request.parameter("grant_type") != "authorization_code" {
        return Err(ApiError::new(40002, "invalid grant_type"));
    }
    if app != App::Mini {
        return Err(ApiError::new(40013, "invalid appid"));
    }
    let code = request.parameter("js_code");
    if code.is_empty() {
        return Err(ApiError::new(41008, "missing code"));
    }
    let now = shared.now();
    let no_unionid = shared.faults.settings().no_unionid;
    shared.change(|world| {
        let used = use_code(world, app, code, &[CodePurpose::Login], now)?;
        let lately = |known: &&Code| known.used && known.openid == used.openid && now - known.made_at < 60;
        if world.mini.codes.values().filter(lately).count() > EXCHANGES_PER_MINUTE {
            return Err(ApiError::new(45011, "api minute-quota reach limit, must slower, retry next minute"));
        }
        let session_key = world.mini.session_keys.get(&used.openid).cloned().unwrap_or_default();
        let mut answer = json!({"openid": used.openid, "session_key": session_key});
        if let Some(person) = world.person(&used.openid).filter(|_| !no_unionid) {
            answer["unionid"] = json!(person.unionid);
        }
        Ok(ApiAnswer::Json(answer))
    })
}

/// wx.login on the phone: a new code, and a new session_key that kills the old one.
pub(crate) fn login(shared: &Shared, openid: &str) -> String {
    let mut key = [0u8; 16];
    rand::rng().fill(&mut key);
    let session_key = base64::engine::general_purpose::STANDARD.encode(key);
    let now = shared.now();
    shared.change(|world| {
        let openid = world.person_or_stranger(openid).mini_openid.clone();
        world.mini.session_keys.insert(openid.clone(), session_key);
        make_code(world, App::Mini, &openid, CodePurpose::Login, now)
    })
}

/// POST /wxa/business/getuserphonenumber
pub(super) fn phone_number(shared: &Shared, app: App, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    if app != App::Mini {
        return Err(ApiError::new(40013, "invalid appid"));
    }
    let body = request.json()?;
    let code = body["code"].as_str().unwrap_or_default();
    let openid = body["openid"].as_str();
    let now = shared.now();
    shared.change(|world| {
        let known = world.mini.codes.get(code).map(|known| known.openid.clone());
        if openid.is_some() && known.as_deref() != openid {
            return Err(ApiError::new(40029, "invalid code"));
        }
        let used = use_code(world, app, code, &[CodePurpose::Phone], now)?;
        let phone = world
            .person(&used.openid)
            .map(|person| person.phone.clone())
            .ok_or(ApiError::new(40003, "invalid openid"))?;
        Ok(ApiAnswer::Json(json!({
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": phone,
                "purePhoneNumber": phone,
                "countryCode": "86",
                "watermark": {"timestamp": now, "appid": app.identity(shared).app_id},
            },
        })))
    })
}

/// GET /wxa/checksession: the signature is the HMAC of nothing by the session_key text.
pub(super) fn check_session(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    if request.parameter("sig_method") != "hmac_sha256" {
        return Err(ApiError::new(87008, "invalid sig_method"));
    }
    let openid = request.parameter("openid");
    let expected =
        shared.read(|world| world.mini.session_keys.get(openid).map(|key| hmac_sha256_hex(key.as_bytes(), b"")));
    if expected.as_deref() == Some(request.parameter("signature")) {
        Ok(ok())
    } else {
        Err(ApiError::new(87009, "invalid signature"))
    }
}
