//! The server address of the account (服务器配置), and the signature its pages need.

use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat::mp::reply;
use wechat::mp::server::{MessageError, MessageServer};

use super::pushes;
use crate::app::{App, SharedApp};
use crate::web::{Chosen, Json, Query};

/// WeChat waits five seconds; what takes longer is answered with `success` and goes on without it.
const PATIENCE: Duration = Duration::from_millis(4_000);
/// A push that is still not dealt with after so long never will be.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// What WeChat pushes is a few KiB; anybody may send it, and it is read before its signature is looked at.
const PUSH_BYTES_MAX: usize = 64 * 1024;

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(verify, receive))
        .routes(routes!(verify_mini, receive_mini))
        .routes(routes!(js_config))
        .layer(DefaultBodyLimit::max(PUSH_BYTES_MAX))
}

/// WeChat verifies the address: the answer is `echostr`, exactly.
#[utoipa::path(get, path = "/wechat/mp", tag = "wechat", responses(
    (status = 200, description = "echostr", body = String, content_type = "text/plain"),
    (status = 403, description = "the signature does not fit"),
))]
async fn verify(State(app): State<SharedApp>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let server = demand_server(&app)?;
    match server.verify_url(&pairs(query.as_deref())) {
        Ok(echo) => Ok(plain(StatusCode::OK, echo)),
        Err(error) => Ok(refused(&error)),
    }
}

/// Messages and events, encrypted (mp §1–4).
#[utoipa::path(post, path = "/wechat/mp", tag = "wechat", request_body(content = String, content_type = "text/xml"), responses(
    (status = 200, description = "`success`, or an encrypted reply", body = String, content_type = "text/xml"),
    (status = 400, description = "no push"),
    (status = 403, description = "the signature does not fit"),
))]
async fn receive(State(app): State<SharedApp>, RawQuery(query): RawQuery, body: Bytes) -> Result<Response, Problem> {
    let server = demand_server(&app)?;
    let (inbound, answerer) = match server.open_to_answer(&pairs(query.as_deref()), &body) {
        Ok(opened) => opened,
        Err(error) => return Ok(refused(&error)),
    };
    let taken = tokio::spawn({
        let (app, inbound) = (app.clone(), inbound.clone());
        // Nobody listens any more then, and its connection is wanted.
        async move { tokio::time::timeout(GIVEN_UP_AFTER, pushes::take(&app, &inbound)).await }
    });
    let text = match tokio::time::timeout(PATIENCE, taken).await {
        Ok(Ok(Ok(Ok(text)))) => text,
        Ok(Ok(Ok(Err(problem)))) => {
            // Not kept: WeChat repeats it.
            return Err(problem);
        }
        Ok(Err(error)) => return Err(Problem::internal(error)),
        Ok(Ok(Err(_))) | Err(_) => None,
    };
    let Some(text) = text else { return Ok(plain(StatusCode::OK, reply::ACKNOWLEDGE.to_owned())) };
    let now = app.now_ms().div_euclid(1_000);
    let sealed = answerer.seal(&reply::text(&inbound, &text, now), now);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], sealed).into_response())
}

/// The same for the mini-program's address.
#[utoipa::path(get, path = "/wechat/mini", tag = "wechat", responses(
    (status = 200, description = "echostr", body = String, content_type = "text/plain"),
    (status = 403, description = "the signature does not fit"),
))]
async fn verify_mini(State(app): State<SharedApp>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    match demand_mini_server(&app)?.verify_url(&pairs(query.as_deref())) {
        Ok(echo) => Ok(plain(StatusCode::OK, echo)),
        Err(error) => Ok(refused(&error)),
    }
}

/// What WeChat tells of the mini-program: which subscription messages got there, which consents were taken back.
#[utoipa::path(post, path = "/wechat/mini", tag = "wechat", request_body(content = String, content_type = "text/xml"), responses(
    (status = 200, description = "`success`", body = String, content_type = "text/plain"),
    (status = 400, description = "no push"),
    (status = 403, description = "the signature does not fit"),
))]
async fn receive_mini(
    State(app): State<SharedApp>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Problem> {
    match demand_mini_server(&app)?.open_message(&pairs(query.as_deref()), &body) {
        Ok(inbound) => {
            pushes::take_of_mini(&app, &inbound).await?;
            Ok(plain(StatusCode::OK, reply::ACKNOWLEDGE.to_owned()))
        }
        Err(error) => Ok(refused(&error)),
    }
}

fn demand_mini_server(app: &App) -> Result<&MessageServer, Problem> {
    app.wechat.mini_pushes().ok_or_else(|| Problem::not_found("channel_unavailable", "小程序消息推送还没有配置"))
}

fn demand_server(app: &App) -> Result<&MessageServer, Problem> {
    app.wechat.pushes().ok_or_else(|| Problem::not_found("channel_unavailable", "服务号消息还没有配置"))
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.unwrap_or("").as_bytes()).into_owned().collect()
}

fn plain(status: StatusCode, text: String) -> Response {
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, content_type, Extension(Chosen), text).into_response()
}

fn refused(error: &MessageError) -> Response {
    tracing::info!(%error, "a push was refused");
    let status = match error {
        MessageError::Xml(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::FORBIDDEN,
    };
    plain(status, "refused".to_owned())
}

/// The page that is to be signed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JsConfigQuery {
    /// `location.href` of the very page; a hash is ignored.
    url: String,
}

/// The parameters of `wx.config`.
#[derive(Serialize, ToSchema)]
struct JsConfig {
    /// AppID.
    app_id: String,
    /// Unix seconds.
    timestamp: i64,
    /// Random text.
    nonce_str: String,
    /// Lower-case hexadecimal SHA-1.
    signature: String,
}

/// Signs a page of ours for WeChat's JS-SDK (mp §7).
#[utoipa::path(get, path = "/api/v1/wechat/js-config", tag = "wechat", params(JsConfigQuery), responses(
    (status = 200, body = JsConfig),
    (status = 422, description = "foreign_page: not a page of ours", body = ErrorAnswer),
    (status = 503, description = "wechat_unavailable, channel_unavailable", body = ErrorAnswer),
))]
async fn js_config(
    State(app): State<SharedApp>,
    Query(query): Query<JsConfigQuery>,
) -> Result<Json<JsConfig>, Problem> {
    let mp = app.wechat.demand_mp()?;
    if !is_our_page(&app, &query.url) {
        return Err(Problem::unacceptable("foreign_page", "只能为本系统的页面签名").advice("请从服务号菜单重新进入"));
    }
    let signed = mp.jssdk_signature(&query.url).await.map_err(|error| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "wechat_unavailable", "微信暂时没有应答")
            .advice("请稍后再试；不影响查看和缴费")
            .cause(error)
    })?;
    Ok(Json(JsConfig {
        app_id: signed.app_id,
        timestamp: signed.timestamp,
        nonce_str: signed.nonce_str,
        signature: signed.signature,
    }))
}

/// Same scheme, host and port as the address people reach us by.
fn is_our_page(app: &App, page: &str) -> bool {
    let ours = url::Url::parse(&app.config.service.public_base_url);
    match (ours, url::Url::parse(page)) {
        (Ok(ours), Ok(page)) => ours.origin() == page.origin() && page.username().is_empty(),
        _ => false,
    }
}
