//! Fiscal e-receipts (财政电子票据) for non-tax fees. Provinces differ in their systems: [`FiscalSystem`] is the one
//! interface a connection to another one implements; [`HttpFiscalSystem`] speaks the protocol of `docs/fiscal.md`.

use anyhow::{Context, bail, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use foundation::clock::SharedClock;
use foundation::config::FiscalConfig;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::issuer::{Application, Issued, Issuer, Progress, Reversal};
use crate::fiscal_client::{FiscalClient, without_address};

const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
const ITEM_NAME: &str = "特种设备检验检测费";

/// A fiscal system: an [`Issuer`] of receipts for non-tax fees.
pub trait FiscalSystem: Issuer {}

/// The one that the configuration names.
pub(super) fn system(config: &FiscalConfig, clock: SharedClock) -> anyhow::Result<Box<dyn FiscalSystem>> {
    match config.provider.as_str() {
        "none" => Ok(Box::new(NoFiscalSystem)),
        "http" => Ok(Box::new(HttpFiscalSystem { client: FiscalClient::new(config, clock)? })),
        other => bail!("fiscal.provider 应为 none 或 http，不能是“{other}”"),
    }
}

/// Nothing is connected: receipts are given out at the counter.
struct NoFiscalSystem;

impl FiscalSystem for NoFiscalSystem {}

#[async_trait]
impl Issuer for NoFiscalSystem {
    async fn look(&self, _application: &Application) -> anyhow::Result<Progress> {
        Ok(Progress::Failed("财政电子票据还没有联网，请到服务窗口领取票据".to_owned()))
    }
    async fn apply(&self, application: &Application) -> anyhow::Result<Progress> {
        self.look(application).await
    }
    async fn reverse(&self, _application: &Application, _reason: &str) -> anyhow::Result<Reversal> {
        Ok(Reversal::Failed("财政电子票据还没有联网，请在窗口作废票据".to_owned()))
    }
    async fn fetch(&self, _application: &Application, _issued: &Issued) -> anyhow::Result<Bytes> {
        bail!("no fiscal system is connected")
    }
}

/// A fiscal system reached over HTTP.
struct HttpFiscalSystem {
    client: FiscalClient,
}

#[derive(Serialize)]
struct NewReceipt<'a> {
    request_no: String,
    payer_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_tax_no: Option<&'a str>,
    amount_fen: i64,
    items: [ReceiptItem; 1],
    remark: String,
}

#[derive(Serialize)]
struct ReceiptItem {
    name: &'static str,
    quantity: i64,
    amount_fen: i64,
}

#[derive(Deserialize)]
struct ReceiptAnswer {
    state: String,
    receipt_code: Option<String>,
    receipt_number: Option<String>,
    check_code: Option<String>,
    issued_at: Option<String>,
    file_url: Option<String>,
    ofd_url: Option<String>,
    reversal_number: Option<String>,
    error: Option<String>,
}

#[derive(Serialize)]
struct NewReversal<'a> {
    reason: &'a str,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

fn progress(answer: ReceiptAnswer) -> anyhow::Result<Progress> {
    Ok(match answer.state.as_str() {
        "issuing" => Progress::Pending,
        "reversing" | "reversed" => Progress::Failed("票据已红冲，请联系客服".to_owned()),
        "failed" => Progress::Failed(answer.error.unwrap_or_else(|| "财政系统没有说明原因".to_owned())),
        "issued" => Progress::Issued(Issued {
            code: answer.receipt_code,
            number: answer.receipt_number.context("an issued receipt without a number")?,
            check_code: answer.check_code,
            issued_at: answer
                .issued_at
                .and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok())
                .map(|moment| moment.unix_timestamp() * 1_000),
            file_url: answer.file_url.context("an issued receipt without a file")?,
            ofd_url: answer.ofd_url,
        }),
        other => bail!("unknown receipt state {other}"),
    })
}

impl FiscalSystem for HttpFiscalSystem {}

impl HttpFiscalSystem {
    async fn file(&self, address: &str) -> anyhow::Result<Bytes> {
        let url = Url::parse(address).context("the address of the receipt file is none")?;
        ensure!(url.origin() == self.client.base().origin(), "the receipt file lies on another host than fiscal.url");
        let mut response = self.client.fetch(url).await?;
        ensure!(response.status().is_success(), "the receipt file answered {}", response.status());
        let mut content = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(without_address)? {
            ensure!(content.len() + piece.len() <= FILE_BYTES_MAX, "the receipt file is too large");
            content.extend_from_slice(&piece);
        }
        Ok(content.into())
    }
}

#[async_trait]
impl Issuer for HttpFiscalSystem {
    async fn look(&self, application: &Application) -> anyhow::Result<Progress> {
        let response = self.client.get(&["receipts", &application.number()]).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(Progress::Unknown),
            status if status.is_success() => progress(response.json().await.map_err(without_address)?),
            status => bail!("the fiscal system answered {status}"),
        }
    }

    async fn apply(&self, application: &Application) -> anyhow::Result<Progress> {
        let invoice = &application.invoice;
        let receipt = NewReceipt {
            request_no: application.number(),
            payer_name: &invoice.title.name,
            payer_tax_no: invoice.title.tax_no.as_deref(),
            amount_fen: invoice.amount.0,
            items: [ReceiptItem { name: ITEM_NAME, quantity: application.report_count, amount_fen: invoice.amount.0 }],
            remark: format!("缴款订单 {}", application.order_no),
        };
        let body = serde_json::to_vec(&receipt)?;
        let response = self.client.post(&["receipts"], body).await?;
        match response.status() {
            status if status.is_success() => progress(response.json().await.map_err(without_address)?),
            // What is wrong with the content is the payer's to mend.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let refusal: Refusal = response.json().await.map_err(without_address)?;
                Ok(Progress::Failed(refusal.message))
            }
            status => bail!("the fiscal system answered {status}"),
        }
    }

    async fn reverse(&self, application: &Application, reason: &str) -> anyhow::Result<Reversal> {
        let number = application.number();
        let response = self.client.get(&["receipts", &number]).await?;
        ensure!(response.status().is_success(), "the fiscal system answered {}", response.status());
        let known: ReceiptAnswer = response.json().await.map_err(without_address)?;
        match known.state.as_str() {
            "reversed" => return Ok(Reversal::Done(known.reversal_number.unwrap_or_default())),
            "issued" => {}
            _ => return Ok(Reversal::Pending),
        }
        let body = serde_json::to_vec(&NewReversal { reason })?;
        let response = self.client.post(&["receipts", &number, "reversal"], body).await?;
        match response.status() {
            status if status.is_success() => Ok(Reversal::Pending),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => {
                let refusal: Refusal = response.json().await.map_err(without_address)?;
                Ok(Reversal::Failed(refusal.message))
            }
            status => bail!("the fiscal system answered {status}"),
        }
    }

    async fn fetch(&self, _application: &Application, issued: &Issued) -> anyhow::Result<Bytes> {
        let content = self.file(&issued.file_url).await?;
        ensure!(content.starts_with(b"%PDF"), "the receipt file is no PDF");
        Ok(content)
    }

    async fn fetch_ofd(&self, issued: &Issued) -> anyhow::Result<Option<Bytes>> {
        let Some(url) = &issued.ofd_url else { return Ok(None) };
        let content = self.file(url).await?;
        // An OFD is a ZIP.
        ensure!(content.starts_with(b"PK\x03\x04"), "the second form of the receipt is no OFD");
        Ok(Some(content))
    }
}
