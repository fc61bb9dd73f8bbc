//! Receipts and their states.

use std::str::FromStr;

use foundation::define_id;
use foundation::money::Fen;
use serde::Serialize;
use utoipa::ToSchema;

use super::mails::ReceiptMail;
use crate::fees::ReceiptClass;
use crate::invoice_titles::{InvoiceKind, TitleFacts};

define_id!(
    /// The receipt of one order.
    InvoiceId, "inv"
);

/// How far a receipt is (S0-47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    /// The order is not paid yet.
    None,
    /// Asked for; the issuer is at work.
    Requested,
    /// The file can be downloaded.
    Issued,
    /// The issuer refused; the payer can mend the title and retry.
    Failed,
    /// 红冲: being taken back.
    Reversing,
    /// Taken back.
    Reversed,
}

impl InvoiceState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            InvoiceState::None => "none",
            InvoiceState::Requested => "requested",
            InvoiceState::Issued => "issued",
            InvoiceState::Failed => "failed",
            InvoiceState::Reversing => "reversing",
            InvoiceState::Reversed => "reversed",
        }
    }
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            InvoiceState::None => "未开票",
            InvoiceState::Requested => "开票中",
            InvoiceState::Issued => "已开票",
            InvoiceState::Failed => "开票失败",
            InvoiceState::Reversing => "红冲中",
            InvoiceState::Reversed => "已红冲",
        }
    }
}

impl FromStr for InvoiceState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(InvoiceState::None),
            "requested" => Ok(InvoiceState::Requested),
            "issued" => Ok(InvoiceState::Issued),
            "failed" => Ok(InvoiceState::Failed),
            "reversing" => Ok(InvoiceState::Reversing),
            "reversed" => Ok(InvoiceState::Reversed),
            other => anyhow::bail!("unknown invoice state {other}"),
        }
    }
}

/// The receipt of an order.
#[derive(Debug, Clone)]
pub struct Invoice {
    /// Which.
    pub id: InvoiceId,
    /// Of which order.
    pub order_id: String,
    /// Who issues it follows from the class.
    pub receipt_class: ReceiptClass,
    /// What the payer chose.
    pub kind: InvoiceKind,
    /// To whom it is made out.
    pub title: TitleFacts,
    /// Fen.
    pub amount: Fen,
    /// How far it is.
    pub state: InvoiceState,
    /// 1 for the first try; every retry is a new round with a new number at the issuer.
    pub issue_round: i64,
    /// The application at WeChat: the transaction that was paid with. Nothing for fiscal receipts.
    pub apply_id: Option<String>,
    /// 票据代码 or 发票代码; fully digital invoices have none.
    pub invoice_code: Option<String>,
    /// 票据号码 or 发票号码.
    pub invoice_number: Option<String>,
    /// 校验码.
    pub check_code: Option<String>,
    /// Where the PDF is stored.
    pub file_key: Option<String>,
    /// Where the OFD is stored, where the issuer gives one.
    pub ofd_key: Option<String>,
    /// Why it failed, for people.
    pub failure: Option<String>,
    /// Epoch milliseconds.
    pub requested_at: i64,
    /// Epoch milliseconds.
    pub issued_at: Option<i64>,
}

/// The receipt as the API shows it with its order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvoiceView {
    /// What the payer chose.
    pub kind: InvoiceKind,
    /// The same for people.
    pub kind_text: &'static str,
    /// How far it is.
    pub state: InvoiceState,
    /// The same for people: 未开票, 开票中, 已开票, 开票失败.
    pub state_text: &'static str,
    /// To whom it is made out.
    pub title: TitleFacts,
    /// 票据代码 or 发票代码.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_code: Option<String>,
    /// 票据号码 or 发票号码.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// 校验码.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_code: Option<String>,
    /// Why it failed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// Whether there is an OFD beside the PDF.
    pub has_ofd: bool,
    /// The newest mail with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<ReceiptMail>,
}

impl InvoiceView {
    /// Of an order whose receipt was not asked for yet.
    pub fn not_requested(kind: InvoiceKind, title: TitleFacts) -> Self {
        Self {
            kind,
            kind_text: kind.text(),
            state: InvoiceState::None,
            state_text: InvoiceState::None.text(),
            title,
            invoice_code: None,
            invoice_number: None,
            check_code: None,
            failure: None,
            issued_at: None,
            has_ofd: false,
            mail: None,
        }
    }
}

impl From<Invoice> for InvoiceView {
    fn from(invoice: Invoice) -> Self {
        Self {
            kind: invoice.kind,
            kind_text: invoice.kind.text(),
            state: invoice.state,
            state_text: invoice.state.text(),
            title: invoice.title,
            invoice_code: invoice.invoice_code,
            invoice_number: invoice.invoice_number,
            check_code: invoice.check_code,
            failure: invoice.failure,
            issued_at: invoice.issued_at,
            has_ofd: invoice.ofd_key.is_some(),
            mail: None,
        }
    }
}
