//! Acts in JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::FaultSettings;
use crate::options::AppAddresses;
use crate::shared::Shared;
use crate::simulator::Simulator;
use crate::world::orders::PayRefused;

fn simulator(shared: Arc<Shared>) -> Simulator {
    Simulator { shared }
}

fn reply(reply: Option<String>) -> Json<Value> {
    Json(json!({ "reply": reply }))
}

fn done() -> Json<Value> {
    Json(json!({"ok": true}))
}

fn refusable<T: Serialize>(result: Result<T, PayRefused>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(refused) => {
            let mut body = json!(refused);
            body["message"] = json!(refused.to_string());
            (StatusCode::CONFLICT, Json(body)).into_response()
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Who {
    openid: String,
}

#[derive(Deserialize)]
pub(super) struct Holder {
    phone: usize,
    openid: String,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    openid: String,
    entry: String,
}

#[derive(Deserialize)]
pub(super) struct Text {
    openid: String,
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Image {
    openid: String,
    content_base64: String,
}

#[derive(Deserialize)]
pub(super) struct Scene {
    openid: String,
    #[serde(default)]
    ticket: String,
    /// What the code holds, when its ticket is not known.
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
pub(super) struct Native {
    openid: String,
    code_url: String,
}

#[derive(Deserialize)]
pub(super) struct Jsapi {
    openid: String,
    parameters: Value,
}

#[derive(Deserialize)]
pub(super) struct AtChannel {
    openid: String,
    out_trade_no: String,
}

#[derive(Deserialize)]
pub(super) struct Consent {
    openid: String,
    template_id: String,
    times: u32,
}

#[derive(Deserialize)]
pub(super) struct InvoiceTitle {
    fapiao_apply_id: String,
    title: Value,
}

#[derive(Deserialize)]
pub(super) struct Clock {
    forward_s: i64,
}

#[derive(Deserialize)]
pub(super) struct Link {
    openid: String,
    url_link: String,
}

#[derive(Deserialize)]
pub(super) struct Code {
    openid: String,
    kind: CodeKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CodeKind {
    #[serde(rename = "oauth")]
    OAuth,
    Login,
    Phone,
}

pub(super) async fn app(State(shared): State<Arc<Shared>>, Json(app): Json<AppAddresses>) -> Json<Value> {
    shared.set_app(app);
    done()
}

pub(super) async fn holder(State(shared): State<Arc<Shared>>, Json(act): Json<Holder>) -> Response {
    let known = shared.change(|world| {
        let openid = world.person(&act.openid).map(|person| person.mp_openid.clone());
        match (openid, act.phone) {
            (Some(openid), 1 | 2) => {
                world.holders[act.phone - 1] = openid;
                true
            }
            _ => false,
        }
    });
    if known { done().into_response() } else { StatusCode::NOT_FOUND.into_response() }
}

pub(super) async fn follow(State(shared): State<Arc<Shared>>, Json(act): Json<Who>) -> Json<Value> {
    reply(simulator(shared).follow(&act.openid).await)
}

pub(super) async fn unfollow(State(shared): State<Arc<Shared>>, Json(act): Json<Who>) -> Json<Value> {
    simulator(shared).unfollow(&act.openid).await;
    done()
}

pub(super) async fn menu(State(shared): State<Arc<Shared>>, Json(act): Json<Entry>) -> Json<Value> {
    reply(simulator(shared).tap_menu(&act.openid, &act.entry).await)
}

pub(super) async fn text(State(shared): State<Arc<Shared>>, Json(act): Json<Text>) -> Json<Value> {
    reply(simulator(shared).send_text(&act.openid, &act.text).await)
}

pub(super) async fn scan_scene(State(shared): State<Arc<Shared>>, Json(act): Json<Scene>) -> Json<Value> {
    let simulator = simulator(shared);
    let ticket = if act.ticket.is_empty() { simulator.ticket_of(&act.url).unwrap_or_default() } else { act.ticket };
    reply(simulator.scan_scene(&act.openid, &ticket).await)
}

pub(super) async fn image(State(shared): State<Arc<Shared>>, Json(act): Json<Image>) -> Json<Value> {
    let content = STANDARD.decode(&act.content_base64).unwrap_or_default();
    reply(simulator(shared).send_image(&act.openid, &content).await)
}

pub(super) async fn scan_native(State(shared): State<Arc<Shared>>, Json(act): Json<Native>) -> Response {
    refusable(simulator(shared).scan_native(&act.openid, &act.code_url).await)
}

pub(super) async fn pay_native(State(shared): State<Arc<Shared>>, Json(act): Json<Native>) -> Response {
    refusable(simulator(shared).pay_native(&act.openid, &act.code_url).await)
}

pub(super) async fn view_jsapi(State(shared): State<Arc<Shared>>, Json(act): Json<Jsapi>) -> Response {
    refusable(simulator(shared).view_jsapi(&act.openid, &act.parameters).await)
}

pub(super) async fn pay_jsapi(State(shared): State<Arc<Shared>>, Json(act): Json<Jsapi>) -> Response {
    refusable(simulator(shared).pay_jsapi(&act.openid, &act.parameters).await)
}

pub(super) async fn pay_at_channel_only(State(shared): State<Arc<Shared>>, Json(act): Json<AtChannel>) -> Response {
    refusable(simulator(shared).pay_at_channel_only(&act.out_trade_no, &act.openid).await)
}

pub(super) async fn consent(State(shared): State<Arc<Shared>>, Json(act): Json<Consent>) -> Json<Value> {
    crate::api::consent(&shared, &act.openid, &act.template_id, act.times);
    done()
}

pub(super) async fn code(State(shared): State<Arc<Shared>>, Json(act): Json<Code>) -> Json<Value> {
    let simulator = simulator(shared);
    let code = match act.kind {
        CodeKind::OAuth => simulator.oauth_code(&act.openid),
        CodeKind::Login => simulator.login_code(&act.openid),
        CodeKind::Phone => simulator.phone_code(&act.openid),
    };
    Json(json!({ "code": code }))
}

pub(super) async fn invoice_title(State(shared): State<Arc<Shared>>, Json(act): Json<InvoiceTitle>) -> Json<Value> {
    simulator(shared).fill_invoice_title(&act.fapiao_apply_id, act.title);
    done()
}

pub(super) async fn clock(State(shared): State<Arc<Shared>>, Json(act): Json<Clock>) -> Json<Value> {
    shared.forward(act.forward_s);
    Json(json!({"now": shared.now()}))
}

pub(super) async fn url_link(State(shared): State<Arc<Shared>>, Json(act): Json<Link>) -> Json<Value> {
    Json(json!({"page": simulator(shared).open_url_link(&act.openid, &act.url_link)}))
}

pub(super) async fn deliver(State(shared): State<Arc<Shared>>) -> Response {
    Json(simulator(shared).deliver_due().await).into_response()
}

pub(super) async fn verify_server_url(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({"verified": simulator(shared).verify_server_url().await}))
}

/// Merges an object of switches into the present ones; an unknown name is refused.
pub(super) async fn faults(State(shared): State<Arc<Shared>>, Json(patch): Json<Value>) -> Response {
    let mut merged = json!(shared.faults.settings());
    let Some(patch) = patch.as_object() else {
        return (StatusCode::BAD_REQUEST, "开关须为JSON对象").into_response();
    };
    for (name, value) in patch {
        merged[name] = value.clone();
    }
    match serde_json::from_value::<FaultSettings>(merged) {
        Ok(settings) => {
            shared.faults.set(|faults| *faults = settings);
            // The panels show the switches, too.
            shared.change(|_| ());
            Json(shared.faults.settings()).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

pub(super) async fn clear_faults(State(shared): State<Arc<Shared>>) -> Json<FaultSettings> {
    shared.faults.clear();
    shared.change(|_| ());
    Json(shared.faults.settings())
}

pub(super) async fn rotate_certificate(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({"rotated": simulator(shared).rotate_platform_certificate()}))
}

pub(super) async fn invalidate_tokens(State(shared): State<Arc<Shared>>) -> Json<Value> {
    simulator(shared).invalidate_tokens();
    done()
}
