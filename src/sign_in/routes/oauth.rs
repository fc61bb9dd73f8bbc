//! The two addresses of the OAuth round trip. People open them in WeChat, so answers are redirects and pages.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use foundation::problem::Problem;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;
use utoipa::IntoParams;

use crate::accounts::own_cookie;
use crate::app::{App, SharedApp};
use crate::sign_in::caller::Caller;
use crate::sign_in::oauth::{self, BROWSER_COOKIE, Landing, Stopped};
use crate::web::{self, Query};

/// Where to come back to.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// A page of ours: path and hash, such as `/h5/#/pages/home/home`.
    return_to: Option<String>,
}

/// What WeChat brings.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// Good once, for five minutes.
    code: Option<String>,
    /// Ours, as it was sent.
    #[serde(default)]
    state: String,
}

/// Entry of every link that is opened inside WeChat: asks WeChat silently who it is and comes back to the page.
#[utoipa::path(get, path = "/wechat/oauth/start", tag = "session", params(StartQuery), responses(
    (status = 302, description = "to WeChat, or to the page when there is no service account"),
))]
pub async fn start(
    State(app): State<SharedApp>,
    headers: HeaderMap,
    Query(query): Query<StartQuery>,
) -> Result<Response, Problem> {
    let browser = own_cookie(&app, &headers, BROWSER_COOKIE);
    let landing = oauth::start(&app, browser, query.return_to.as_deref(), 0).await?;
    Ok(redirect(landing))
}

/// WeChat's answer; tolerates being opened twice.
#[utoipa::path(get, path = "/wechat/oauth/callback", tag = "session", params(CallbackQuery), responses(
    (status = 302, description = "to the page, signed in when the openid is bound"),
    (status = 400, description = "a page with a button: not begun in this browser, or too long ago"),
    (status = 503, description = "a page with a button: WeChat does not answer"),
))]
pub async fn callback(
    State(app): State<SharedApp>,
    headers: HeaderMap,
    caller: Caller,
    Query(query): Query<CallbackQuery>,
) -> Result<Response, Problem> {
    let browser = own_cookie(&app, &headers, BROWSER_COOKIE);
    match oauth::finish(&app, &caller, browser.as_deref(), query.code.as_deref(), &query.state).await {
        Ok(landing) => Ok(redirect(landing)),
        Err(Stopped::Problem(problem)) => Err(problem),
        Err(Stopped::UnknownState) => {
            let sentence = "这个登录链接已经失效，没有登录。请重新进入。";
            Ok(page(&app, StatusCode::BAD_REQUEST, "登录链接已失效", sentence, "/h5/"))
        }
        Err(Stopped::CodeSpent { return_to }) => {
            let sentence = "微信没有认出这次登录，没有登录，也没有扣款。请再试一次。";
            Ok(page(&app, StatusCode::BAD_REQUEST, "微信登录没有成功", sentence, &return_to))
        }
        Err(Stopped::Unavailable { return_to, cause }) => {
            tracing::warn!(cause, "WeChat does not tell who it is");
            let sentence = "微信暂时没有应答，没有登录，也没有扣款。请稍后再试，或用手机号登录。";
            Ok(page(&app, StatusCode::SERVICE_UNAVAILABLE, "微信登录暂时不可用", sentence, &return_to))
        }
    }
}

fn redirect(landing: Landing) -> Response {
    let mut response = (StatusCode::FOUND, landing.headers).into_response();
    match HeaderValue::from_str(&landing.to) {
        Ok(to) => {
            response.headers_mut().insert(header::LOCATION, to);
            response
        }
        Err(error) => Problem::internal(error).into_response(),
    }
}

fn page(app: &App, status: StatusCode, title: &str, sentence: &str, return_to: &str) -> Response {
    let again: String = byte_serialize(return_to.as_bytes()).collect();
    let body = format!(
        "<h1>{title}</h1><p>{sentence}</p><a class=go href=\"/wechat/oauth/start?return_to={again}\">重新进入</a>\
         <a class=go href=\"{}\">用手机号登录</a><p><small>客服电话 {}（{}）</small></p>",
        web::escape(return_to),
        web::escape(&app.config.service.service_phone),
        web::escape(&app.config.service.service_hours),
    );
    (status, Html(web::page(title, &body))).into_response()
}
