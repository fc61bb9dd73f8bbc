//! Payment codes 缴款码 of the fiscal system, for transfers. Its wire form is our own:
//!
//! - `POST /fiscal/v1/payment-codes` with `{request_no, payer_name, payer_tax_no?, payee_name, amount_fen,
//!   items: [{name, quantity, amount_fen}], valid_until, remark?}` → 202. The same number with the same content gives the
//!   present state, with other content 409.
//! - `GET /fiscal/v1/payment-codes/{request_no}` → 200 `{request_no, state: issuing | issued | failed | paid | cancelled,
//!   payment_code (20 digits), valid_until, paid_amount_fen, error}`, the last ones where they exist; 404 for an unknown
//!   number.
//! - `POST /fiscal/v1/payment-codes/{request_no}/cancel` → 200 with the state; 409 for one that was paid.
//!
//! Signed as the receipts are ([`crate::fiscal`]). Codes begin with the region of Chongqing: `^50\d{18}$`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fiscal::{admit, answered};
use crate::provider_auth::ProviderError;
use crate::random;
use crate::shared::Shared;
use crate::world::providers::PaymentCode;

const PATH: &str = "/fiscal/v1/payment-codes";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCode {
    request_no: String,
    payer_name: String,
    #[serde(default, rename = "payer_tax_no")]
    _payer_tax_no: Option<String>,
    payee_name: String,
    amount_fen: i64,
    items: Vec<NewItem>,
    valid_until: String,
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

impl NewCode {
    fn check(&self) -> Result<(), ProviderError> {
        let wrong = |message: &str| Err(ProviderError::new(400, "PARAMETER_WRONG", message));
        if self.request_no.is_empty() || self.request_no.len() > 64 {
            return wrong("request_no 须为 1–64 个字符");
        }
        if [&self.payer_name, &self.payee_name].iter().any(|name| name.trim().is_empty() || name.chars().count() > 100)
        {
            return wrong("名称须为 1–100 个字符");
        }
        let sum: i64 = self.items.iter().map(|item| item.amount_fen).sum();
        if self.amount_fen <= 0 || sum != self.amount_fen {
            return wrong("金额须大于零，且等于各项目之和");
        }
        if self.items.iter().any(|item| item.name.is_empty() || item.quantity <= 0) {
            return wrong("项目名称不能为空，数量须大于零");
        }
        if self.valid_until.len() != 10 {
            return wrong("valid_until 须为 YYYY-MM-DD");
        }
        Ok(())
    }
}

/// POST /fiscal/v1/payment-codes
pub(crate) async fn create(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    answered(&shared, "POST", PATH, accept(&shared, &headers, &body))
}

fn accept(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<(u16, Value), ProviderError> {
    admit(shared, headers, body)?;
    let malformed = |error: serde_json::Error| ProviderError::new(400, "PARAMETER_WRONG", error.to_string());
    let request: Value = serde_json::from_slice(body).map_err(malformed)?;
    let new: NewCode = serde_json::from_value(request.clone()).map_err(malformed)?;
    new.check()?;
    let error = shared.faults.settings().payment_code_error;
    let now = shared.now();
    shared.change(|world| {
        if let Some(known) = world.payment_codes.get(&new.request_no) {
            return if known.request == request {
                Ok((202, describe(known, now)))
            } else {
                Err(ProviderError::new(409, "REQUEST_NO_USED", "同一 request_no 的内容与首次不同"))
            };
        }
        let made = PaymentCode {
            request_no: new.request_no.clone(),
            request,
            issues_at: shared.settles_at(),
            payment_code: format!("50{}", random::digits(18)),
            valid_until: new.valid_until,
            paid_amount_fen: None,
            cancelled: false,
            error,
        };
        let described = describe(&made, now);
        world.payment_codes.insert(new.request_no, made);
        Ok((202, described))
    })
}

/// GET /fiscal/v1/payment-codes/{request_no}
pub(crate) async fn query(
    State(shared): State<Arc<Shared>>,
    Path(request_no): Path<String>,
    headers: HeaderMap,
) -> Response {
    let now = shared.now();
    let result = admit(&shared, &headers, b"").and_then(|()| {
        shared.read(|world| {
            let code = world.payment_codes.get(&request_no).ok_or_else(unknown)?;
            Ok((200, describe(code, now)))
        })
    });
    answered(&shared, "GET", &format!("{PATH}/{request_no}"), result)
}

/// POST /fiscal/v1/payment-codes/{request_no}/cancel
pub(crate) async fn cancel(
    State(shared): State<Arc<Shared>>,
    Path(request_no): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = shared.now();
    let result = admit(&shared, &headers, &body).and_then(|()| {
        shared.change(|world| {
            let code = world.payment_codes.get_mut(&request_no).ok_or_else(unknown)?;
            if code.paid_amount_fen.is_some() {
                return Err(ProviderError::new(409, "PAID", "这个缴款码已经缴款"));
            }
            code.cancelled = true;
            Ok((200, describe(code, now)))
        })
    });
    answered(&shared, "POST", &format!("{PATH}/{request_no}/cancel"), result)
}

fn unknown() -> ProviderError {
    ProviderError::new(404, "NOT_FOUND", "没有这个缴款码")
}

fn describe(code: &PaymentCode, now: i64) -> Value {
    let mut described = json!({"request_no": code.request_no});
    let state = match code {
        PaymentCode { error: Some(error), .. } => {
            described["error"] = json!(error);
            "failed"
        }
        PaymentCode { paid_amount_fen: Some(fen), .. } => {
            described["paid_amount_fen"] = json!(fen);
            "paid"
        }
        PaymentCode { cancelled: true, .. } => "cancelled",
        PaymentCode { issues_at, .. } if *issues_at > now => "issuing",
        _ => "issued",
    };
    if state == "issued" || state == "paid" {
        described["payment_code"] = json!(code.payment_code);
        described["valid_until"] = json!(code.valid_until);
    }
    described["state"] = json!(state);
    described
}
