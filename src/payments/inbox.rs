//! What WeChat tells us (B-17): verified over the raw bytes, stored as it came, booked in the same transaction, then
//! answered. If booking fails for a reason of ours, the notice is stored all the same and booked by a job.

use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat::pay::{Notice, NoticeError};

use super::counts::Counts;
use super::entity::channel_events::{self, Entity};
use super::events::{Applied, Kind, Received, close, keep};
use super::settle::{Settled, settle_in};
use super::{bookings, disputes, old_notices, refunds};
use crate::app::{App, SharedApp};
use crate::invoices;

/// Books a notice that was stored but could not be booked at once.
pub const JOB_APPLY: &str = "payments.apply_event";
/// Real notices are about 2 KiB.
const NOTICE_BYTES_MAX: usize = 64 * 1024;

/// The addresses that WeChat Pay calls. No login, no redirect, no body-changing layer in front.
pub fn notify_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(on_payment))
        .routes(routes!(on_refund))
        .routes(routes!(on_fapiao))
        .layer(axum::extract::DefaultBodyLimit::max(NOTICE_BYTES_MAX))
}

/// The headers that WeChat Pay signs a notice with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "describes what `wechat::pay` reads from the headers itself")]
struct NoticeHeaders {
    /// Unix seconds, at most five minutes off.
    #[param(rename = "Wechatpay-Timestamp")]
    timestamp: String,
    /// Random.
    #[param(rename = "Wechatpay-Nonce")]
    nonce: String,
    /// Over timestamp, nonce and the raw body.
    #[param(rename = "Wechatpay-Signature")]
    signature: String,
    /// Which key signed: a certificate's serial, or `PUB_KEY_ID_…`.
    #[param(rename = "Wechatpay-Serial")]
    serial: String,
}

/// WeChat Pay tells of a payment (B-17). 500 asks for a repeat: the attempt may be committed any moment.
#[utoipa::path(post, path = "/wechat/pay/notify/payment", tag = "wechat", params(NoticeHeaders),
    request_body(content = String, content_type = "application/json", description = "encrypted envelope"),
    responses((status = 204, description = "kept and booked"), (status = 401, description = "not signed by WeChat Pay"),
        (status = 500, description = "not kept, or no such attempt yet: tell again")))]
async fn on_payment(State(app): State<SharedApp>, headers: HeaderMap, body: Bytes) -> Response {
    receive(&app, Kind::Payment, &headers, body).await
}

/// WeChat Pay tells of a refund: in JSON as a payment, or in the old XML form, which is stored and followed by a question.
#[utoipa::path(post, path = "/wechat/pay/notify/refund", tag = "wechat", params(NoticeHeaders),
    request_body(content = String, content_type = "application/json", description = "encrypted envelope"),
    responses((status = 204, description = "kept and booked"), (status = 200, description = "old form, kept"),
        (status = 400, description = "old form, not ours"), (status = 401, description = "not signed by WeChat Pay"),
        (status = 500, description = "not kept: tell again")))]
async fn on_refund(State(app): State<SharedApp>, headers: HeaderMap, body: Bytes) -> Response {
    if body.first() == Some(&b'<') {
        return old_notices::receive(&app, &body).await;
    }
    receive(&app, Kind::Refund, &headers, body).await
}

/// WeChat tells of an electronic invoice.
#[utoipa::path(post, path = "/wechat/pay/notify/fapiao", tag = "wechat", params(NoticeHeaders),
    request_body(content = String, content_type = "application/json", description = "encrypted envelope"),
    responses((status = 204, description = "kept and booked"), (status = 401, description = "not signed by WeChat Pay"),
        (status = 500, description = "not kept: tell again")))]
async fn on_fapiao(State(app): State<SharedApp>, headers: HeaderMap, body: Bytes) -> Response {
    receive(&app, Kind::Fapiao, &headers, body).await
}

