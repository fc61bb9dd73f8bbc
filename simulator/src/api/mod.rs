//! api.weixin.qq.com for the service account and the mini-program: always HTTP 200, the truth is
//! in `errcode`.

mod codes;
mod custom;
mod fields;
pub(crate) mod login;
pub(crate) mod media;
mod menu;
mod messages;
mod nontax;
pub(crate) mod oauth;
mod qr;
mod quota;
mod subscribe;
mod tokens;
mod users;

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::identities::AppIdentity;
use crate::shared::{Shared, WireLine};
use crate::world::World;
use crate::world::apps::AppState;

pub(crate) use codes::open_url_link;
pub(crate) use qr::show as show_qr;
pub(crate) use subscribe::consent;

const BODY_MAX: usize = 12 * 1024 * 1024;

/// Which app a call is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum App {
    /// The service account.
    Mp,
    /// The mini-program.
    Mini,
}

impl App {
    pub fn identity(self, shared: &Shared) -> &AppIdentity {
        match self {
            Self::Mp => &shared.identities.mp,
            Self::Mini => &shared.identities.mini,
        }
    }

    pub fn state(self, world: &mut World) -> &mut AppState {
        match self {
            Self::Mp => &mut world.mp,
            Self::Mini => &mut world.mini,
        }
    }

    /// The app with this id.
    pub fn by_id(shared: &Shared, app_id: &str) -> Option<Self> {
        [Self::Mp, Self::Mini].into_iter().find(|app| app.identity(shared).app_id == app_id)
    }
}

/// A call, read but not yet judged.
pub(crate) struct ApiRequest {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Bytes,
}

impl ApiRequest {
    /// A query parameter, empty when absent.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The body as a JSON object.
    pub fn json(&self) -> Result<Value, ApiError> {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .filter(Value::is_object)
            .ok_or(ApiError::new(47001, "data format error"))
    }
}

/// What a call gives.
pub(crate) enum ApiAnswer {
    Json(Value),
    /// Content type and bytes.
    File(&'static str, Vec<u8>),
}

/// `{"errcode", "errmsg"}`
#[derive(Debug)]
pub(crate) struct ApiError {
    pub errcode: i64,
    pub errmsg: String,
}

impl ApiError {
    pub fn new(errcode: i64, errmsg: impl Into<String>) -> Self {
        Self { errcode, errmsg: errmsg.into() }
    }

    fn by_switch(errcode: i64) -> Self {
        let text = match errcode {
            -1 => "system error",
            40001 => "invalid credential, access_token is invalid or not latest",
            40014 => "invalid access_token",
            40164 => "invalid ip 114.221.21.30 ipv6 ::ffff:114.221.21.30, not in whitelist",
            42001 => "access_token expired",
            43004 => "require subscribe",
            43101 => "user refuse to accept the msg",
            45009 => "reach max api daily quota limit",
            45011 => "api minute-quota reach limit, must slower, retry next minute",
            48001 => "api unauthorized",
            _ => "simulated error",
        };
        Self::new(errcode, text)
    }

    fn to_json(&self) -> Value {
        let rid = uuid::Uuid::new_v4().to_string();
        json!({
            "errcode": self.errcode,
            "errmsg": format!("{} rid: {}", self.errmsg, &rid[..26]),
        })
    }
}

/// Success of calls without content.
pub(crate) fn ok() -> ApiAnswer {
    ApiAnswer::Json(json!({"errcode": 0, "errmsg": "ok"}))
}

/// All of `/cgi-bin`, `/nontax`, `/sns`, `/wxa`.
pub(crate) async fn gate(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = ApiRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        body,
    };
    shared.change(|world| *world.counters.entry(request.path.clone()).or_default() += 1);
    let result = match shared.faults.take_errcode(&request.path) {
        Some(errcode) => Err(ApiError::by_switch(errcode)),
        None => dispatch(&shared, &request),
    };
    let note = match &result {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{} {}", error.errcode, error.errmsg),
    };
    shared.log(WireLine {
        at: shared.now(),
        direction: "in",
        method: request.method.to_string(),
        path: request.path,
        status: 200,
        note,
    });
    match result {
        Ok(ApiAnswer::File(content_type, bytes)) => ([(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Ok(ApiAnswer::Json(value)) => json_answer(&value),
        Err(error) => json_answer(&error.to_json()),
    }
}

fn json_answer(value: &Value) -> Response {
    // Some endpoints say text/plain and mean JSON; clients must not care.
    ([(header::CONTENT_TYPE, "application/json; encoding=utf-8")], value.to_string()).into_response()
}

fn dispatch(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    match request.path.as_str() {
        "/cgi-bin/token" => return tokens::plain(shared, request),
        "/cgi-bin/stable_token" => return tokens::stable(shared, request),
        "/sns/oauth2/access_token" => return oauth::exchange(shared, request),
        "/sns/oauth2/refresh_token" => return oauth::refresh(shared, request),
        "/sns/userinfo" => return oauth::user_info(shared, request),
        "/sns/auth" => return oauth::check(shared, request),
        "/sns/jscode2session" => return login::code_to_session(shared, request),
        _ => {}
    }
    let app = tokens::authorize(shared, request)?;
    quota::count(shared, app, &request.path)?;
    let only = |wanted: App| {
        if app == wanted { Ok(()) } else { Err(ApiError::new(48001, "api unauthorized")) }
    };
    match request.path.as_str() {
        "/cgi-bin/ticket/getticket" => only(App::Mp).and_then(|()| tokens::ticket(shared, request)),
        "/cgi-bin/menu/create" => only(App::Mp).and_then(|()| menu::create(shared, request)),
        "/cgi-bin/menu/get" => only(App::Mp).and_then(|()| menu::get(shared)),
        "/cgi-bin/menu/delete" => only(App::Mp).and_then(|()| menu::delete(shared)),
        "/cgi-bin/message/template/send" => only(App::Mp).and_then(|()| messages::template(shared, request)),
        "/cgi-bin/message/subscribe/bizsend" => only(App::Mp).and_then(|()| subscribe::send(shared, App::Mp, request)),
        "/cgi-bin/message/subscribe/send" => only(App::Mini).and_then(|()| subscribe::send(shared, App::Mini, request)),
        "/cgi-bin/message/custom/send" => custom::send(shared, app, request),
        "/cgi-bin/qrcode/create" => only(App::Mp).and_then(|()| qr::create(shared, request)),
        "/cgi-bin/media/upload" => media::upload(shared, app, request),
        "/cgi-bin/media/get" => media::get(shared, app, request),
        "/cgi-bin/user/info" => only(App::Mp).and_then(|()| users::info(shared, request)),
        "/cgi-bin/user/get" => only(App::Mp).and_then(|()| users::followers(shared, request)),
        "/cgi-bin/clear_quota" => quota::clear(shared, app, request),
        "/nontax/unifiedorder" => only(App::Mp).and_then(|()| nontax::create(shared, request)),
        "/nontax/getorderlist" => only(App::Mp).and_then(|()| nontax::list(shared, request)),
        "/nontax/getorder" => only(App::Mp).and_then(|()| nontax::detail(shared, request)),
        "/wxa/business/getuserphonenumber" => login::phone_number(shared, app, request),
        "/wxa/checksession" => only(App::Mini).and_then(|()| login::check_session(shared, request)),
        "/wxa/getwxacodeunlimit" => only(App::Mini).and_then(|()| codes::unlimited(shared, request)),
        "/wxa/generate_urllink" => only(App::Mini).and_then(|()| codes::url_link(shared, request)),
        _ => Err(ApiError::new(40066, "invalid url")),
    }
}
