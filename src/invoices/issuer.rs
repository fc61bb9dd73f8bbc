//! Who issues receipts, as seen from here: apply, then look until it is there or refused.

use async_trait::async_trait;
use bytes::Bytes;

use super::model::Invoice;

/// A receipt to be issued, in one round.
#[derive(Debug, Clone)]
pub struct Application {
    /// The receipt.
    pub invoice: Invoice,
    /// 缴款订单号, for the remark.
    pub order_no: String,
    /// Reports paid for.
    pub report_count: i64,
}

impl Application {
    /// Our number of this round at the issuer: at most 32 letters and digits, the same for every repeat of the round.
    /// The shortened identifier keeps its time and 60 random bits.
    pub fn number(&self) -> String {
        round_number(&self.invoice)
    }
}

/// See [`Application::number`].
pub(super) fn round_number(invoice: &Invoice) -> String {
    let hex = invoice.id.as_str().trim_start_matches("inv_");
    let start: String = hex.chars().take(27).collect();
    format!("{start}r{}", invoice.issue_round)
}

/// What an issuer knows of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It never heard of it: apply.
    Unknown,
    /// Being made.
    Pending,
    /// Done; the file can be fetched.
    Issued(Issued),
    /// Refused; the sentence is for people.
    Failed(String),
}

/// An issued receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// 票据代码 or 发票代码; fully digital invoices have none.
    pub code: Option<String>,
    /// 票据号码 or 发票号码.
    pub number: String,
    /// 校验码.
    pub check_code: Option<String>,
    /// When, epoch milliseconds.
    pub issued_at: Option<i64>,
    /// Where the issuer offers the file; good for seconds or for longer.
    pub file_url: String,
    /// Where it offers the OFD, if it makes one.
    pub ofd_url: Option<String>,
}

/// What an issuer knows of a receipt that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reversal {
    /// Being taken back.
    Pending,
    /// Taken back, under this number.
    Done(String),
    /// Refused; the sentence is for people.
    Failed(String),
}

/// One who issues receipts. Errors mean "not known, ask again"; a refusal is [`Progress::Failed`].
#[async_trait]
pub trait Issuer: Send + Sync {
    /// Asks how far the application is.
    async fn look(&self, application: &Application) -> anyhow::Result<Progress>;
    /// Applies; repeating with the same number and content is harmless. `Pending` or `Failed`.
    async fn apply(&self, application: &Application) -> anyhow::Result<Progress>;
    /// 红冲: asks how far taking back is, and asks for it if nobody did; repeating is harmless.
    async fn reverse(&self, application: &Application, reason: &str) -> anyhow::Result<Reversal>;
    /// Fetches the file of an issued receipt.
    async fn fetch(&self, application: &Application, issued: &Issued) -> anyhow::Result<Bytes>;
    /// Fetches the OFD of an issued receipt; nothing where the issuer makes none.
    async fn fetch_ofd(&self, _issued: &Issued) -> anyhow::Result<Option<Bytes>> {
        Ok(None)
    }
}
