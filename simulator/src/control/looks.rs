//! Snapshots in JSON.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::Stream;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::FaultSettings;
use crate::picture;
use crate::shared::Shared;
use crate::simulator::Simulator;
use crate::world::orders::TradeState;

/// Everything the phone page shows, of both phones.
pub(super) async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now = shared.now();
    let log = shared.wire_log();
    let log = &log[log.len().saturating_sub(80)..];
    Json(shared.read(|world| {
        let codes: Vec<Value> = world
            .orders
            .values()
            .filter(|order| order.state == TradeState::NotPay && now <= order.prepay_expires_at.min(order.time_expire))
            .filter_map(|order| {
                let code_url = order.code_url.as_ref()?;
                Some(json!({
                    "code_url": code_url,
                    "description": order.description,
                    "amount_fen": order.amount_fen,
                    "created_at": order.created_at,
                }))
            })
            .collect();
        let scenes: Vec<Value> = world
            .mp
            .qr_scenes
            .iter()
            .filter(|(_, code)| code.expires_at.is_none_or(|at| now <= at))
            .map(|(ticket, code)| json!({"ticket": ticket, "scene": code.scene, "url": code.url}))
            .collect();
        json!({
            "now": now,
            "browser_url": shared.browser_url,
            "base_url": shared.base_url,
            "mini_program_h5": shared.mini_program_h5,
            "web_base_url": shared.app().web_base_url,
            "account": {
                "name": shared.account_name,
                "menu": world.mp.menu,
            },
            "people": world.people,
            "holders": world.holders,
            "chat": world.chat,
            "sms": world.sms,
            "mails": shared.mails.count(),
            "codes": codes,
            "scenes": scenes,
            "faults": shared.faults.settings(),
            "certificates_published": world.certificates_published,
            "log": log,
        })
    }))
}

/// A picture of a chat.
pub(super) async fn media(State(shared): State<Arc<Shared>>, Path(media_id): Path<String>) -> Response {
    let found =
        shared.read(|world| [&world.mp, &world.mini].into_iter().find_map(|app| app.media.get(&media_id).cloned()));
    let content = found.and_then(|media| Some((STANDARD.decode(&media.content_base64).ok()?, media.content_type)));
    match content {
        Some((content, content_type)) => ([(header::CONTENT_TYPE, content_type)], content).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// One event per change of the world; the page then asks for the state.
pub(super) async fn events(State(shared): State<Arc<Shared>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = futures_util::stream::unfold(shared.changes(), |mut changes| async move {
        changes.changed().await.ok()?;
        let version = *changes.borrow_and_update();
        Some((Ok(Event::default().data(version.to_string())), changes))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// What the merchant may know, and the addresses: enough to configure a client.
pub(super) async fn identities(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let known = &shared.identities;
    let published = shared.read(|world| world.certificates_published);
    let certificates: Vec<Value> = shared.keys.platforms[..published]
        .iter()
        .map(|platform| json!({"serial": platform.serial, "certificate_pem": platform.certificate_pem}))
        .collect();
    Json(json!({
        "base_url": shared.base_url,
        "browser_url": shared.browser_url,
        "mch_id": known.mch_id,
        "merchant_serial": known.merchant_serial,
        "merchant_private_key_pem": known.merchant_private_key_pem,
        "merchant_certificate_pem": known.merchant_certificate_pem,
        "api_v3_key": known.api_v3_key,
        "platform_certificates": certificates,
        "public_key_id": known.public_key_id,
        "public_key_pem": known.public_key_pem,
        "mp": known.mp,
        "mini": known.mini,
        "fiscal_secret": known.fiscal_secret,
        "sms_secret": known.sms_secret,
        "people": shared.read(|world| json!(world.people)),
    }))
}

fn look(shared: Arc<Shared>) -> Simulator {
    Simulator { shared }
}

pub(super) async fn orders(State(shared): State<Arc<Shared>>) -> Response {
    Json(look(shared).orders()).into_response()
}

pub(super) async fn refunds(State(shared): State<Arc<Shared>>) -> Response {
    Json(look(shared).refunds()).into_response()
}

pub(super) async fn notices(State(shared): State<Arc<Shared>>) -> Response {
    Json(look(shared).notices()).into_response()
}

pub(super) async fn receipts(State(shared): State<Arc<Shared>>) -> Response {
    Json(look(shared).receipts()).into_response()
}

pub(super) async fn counters(State(shared): State<Arc<Shared>>) -> Response {
    Json(look(shared).counters()).into_response()
}

pub(super) async fn log(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.wire_log()).into_response()
}

pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Json<FaultSettings> {
    Json(shared.faults.settings())
}

#[derive(Deserialize)]
pub(super) struct Of {
    #[serde(default)]
    openid: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    text: String,
}

pub(super) async fn messages(State(shared): State<Arc<Shared>>, Query(of): Query<Of>) -> Response {
    Json(look(shared).pushed_messages(&of.openid)).into_response()
}

pub(super) async fn sms(State(shared): State<Arc<Shared>>, Query(of): Query<Of>) -> Response {
    Json(look(shared).sms(&of.phone)).into_response()
}

pub(super) async fn qr(Query(of): Query<Of>) -> Response {
    match picture::qr_svg(&of.text) {
        Some(svg) => ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}
