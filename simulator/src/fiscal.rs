//! The fiscal receipt system 财政电子票据系统. Its wire form is our own:
//!
//! - `POST /fiscal/v1/receipts` with `{request_no, payer_name, payer_tax_no?, amount_fen,
//!   items: [{name, quantity, amount_fen}], remark?}` → 202 `{request_no, state: "issuing"}`.
//!   The same number with the same content gives the present state, with other content 409.
//! - `GET /fiscal/v1/receipts/{request_no}` → 200 `{request_no, state: issuing | issued | failed,
//!   receipt_code (8 digits), receipt_number (10), check_code (6), issued_at (RFC 3339),
//!   file_url, ofd_url, error}`, the last ones where they exist; 404 for an unknown number.
//! - `POST /fiscal/v1/receipts/{request_no}/reversal` with `{reason}` → 202 `{request_no, state:
//!   "reversing"}`, later `reversed` with `reversal_number` (10 digits); 409 before it is issued.
//! - `GET file_url` → the receipt as PDF, `GET ofd_url` → as OFD. The address is secret, the request unsigned.
//!
//! All but the last carry `X-Timestamp` and `X-Signature` (lower-case hexadecimal HMAC-SHA256 of
//! `timestamp LF body` by the shared secret, body empty for GET, five minutes).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::documents;
use crate::instants;
use crate::ofd;
use crate::provider_auth::{ProviderError, verify};
use crate::random;
use crate::shared::{Shared, WireLine};
use crate::world::providers::{Receipt, ReceiptState};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewReceipt {
    request_no: String,
    payer_name: String,
    #[serde(default, rename = "payer_tax_no")]
    _payer_tax_no: Option<String>,
    amount_fen: i64,
    items: Vec<NewItem>,
    #[serde(default, rename = "remark")]
    _remark: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: String,
    quantity: i64,
    amount_fen: i64,
}

impl NewReceipt {
    fn check(&self) -> Result<(), ProviderError> {
        let wrong = |message: &str| Err(ProviderError::new(400, "PARAMETER_WRONG", message));
        if self.request_no.is_empty() || self.request_no.len() > 64 {
            return wrong("request_no 须为 1–64 个字符");
        }
        if self.payer_name.trim().is_empty() || self.payer_name.chars().count() > 100 {
            return wrong("payer_name 须为 1–100 个字符");
        }
        if self.amount_fen <= 0 || self.items.is_empty() {
            return wrong("金额须大于零，且至少有一个项目");
        }
        if self.items.iter().any(|item| item.name.is_empty() || item.quantity <= 0) {
            return wrong("项目名称不能为空，数量须大于零");
        }
        let sum: i64 = self.items.iter().map(|item| item.amount_fen).sum();
        if sum != self.amount_fen {
            return wrong("各项目金额之和与总金额不符");
        }
        Ok(())
    }
}

