//! Payment codes from the fiscal system over HTTP, by the protocol of `docs/fiscal.md`.

use anyhow::{Context, bail};
use async_trait::async_trait;
use foundation::calendar::{parse_date, print_date};
use foundation::clock::SharedClock;
use foundation::config::FiscalConfig;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use super::codes::{CodeProgress, CodeRequest, GivenUp, PaymentCodes};
use crate::fiscal_client::{FiscalClient, without_address};

const CODES: &str = "payment-codes";
const ITEM_NAME: &str = "特种设备检验检测费";

/// The fiscal system as maker of payment codes.
pub(super) struct HttpPaymentCodes {
    client: FiscalClient,
}

#[derive(Serialize)]
struct NewCode<'a> {
    request_no: &'a str,
    payer_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_tax_no: Option<&'a str>,
    payee_name: &'a str,
    amount_fen: i64,
    items: [CodeItem; 1],
    valid_until: String,
    remark: String,
}

#[derive(Serialize)]
struct CodeItem {
    name: &'static str,
    quantity: i64,
    amount_fen: i64,
}

#[derive(Deserialize)]
struct CodeAnswer {
    state: String,
    payment_code: Option<String>,
    valid_until: Option<String>,
    paid_amount_fen: Option<i64>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl HttpPaymentCodes {
    pub(super) fn new(config: &FiscalConfig, clock: SharedClock) -> anyhow::Result<Self> {
        Ok(Self { client: FiscalClient::new(config, clock)? })
    }
}

fn progress(answer: CodeAnswer) -> anyhow::Result<CodeProgress> {
    let code = |code: Option<String>| code.context("an issued payment code without its digits");
    Ok(match answer.state.as_str() {
        "issuing" => CodeProgress::Pending,
        "issued" => CodeProgress::Issued {
            code: code(answer.payment_code)?,
            valid_until: answer.valid_until.as_deref().map(parse_date).transpose()?,
        },
        "paid" => CodeProgress::Paid {
            code: code(answer.payment_code)?,
            amount_fen: answer.paid_amount_fen.context("a paid payment code without an amount")?,
        },
        "failed" => CodeProgress::Failed(answer.error.unwrap_or_else(|| "财政系统没有说明原因".to_owned())),
        "cancelled" => CodeProgress::Cancelled,
        other => bail!("unknown payment code state {other}"),
    })
}

#[async_trait]
impl PaymentCodes for HttpPaymentCodes {
    async fn look(&self, request_no: &str) -> anyhow::Result<CodeProgress> {
        let response = self.client.get(&[CODES, request_no]).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(CodeProgress::Unknown),
            status if status.is_success() => progress(response.json().await.map_err(without_address)?),
            status => bail!("the fiscal system answered {status}"),
        }
    }

    async fn request(&self, request: &CodeRequest) -> anyhow::Result<CodeProgress> {
        let new = NewCode {
            request_no: &request.request_no,
            payer_name: &request.payer_name,
            payer_tax_no: request.payer_tax_no.as_deref(),
            payee_name: &request.payee_name,
            amount_fen: request.amount_fen,
            items: [CodeItem { name: ITEM_NAME, quantity: request.report_count, amount_fen: request.amount_fen }],
            valid_until: print_date(request.valid_until),
            remark: format!("缴款订单 {}", request.order_no),
        };
        let response = self.client.post(&[CODES], serde_json::to_vec(&new)?).await?;
        match response.status() {
            status if status.is_success() => progress(response.json().await.map_err(without_address)?),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let refusal: Refusal = response.json().await.map_err(without_address)?;
                Ok(CodeProgress::Failed(refusal.message))
            }
            status => bail!("the fiscal system answered {status}"),
        }
    }

    async fn cancel(&self, request_no: &str) -> anyhow::Result<GivenUp> {
        let response = self.client.post(&[CODES, request_no, "cancel"], b"{}".to_vec()).await?;
        match response.status() {
            // It was never made.
            StatusCode::NOT_FOUND => Ok(GivenUp::Done),
            StatusCode::CONFLICT => Ok(GivenUp::PaidBefore),
            status if status.is_success() => Ok(GivenUp::Done),
            status => bail!("the fiscal system answered {status}"),
        }
    }
}