async fn receive(app: &SharedApp, kind: Kind, headers: &HeaderMap, body: Bytes) -> Response {
    let pairs: Vec<(String, Vec<u8>)> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let notice = match app.pay.open_notice(&pairs, &body).await {
        Ok(notice) => notice,
        Err(error) => return refused(kind, &error),
    };
    note_age(app, headers);
    let received = Received::new(kind, notice, headers, body);
    let applied = match received.payment() {
        Some(payment) => bookings::book(app, received, payment).await,
        None => book_alone(app, &received, None).await,
    };
    let Some(applied) = applied else { return failed() };
    metrics::counter!("tejian_notices_total", "kind" => kind.as_str(), "outcome" => applied.as_str()).increment(1);
    match applied {
        // Kept, but WeChat shall repeat it: the attempt may be committed any moment (pitfalls A13).
        Applied::Unmatched => failed(),
        Applied::Done | Applied::Rejected | Applied::Later => {
            app.wake_workers.notify_one();
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

/// How long ago, by our clock, WeChat says it signed a notice that is genuine: more than seconds, or less than none, and one
/// of the clocks is wrong. Five minutes apart, neither side believes the other any more (pitfalls, part I).
fn note_age(app: &App, headers: &HeaderMap) {
    let signed_at = headers.get("wechatpay-timestamp").and_then(|value| value.to_str().ok());
    if let Some(signed_at_s) = signed_at.and_then(|text| text.trim().parse::<i64>().ok()) {
        let age_s = (app.now_ms() - signed_at_s * 1_000) as f64 / 1_000.0;
        metrics::histogram!("tejian_notice_age_seconds").record(age_s);
    }
}

/// Stores a notice and books it in a transaction of its own; if it cannot be booked, stores it for a job. Nothing if not
/// even that was possible. `patience` bounds the wait for rows that others hold, where it shall be shorter than usual.
pub(super) async fn book_alone(app: &App, received: &Received, patience: Option<Duration>) -> Option<Applied> {
    let kind = received.kind.as_str();
    match store_and_apply(app, received, patience).await {
        Ok(applied) => return Some(applied),
        Err(problem) => tracing::error!(kind, %problem, "a notice could not be booked at once"),
    }
    match store_for_later(app, received).await {
        Ok(()) => Some(Applied::Later),
        Err(problem) => {
            tracing::error!(kind, %problem, "a notice could not be stored");
            None
        }
    }
}

fn refused(kind: Kind, error: &NoticeError) -> Response {
    let outcome = if error.is_probe() { "probe" } else { "refused" };
    metrics::counter!("tejian_notices_total", "kind" => kind.as_str(), "outcome" => outcome, "stage" => error.stage())
        .increment(1);
    tracing::info!(kind = kind.as_str(), stage = error.stage(), probe = error.is_probe(), "notice refused");
    let answer = serde_json::json!({ "code": "FAIL", "message": "验签失败" });
    (StatusCode::UNAUTHORIZED, Json(answer)).into_response()
}

fn failed() -> Response {
    let answer = serde_json::json!({ "code": "FAIL", "message": "失败" });
    (StatusCode::INTERNAL_SERVER_ERROR, Json(answer)).into_response()
}

async fn store_and_apply(app: &App, received: &Received, patience: Option<Duration>) -> Result<Applied, Problem> {
    let transaction = app.database.begin_write().await?;
    if let Some(patience) = patience {
        transaction.be_patient_for(patience).await?;
    }
    let id = keep(app, &*transaction, received).await?;
    let mut counts = Counts::default();
    let (applied, note) = apply(app, &*transaction, received.kind, &received.notice, &mut counts).await?;
    close(app, &*transaction, &id, applied, note.as_deref()).await?;
    transaction.commit().await?;
    counts.tell();
    Ok(applied)
}

async fn store_for_later(app: &App, received: &Received) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    let id = keep(app, &*transaction, received).await?;
    enqueue(&*transaction, NewJob::new(JOB_APPLY, &ApplyJob { event_id: id }, app.now_ms() + 1_000)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Books what a notice says in the transaction of the caller, who tells `counts` after the commit; also what to note beside
/// it.
pub(super) async fn apply<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    kind: Kind,
    notice: &Notice,
    counts: &mut Counts,
) -> Result<(Applied, Option<String>), Problem> {
    match kind {
        Kind::Payment if notice.event_type == "TRANSACTION.SUCCESS" => match notice.transaction() {
            Ok(found) => {
                let settled = settle_in(app, connection, &found, counts).await?;
                Ok(match settled {
                    Settled::Unmatched => (Applied::Unmatched, None),
                    Settled::Mismatch(reason) => {
                        if disputes::was_given_back(connection, &found).await? {
                            // A person looked at it, and it goes back.
                            return Ok((Applied::Done, Some(Settled::RefundDue.as_str().to_owned())));
                        }
                        // What counts is what WeChat answers when it is asked.
                        disputes::examine_later(app, connection, &found.out_trade_no).await?;
                        (Applied::Rejected, Some(reason))
                    }
                    settled => (Applied::Done, Some(settled.as_str().to_owned())),
                })
            }
            Err(error) => Ok(unreadable(&error)),
        },
        Kind::Refund if notice.event_type.starts_with("REFUND.") => match notice.refund() {
            Ok(refund) => {
                let misfit = refunds::apply_notice(app, connection, &refund).await?;
                let applied = if misfit.is_none() { Applied::Done } else { Applied::Rejected };
                Ok((applied, misfit.map(str::to_owned)))
            }
            Err(error) => Ok(unreadable(&error)),
        },
        Kind::Fapiao if notice.event_type.starts_with("FAPIAO.") => match notice.fapiao() {
            Ok(fapiao) => {
                invoices::on_fapiao_notice(app, connection, &fapiao).await?;
                Ok((Applied::Done, None))
            }
            Err(error) => Ok(unreadable(&error)),
        },
        _ => Ok((Applied::Rejected, Some(format!("unexpected event {}", notice.event_type)))),
    }
}

/// A right signature around content that is none: repeating would not make it better, so it is kept and answered.
fn unreadable(error: &NoticeError) -> (Applied, Option<String>) {
    tracing::error!(%error, "a verified notice has unreadable content");
    (Applied::Rejected, Some(error.to_string()))
}

/// Payload of [`JOB_APPLY`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ApplyJob {
    /// The stored notice.
    pub event_id: String,
}

/// Handler of [`JOB_APPLY`].
pub struct ApplyEvent(pub SharedApp);

#[async_trait]
impl Handler for ApplyEvent {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ApplyJob = serde_json::from_str(payload)?;
        let app = &self.0;
        let Some(row) = Entity::find_by_id(&job.event_id).one(app.database.reader()).await? else {
            return Ok(Outcome::Done);
        };
        if row.state == Applied::Done.as_str() {
            return Ok(Outcome::Done);
        }
        if Kind::of_stored(&row.kind)? == Kind::OldRefund {
            return Ok(old_notices::look(app, &row.id).await?);
        }
        replay(app, row).await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}

/// Books a stored notice. It was verified when it came; what is stored is what was verified.
pub(super) async fn replay(app: &App, row: channel_events::Model) -> Result<(), Problem> {
    if row.state == Applied::Done.as_str() {
        return Ok(());
    }
    let kind = Kind::of_stored(&row.kind)?;
    if kind == Kind::OldRefund {
        old_notices::look(app, &row.id).await?;
        return Ok(());
    }
    let notice = stored_notice(&row)?;
    let transaction = app.database.begin_write().await?;
    let mut counts = Counts::default();
    let (applied, note) = apply(app, &*transaction, kind, &notice, &mut counts).await?;
    close(app, &*transaction, &row.id, applied, note.as_deref()).await?;
    transaction.commit().await?;
    counts.tell();
    app.wake_workers.notify_one();
    Ok(())
}

fn stored_notice(row: &channel_events::Model) -> anyhow::Result<Notice> {
    #[derive(Deserialize)]
    struct Head {
        event_type: String,
    }
    let head: Head = serde_json::from_slice(&row.body)?;
    Ok(Notice {
        id: row.envelope_id.clone(),
        event_type: head.event_type,
        create_time: None,
        resource_plaintext: row.plaintext.clone().unwrap_or_default().into_bytes(),
        serial: String::new(),
    })
}