/// The signature, unless the whole system is out.
pub(crate) fn admit(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<(), ProviderError> {
    if shared.faults.settings().fiscal_out {
        return Err(ProviderError::new(503, "OUT", "财政系统维护中"));
    }
    verify(headers, body, &shared.identities.fiscal_secret, shared.now())
}

/// POST /fiscal/v1/receipts
pub(crate) async fn create(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let result = accept(&shared, &headers, &body);
    answered(&shared, "POST", "/fiscal/v1/receipts", result)
}

fn accept(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<(u16, Value), ProviderError> {
    admit(shared, headers, body)?;
    let malformed = |error: serde_json::Error| ProviderError::new(400, "PARAMETER_WRONG", error.to_string());
    let request: Value = serde_json::from_slice(body).map_err(malformed)?;
    let receipt: NewReceipt = serde_json::from_value(request.clone()).map_err(malformed)?;
    receipt.check()?;
    shared.change(|world| {
        if let Some(known) = world.receipts.get(&receipt.request_no) {
            return if known.request == request {
                Ok((202, describe(shared, known)))
            } else {
                Err(ProviderError::new(409, "REQUEST_NO_USED", "同一 request_no 的内容与首次不同"))
            };
        }
        let made = Receipt {
            request_no: receipt.request_no.clone(),
            request,
            state: ReceiptState::Issuing,
            issues_at: shared.settles_at(),
            receipt_code: format!("50{}", random::digits(6)),
            receipt_number: random::digits(10),
            check_code: random::digits(6),
            issued_at: None,
            error: None,
            reversal_number: None,
            reverses_at: None,
        };
        let described = describe(shared, &made);
        world.receipts.insert(receipt.request_no, made);
        Ok((202, described))
    })
}

/// POST /fiscal/v1/receipts/{request_no}/reversal
pub(crate) async fn reverse(
    State(shared): State<Arc<Shared>>,
    Path(request_no): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let result = take_back(&shared, &request_no, &headers, &body);
    answered(&shared, "POST", &format!("/fiscal/v1/receipts/{request_no}/reversal"), result)
}

fn take_back(
    shared: &Shared,
    request_no: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(u16, Value), ProviderError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NewReversal {
        reason: String,
    }
    verify(headers, body, &shared.identities.fiscal_secret, shared.now())?;
    let malformed = |error: serde_json::Error| ProviderError::new(400, "PARAMETER_WRONG", error.to_string());
    let wanted: NewReversal = serde_json::from_slice(body).map_err(malformed)?;
    if wanted.reason.trim().is_empty() || wanted.reason.chars().count() > 100 {
        return Err(ProviderError::new(400, "PARAMETER_WRONG", "reason 须为 1–100 个字符"));
    }
    let due_at = shared.settles_at();
    shared.change(|world| {
        let receipt = world.receipts.get_mut(request_no);
        let receipt = receipt.ok_or_else(|| ProviderError::new(404, "NOT_FOUND", "没有这张票据"))?;
        match receipt.state {
            ReceiptState::Issued => {
                receipt.state = ReceiptState::Reversing;
                receipt.reverses_at = Some(due_at);
            }
            ReceiptState::Reversing | ReceiptState::Reversed => {}
            ReceiptState::Issuing | ReceiptState::Failed => {
                return Err(ProviderError::new(409, "NOT_ISSUED", "票据尚未开具，不能红冲"));
            }
        }
        Ok((202, describe(shared, receipt)))
    })
}

/// GET /fiscal/v1/receipts/{request_no}
pub(crate) async fn query(
    State(shared): State<Arc<Shared>>,
    Path(request_no): Path<String>,
    headers: HeaderMap,
) -> Response {
    let result = admit(&shared, &headers, b"").and_then(|()| {
        shared.read(|world| match world.receipts.get(&request_no) {
            Some(receipt) => Ok((200, describe(&shared, receipt))),
            None => Err(ProviderError::new(404, "NOT_FOUND", "没有这张票据")),
        })
    });
    answered(&shared, "GET", &format!("/fiscal/v1/receipts/{request_no}"), result)
}

/// GET /fiscal/v1/files/{check}: the check part of the address is the secret.
pub(crate) async fn file(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let found = shared.read(|world| {
        world
            .receipts
            .values()
            .find(|receipt| receipt.state == ReceiptState::Issued && name.starts_with(&file_name(receipt)))
            .cloned()
    });
    match found {
        Some(receipt) => match (name.rsplit('.').next(), ofd::fiscal_receipt(&receipt)) {
            (Some("ofd"), Ok(content)) => ([(header::CONTENT_TYPE, "application/ofd")], content).into_response(),
            (Some("pdf"), _) => {
                ([(header::CONTENT_TYPE, "application/pdf")], documents::fiscal_receipt(&receipt)).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        },
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn file_name(receipt: &Receipt) -> String {
    let secret = format!("{}{}{}", receipt.receipt_code, receipt.receipt_number, receipt.check_code);
    wechat::crypto::digest::sha1_hex(secret.as_bytes())
}

fn describe(shared: &Shared, receipt: &Receipt) -> Value {
    let mut described = json!({"request_no": receipt.request_no, "state": receipt.state});
    if let Some(at) = receipt.issued_at {
        described["receipt_code"] = json!(receipt.receipt_code);
        described["receipt_number"] = json!(receipt.receipt_number);
        described["check_code"] = json!(receipt.check_code);
        described["issued_at"] = json!(instants::rfc3339(at));
        for (key, extension) in [("file_url", "pdf"), ("ofd_url", "ofd")] {
            let url = format!("{}/fiscal/v1/files/{}.{extension}", shared.base_url, file_name(receipt));
            described[key] = json!(url);
        }
    }
    if let Some(number) = &receipt.reversal_number {
        described["reversal_number"] = json!(number);
    }
    if let Some(error) = &receipt.error {
        described["error"] = json!(error);
    }
    described
}

pub(crate) fn answered(
    shared: &Shared,
    method: &str,
    path: &str,
    result: Result<(u16, Value), ProviderError>,
) -> Response {
    let (status, note, response) = match result {
        Ok((status, body)) => {
            let code = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, "签名正确".to_owned(), (code, axum::Json(body)).into_response())
        }
        Err(error) => (error.status, format!("{} {}", error.code, error.message), error.into_response()),
    };
    shared.log(WireLine { at: shared.now(), direction: "in", method: method.into(), path: path.into(), status, note });
    response
}

/// Issues what is due; gives the numbers.
pub(crate) fn settle_receipts(shared: &Shared) -> Vec<String> {
    let now = shared.now();
    let error = shared.faults.settings().invoice_error;
    let due = shared.read(|world| {
        let due = |receipt: &&Receipt| match receipt.state {
            ReceiptState::Issuing => receipt.issues_at <= now,
            ReceiptState::Reversing => receipt.reverses_at.is_some_and(|at| at <= now),
            ReceiptState::Issued | ReceiptState::Failed | ReceiptState::Reversed => false,
        };
        let numbers = world.receipts.values().filter(due).map(|receipt| receipt.request_no.clone());
        numbers.collect::<Vec<_>>()
    });
    if due.is_empty() {
        return due;
    }
    shared.change(|world| {
        for number in &due {
            let Some(receipt) = world.receipts.get_mut(number) else { continue };
            if receipt.state == ReceiptState::Reversing {
                receipt.state = ReceiptState::Reversed;
                receipt.reversal_number = Some(random::digits(10));
                continue;
            }
            match &error {
                Some(error) => {
                    receipt.state = ReceiptState::Failed;
                    receipt.error = Some(error.clone());
                }
                None => {
                    receipt.state = ReceiptState::Issued;
                    receipt.issued_at = Some(now);
                }
            }
        }
    });
    due
}
