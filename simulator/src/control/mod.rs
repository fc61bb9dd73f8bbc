//! `/_sim/…`: the acts and switches of [`crate::Simulator`] in JSON, for the phone page and for
//! tests in other languages. Answered on loopback connections only.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET  state` | | everything the phone page shows |
//! | `GET  events` | | server-sent events: one per change |
//! | `GET  identities` | | the merchant's half of the identities, addresses |
//! | `POST app` | `{mp_push_url, mini_push_url, web_base_url}` | |
//! | `POST holder` | `{phone: 1 or 2, openid}` | |
//! | `POST follow`, `unfollow` | `{openid}` | `{reply}` |
//! | `POST menu` | `{openid, entry}` | `{reply}` |
//! | `POST text` | `{openid, text}` | `{reply}` |
//! | `POST scan_scene` | `{openid, ticket}` | `{reply}` |
//! | `POST native/scan`, `native/pay` | `{openid, code_url}` | view or payment |
//! | `POST jsapi/view`, `jsapi/pay` | `{openid, parameters}` | view or payment |
//! | `POST pay_at_channel_only` | `{openid, out_trade_no}` | payment |
//! | `POST consent` | `{openid, template_id, times}`; 0 times is a refusal | |
//! | `POST code` | `{openid, kind: oauth, login or phone}` | `{code}` |
//! | `POST invoice_title` | `{fapiao_apply_id, title}` | |
//! | `POST image` | `{openid, content_base64}` | `{reply}` |
//! | `GET  media/{media_id}` | | a picture |
//! | `POST clock` | `{forward_s}` | `{now}` |
//! | `POST url_link` | `{openid, url_link}` | `{page}` |
//! | `POST deliver` | | what was delivered |
//! | `POST verify_server_url` | | `{verified}` |
//! | `GET  faults`, `POST faults` | switches to merge | all switches |
//! | `POST faults/clear` | | all switches |
//! | `POST rotate_certificate`, `invalidate_tokens` | | |
//! | `GET  orders`, `refunds`, `notices`, `receipts`, `counters`, `log` | | snapshots |
//! | `GET  messages?openid=`, `sms?phone=` | | snapshots |
//! | `GET  mails?page=` | | a page of the mailbox, from 1, newest first |
//! | `GET  mails/{id}/attachments/{number}` | | a file of a mail |
//! | `GET  qr.svg?text=` | | a picture |
//!
//! A refused act answers 409 with `{reason, message}`.

mod acts;
mod looks;
mod mails;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::shared::Shared;

/// The routes below `/_sim`.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/state", get(looks::state))
        .route("/events", get(looks::events))
        .route("/identities", get(looks::identities))
        .route("/orders", get(looks::orders))
        .route("/refunds", get(looks::refunds))
        .route("/notices", get(looks::notices))
        .route("/receipts", get(looks::receipts))
        .route("/counters", get(looks::counters))
        .route("/log", get(looks::log))
        .route("/messages", get(looks::messages))
        .route("/sms", get(looks::sms))
        .route("/mails", get(mails::page))
        .route("/mails/{id}/attachments/{number}", get(mails::attachment))
        .route("/qr.svg", get(looks::qr))
        .route("/faults", get(looks::faults).post(acts::faults))
        .route("/faults/clear", post(acts::clear_faults))
        .route("/app", post(acts::app))
        .route("/holder", post(acts::holder))
        .route("/follow", post(acts::follow))
        .route("/unfollow", post(acts::unfollow))
        .route("/menu", post(acts::menu))
        .route("/text", post(acts::text))
        .route("/image", post(acts::image).layer(axum::extract::DefaultBodyLimit::max(16 * 1024 * 1024)))
        .route("/media/{media_id}", get(looks::media))
        .route("/scan_scene", post(acts::scan_scene))
        .route("/native/scan", post(acts::scan_native))
        .route("/native/pay", post(acts::pay_native))
        .route("/jsapi/view", post(acts::view_jsapi))
        .route("/jsapi/pay", post(acts::pay_jsapi))
        .route("/pay_at_channel_only", post(acts::pay_at_channel_only))
        .route("/consent", post(acts::consent))
        .route("/code", post(acts::code))
        .route("/invoice_title", post(acts::invoice_title))
        .route("/clock", post(acts::clock))
        .route("/url_link", post(acts::url_link))
        .route("/deliver", post(acts::deliver))
        .route("/verify_server_url", post(acts::verify_server_url))
        .route("/rotate_certificate", post(acts::rotate_certificate))
        .route("/invalidate_tokens", post(acts::invalidate_tokens))
        .layer(from_fn(loopback_only))
}

async fn loopback_only(ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    if peer.ip().is_loopback() {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "只能从本机访问").into_response()
    }
}
