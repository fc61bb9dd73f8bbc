//! Sending what is due: notices, queued pushes; and letting time settle refunds and documents.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use wechat::crypto::aead;

use crate::instants;
use crate::options::NoticeTarget;
use crate::random;
use crate::shared::{Shared, WireLine};
use crate::signing::{Signer, sign_headers};
use crate::world::outbox::{NoticeForm, NoticeState, NoticeTry, QueuedNotice};

/// Rounds of one delivery: settling makes notices, notices make nothing more.
const ROUNDS_MAX: usize = 3;

/// What one call of [`crate::Simulator::deliver_due`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// Tries of notices, duplicates included.
    pub notices: usize,
    /// Of these, answered with 200 or 204.
    pub notices_accepted: usize,
    /// Queued pushes to the service account or mini-program.
    pub pushes: usize,
    /// out_refund_no of refunds that settled.
    pub refunds_settled: Vec<String>,
    /// fapiao_id of e-invoices that were issued, reversed or failed.
    pub invoices_settled: Vec<String>,
    /// request_no of fiscal receipts that were issued or failed.
    pub receipts_settled: Vec<String>,
}

/// Settles and sends until nothing is due.
pub(crate) async fn deliver_due(shared: &Arc<Shared>) -> Delivered {
    let mut delivered = Delivered::default();
    for _ in 0..ROUNDS_MAX {
        let refunds = crate::pay::settle_refunds(shared);
        let invoices = crate::pay::settle_invoices(shared);
        let receipts = crate::fiscal::settle_receipts(shared);
        let (tried, accepted) = deliver_notices(shared).await;
        let pushes = crate::push::deliver_queued(shared).await;
        let quiet = refunds.is_empty() && invoices.is_empty() && receipts.is_empty() && tried == 0 && pushes == 0;
        delivered.refunds_settled.extend(refunds);
        delivered.invoices_settled.extend(invoices);
        delivered.receipts_settled.extend(receipts);
        delivered.notices += tried;
        delivered.notices_accepted += accepted;
        delivered.pushes += pushes;
        if quiet {
            break;
        }
    }
    delivered
}

/// Sends the notices that are due; gives tries and acceptances.
pub(crate) async fn deliver_notices(shared: &Arc<Shared>) -> (usize, usize) {
    let _one_at_a_time = shared.delivering.lock().await;
    let now = shared.now();
    let faults = shared.faults.settings();
    let mut due: Vec<QueuedNotice> = shared.read(|world| {
        world
            .notices
            .iter()
            .filter(|notice| notice.state == NoticeState::Waiting && notice.due_at <= now)
            .cloned()
            .collect()
    });
    if faults.notice_reversed {
        due.reverse();
    }
    let (mut tried, mut accepted) = (0, 0);
    for notice in due {
        let copies = 1 + faults.notice_duplicates as usize;
        let answers = if faults.notice_duplicates_parallel {
            let sends = (0..copies).map(|_| send(shared, &notice));
            futures_util::future::join_all(sends).await
        } else {
            let mut answers = Vec::with_capacity(copies);
            for _ in 0..copies {
                answers.push(send(shared, &notice).await);
            }
            answers
        };
        tried += answers.len();
        accepted += answers.iter().filter(|answer| is_accepted(answer)).count();
        // One good answer is enough for WeChat to stop.
        let position = answers.iter().position(is_accepted).unwrap_or(0);
        let best = answers.into_iter().nth(position);
        shared.change(|world| {
            let found = world.notices.iter_mut().find(|known| known.id == notice.id);
            if let (Some(known), Some(best)) = (found, best) {
                known.book(best);
            }
        });
    }
    (tried, accepted)
}

fn is_accepted(tried: &NoticeTry) -> bool {
    matches!(tried.status, Some(200 | 204))
}

async fn send(shared: &Arc<Shared>, notice: &QueuedNotice) -> NoticeTry {
    let at = shared.now();
    let (status, note) = match url::Url::parse(&notice.url) {
        Ok(url) if shared.notice_target == NoticeTarget::LoopbackOnly && !is_loopback(&url) => {
            (None, "目标不是本机地址，未发送".to_owned())
        }
        Ok(url) => post(shared, notice, url).await,
        Err(_) => (None, "目标地址无法解析".to_owned()),
    };
    shared.log(WireLine {
        at,
        direction: "out",
        method: "POST".into(),
        path: format!("{} {}", notice.event_type, notice.url),
        status: status.unwrap_or(0),
        note: note.clone(),
    });
    NoticeTry { at, status, note }
}

async fn post(shared: &Shared, notice: &QueuedNotice, url: url::Url) -> (Option<u16>, String) {
    let (body, headers, note) = match notice.form {
        NoticeForm::V3 => {
            let body = envelope(shared, notice).into_bytes();
            let number = shared.change(crate::world::World::next_number);
            let (signer, note) = Signer::for_notice(shared, number);
            let headers = sign_headers(shared, &signer, &body);
            (body, headers, note)
        }
        NoticeForm::V2RefundXml => (notice.plaintext.clone().into_bytes(), Vec::new(), "v2 XML"),
    };
    let content_type = match notice.form {
        NoticeForm::V3 => "application/json",
        NoticeForm::V2RefundXml => "text/xml",
    };
    // The set of headers seen on a real notice: no Request-ID among them.
    let mut request = shared
        .http
        .post(url)
        .header("Accept", "*/*")
        .header("Cache-Control", "no-cache")
        .header("Pragma", "no-cache")
        .header("Content-Type", content_type)
        .header("User-Agent", "Mozilla/4.0");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match request.body(body).send().await {
        Ok(answer) => (Some(answer.status().as_u16()), note.to_owned()),
        Err(error) if error.is_timeout() => (None, "5秒内没有应答".to_owned()),
        Err(_) => (None, "无法连接".to_owned()),
    }
}

/// The JSON around the encrypted resource.
fn envelope(shared: &Shared, notice: &QueuedNotice) -> String {
    let nonce = random::letters(12);
    let associated_data = notice.original_type.clone().unwrap_or_else(|| "fapiao".into());
    let suite = shared.keys.suite;
    let ciphertext = aead::seal(
        suite,
        shared.keys.api_v3_key().as_bytes(),
        nonce.as_bytes(),
        associated_data.as_bytes(),
        notice.plaintext.as_bytes(),
    )
    .unwrap_or_default();
    let mut resource = json!({
        "algorithm": suite.resource_algorithm(),
        "ciphertext": ciphertext,
        "associated_data": associated_data,
        "nonce": nonce,
    });
    if let Some(original_type) = &notice.original_type {
        resource["original_type"] = json!(original_type);
    }
    json!({
        "id": notice.id,
        "create_time": instants::rfc3339(notice.created_at),
        "resource_type": "encrypt-resource",
        "event_type": notice.event_type,
        "summary": notice.summary,
        "resource": resource,
    })
    .to_string()
}

/// 127.0.0.0/8, ::1 or `localhost`.
pub(crate) fn is_loopback(url: &url::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
