//! Refund notices in the old XML form (pitfalls A17): WeChat sends them for refunds that were made by hand in its
//! console. Their content is sealed with a key that merchants of APIv3 do not have, and nothing in them is signed for us:
//! they are stored, nothing in them is believed, and every refund under way is asked for by API. A refund that we do not
//! know at all is found by comparing the daily bill.

use axum::Extension;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use foundation::jobs::{NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use wechat::mp::xml;

use super::events::{Applied, close, keep_old_refund, old_refunds_since};
use super::inbox::{ApplyJob, JOB_APPLY};
use super::refunds;
use crate::app::{App, SharedApp};
use crate::web::Chosen;

/// Anybody can write such a notice: no more of them are stored per hour.
const STORED_PER_HOUR_MAX: u64 = 60;

/// Takes one notice and answers it in its own form.
pub(super) async fn receive(app: &SharedApp, body: &Bytes) -> Response {
    let outcome = match is_for_us(app, body) {
        false => "refused",
        true => match keep(app, body).await {
            Ok(outcome) => outcome,
            Err(problem) => {
                tracing::error!(%problem, "an old refund notice could not be stored");
                "failed"
            }
        },
    };
    metrics::counter!("tejian_notices_total", "kind" => "old_refund", "outcome" => outcome).increment(1);
    match outcome {
        "refused" => answer(StatusCode::BAD_REQUEST, "FAIL"),
        "failed" => answer(StatusCode::INTERNAL_SERVER_ERROR, "FAIL"),
        _ => answer(StatusCode::OK, "SUCCESS"),
    }
}

/// Well-formed, without a document type, and with our merchant number.
fn is_for_us(app: &App, body: &Bytes) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    xml::parse(text).is_ok_and(|root| root.child_text("mch_id") == Some(app.pay.mch_id()))
}

async fn keep(app: &App, body: &Bytes) -> Result<&'static str, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    if old_refunds_since(&*transaction, now - 3_600_000).await? >= STORED_PER_HOUR_MAX {
        return Ok("too_many");
    }
    let Some(event_id) = keep_old_refund(app, &*transaction, body).await? else {
        transaction.commit().await?;
        return Ok("repeated");
    };
    enqueue(&*transaction, NewJob::new(JOB_APPLY, &ApplyJob { event_id }, now)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok("stored")
}

/// Asks for the refunds under way; what a stored notice leads to.
pub(super) async fn look(app: &App, event_id: &str) -> Result<Outcome, Problem> {
    let asked = refunds::ask_for_all_open(app).await?;
    let transaction = app.database.begin_write().await?;
    let note = format!("old form: asked for {asked} refunds under way");
    close(app, &*transaction, event_id, Applied::Done, Some(&note)).await?;
    transaction.commit().await?;
    Ok(Outcome::Done)
}

fn answer(status: StatusCode, code: &str) -> Response {
    let text = format!("<xml><return_code><![CDATA[{code}]]></return_code></xml>");
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], Extension(Chosen), text).into_response()
}
