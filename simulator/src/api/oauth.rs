//! Web authorization 网页授权: the page at open.weixin.qq.com and the exchange of codes.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::login::{app_of_query, make_code, use_code};
use super::{ApiAnswer, ApiError, ApiRequest, App, ok};
use crate::random;
use crate::shared::{Shared, WireLine};
use crate::world::apps::{CodePurpose, WebToken};

/// Life of a web access token.
const LIFE_S: i64 = 7200;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AuthorizeQuery {
    appid: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    connect_redirect: String,
    /// Pressed 允许 on the consent page.
    sim_allowed: String,
    /// Whose phone opens the page; without it the holder of phone 1.
    sim_user: String,
}

/// GET /connect/oauth2/authorize: silent for snsapi_base, a consent page for snsapi_userinfo.
pub(crate) async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<AuthorizeQuery>,
    headers: HeaderMap,
) -> Response {
    let (note, response) = match redirect_target(&shared, &query) {
        Err((code, text)) => (format!("{code} {text}"), error_page(code, text)),
        Ok((url, purpose)) => ("ok".to_owned(), go(&shared, &query, &headers, &url, purpose)),
    };
    shared.log(WireLine {
        at: shared.now(),
        direction: "in",
        method: "GET".into(),
        path: "/connect/oauth2/authorize".into(),
        status: response.status().as_u16(),
        note,
    });
    response
}

fn redirect_target(shared: &Shared, query: &AuthorizeQuery) -> Result<(url::Url, CodePurpose), (u32, &'static str)> {
    if App::by_id(shared, &query.appid) != Some(App::Mp) {
        return Err((10013, "appid 参数错误"));
    }
    if query.response_type != "code" {
        return Err((10006, "response_type 参数错误"));
    }
    let purpose = match query.scope.as_str() {
        "snsapi_base" => CodePurpose::OAuthBase,
        "snsapi_userinfo" => CodePurpose::OAuthUserInfo,
        _ => return Err((10005, "Scope 参数错误或没有 Scope 权限")),
    };
    let plain = query.state.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if query.state.len() > 128 || !plain {
        return Err((10010, "state 参数错误"));
    }
    let wrong = (10003, "redirect_uri 域名与后台配置不一致");
    let url = url::Url::parse(&query.redirect_uri).map_err(|_| wrong)?;
    let app_host = url::Url::parse(&shared.app().web_base_url).ok().and_then(|base| base.host_str().map(str::to_owned));
    let known = crate::delivery::is_loopback(&url) || url.host_str() == app_host.as_deref();
    if !matches!(url.scheme(), "http" | "https") || !known {
        return Err(wrong);
    }
    Ok((url, purpose))
}

fn go(shared: &Shared, query: &AuthorizeQuery, headers: &HeaderMap, url: &url::Url, purpose: CodePurpose) -> Response {
    if purpose == CodePurpose::OAuthUserInfo && query.sim_allowed.is_empty() {
        return consent_page(shared);
    }
    let openid = visitor(shared, query, headers);
    let faults = shared.faults.settings();
    let with_code = || {
        let code = oauth_code(shared, &openid, purpose);
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("code", &code).append_pair("state", &query.state);
        url.to_string()
    };
    if faults.oauth_twice && query.connect_redirect != "1" {
        // Two callbacks with different codes and the same state, as some clients make them.
        let (first, second) = (json!(with_code()), json!(with_code()));
        return Html(format!(
            "<!doctype html><meta charset=utf-8><title>微信登录</title><script>fetch({first},{{credentials:'include',mode:'no-cors'}}).finally(()=>location.replace({second}))</script>"
        ))
        .into_response();
    }
    (StatusCode::FOUND, [(header::LOCATION, with_code())]).into_response()
}

/// The service-account openid of whoever looks at the page.
fn visitor(shared: &Shared, query: &AuthorizeQuery, headers: &HeaderMap) -> String {
    let cookie = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("sim_user=").map(str::to_owned));
    let given = [Some(query.sim_user.clone()), cookie].into_iter().flatten().find(|openid| !openid.is_empty());
    shared.read(|world| {
        let holder = || world.holders[0].clone();
        let openid = given.unwrap_or_else(holder);
        world.person(&openid).map_or(openid.clone(), |person| person.mp_openid.clone())
    })
}

/// A fresh code for a visitor; virtual for snapshot users.
pub(crate) fn oauth_code(shared: &Shared, openid: &str, purpose: CodePurpose) -> String {
    let snapshot = shared.faults.settings().oauth_snapshot_user;
    let now = shared.now();
    shared.change(|world| {
        let openid = if snapshot {
            format!("oVirtual{}", random::letters(20))
        } else {
            world.person_or_stranger(openid).mp_openid.clone()
        };
        let code = make_code(world, App::Mp, &openid, purpose, now);
        if let Some(made) = world.mp.codes.get_mut(&code) {
            made.snapshot = snapshot;
        }
        code
    })
}

fn consent_page(shared: &Shared) -> Response {
    Html(format!(
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'><title>微信授权</title>\
<style>body{{font:17px sans-serif;margin:0;padding:64px 24px;text-align:center}}button{{width:184px;height:40px;border:0;border-radius:8px;font-size:17px;background:#07c160;color:#fff}}p{{color:#888;font-size:15px}}</style>\
<h2>{} 申请</h2><p>获取你的昵称、头像</p><form><button id=allow type=button onclick=\"location.replace(location.href.replace(/#.*/,'')+'&sim_allowed=1')\">允许</button></form></html>",
        shared.identities.mch_name
    ))
    .into_response()
}

fn error_page(code: u32, text: &str) -> Response {
    Html(format!(
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'><title>出错了</title><body style='font:17px sans-serif;text-align:center;padding-top:96px'><h2>出错了</h2><p>{text}<br>错误码：{code}</p></html>"
    ))
    .into_response()
}

/// GET /sns/oauth2/access_token
pub(super) fn exchange(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let app = app_of_query(shared, request)?;
    if request.parameter("grant_type") != "authorization_code" {
        return Err(ApiError::new(40002, "invalid grant_type"));
    }
    let code = request.parameter("code");
    if code.is_empty() {
        return Err(ApiError::new(41008, "missing code"));
    }
    let now = shared.now();
    let no_unionid = shared.faults.settings().no_unionid;
    shared.change(|world| {
        let purposes = [CodePurpose::OAuthBase, CodePurpose::OAuthUserInfo];
        let used = use_code(world, app, code, &purposes, now)?;
        let scope = match used.purpose {
            CodePurpose::OAuthUserInfo => "snsapi_userinfo",
            _ => "snsapi_base",
        };
        let (token, refresh_token) = (random::letters(107), random::letters(107));
        let mut answer = json!({
            "access_token": token,
            "expires_in": LIFE_S,
            "refresh_token": refresh_token,
            "openid": used.openid,
            "scope": scope,
        });
        if used.snapshot {
            answer["is_snapshotuser"] = json!(1);
        } else if let Some(person) = world.person(&used.openid).filter(|_| !no_unionid) {
            answer["unionid"] = json!(person.unionid);
        }
        let web = WebToken { openid: used.openid, scope: scope.to_owned(), expires_at: now + LIFE_S, refresh_token };
        app.state(world).web_tokens.insert(token, web);
        Ok(ApiAnswer::Json(answer))
    })
}

/// GET /sns/oauth2/refresh_token
pub(super) fn refresh(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let app = App::by_id(shared, request.parameter("appid")).ok_or(ApiError::new(40013, "invalid appid"))?;
    let given = request.parameter("refresh_token");
    let now = shared.now();
    shared.change(|world| {
        let found = app
            .state(world)
            .web_tokens
            .iter_mut()
            .find(|(_, web)| web.refresh_token == given)
            .ok_or(ApiError::new(40030, "invalid refresh_token"))?;
        found.1.expires_at = now + LIFE_S;
        Ok(ApiAnswer::Json(json!({
            "access_token": found.0,
            "expires_in": LIFE_S,
            "refresh_token": given,
            "openid": found.1.openid,
            "scope": found.1.scope,
        })))
    })
}

fn web_token(shared: &Shared, request: &ApiRequest) -> Result<WebToken, ApiError> {
    let token = request.parameter("access_token");
    let web = shared
        .read(|world| world.mp.web_tokens.get(token).cloned())
        .ok_or(ApiError::new(40001, "invalid credential, access_token is invalid or not latest"))?;
    if web.expires_at <= shared.now() {
        return Err(ApiError::new(42001, "access_token expired"));
    }
    if web.openid != request.parameter("openid") {
        return Err(ApiError::new(40003, "invalid openid"));
    }
    Ok(web)
}

/// GET /sns/userinfo: sex and places are empty since 2021.
pub(super) fn user_info(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let web = web_token(shared, request)?;
    if web.scope != "snsapi_userinfo" {
        return Err(ApiError::new(48001, "api unauthorized"));
    }
    shared.read(|world| {
        let person = world.person(&web.openid).ok_or(ApiError::new(40003, "invalid openid"))?;
        Ok(ApiAnswer::Json(json!({
            "openid": web.openid,
            "nickname": person.name,
            "sex": 0,
            "language": "",
            "city": "",
            "province": "",
            "country": "",
            "headimgurl": "",
            "privilege": [],
            "unionid": person.unionid,
        })))
    })
}

/// GET /sns/auth
pub(super) fn check(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    web_token(shared, request).map(|_| ok())
}
