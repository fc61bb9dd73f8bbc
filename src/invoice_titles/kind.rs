//! Kinds of receipt and which fees get them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fees::ReceiptClass;

/// What kind of receipt a payer may choose (S0-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// 财政电子票据, for non-tax fees.
    FiscalReceipt,
    /// 增值税普通发票.
    Ordinary,
    /// 增值税专用发票: units only.
    Special,
}

impl InvoiceKind {
    /// The kinds a receipt class offers; the first is the default.
    pub fn of_class(class: ReceiptClass) -> &'static [InvoiceKind] {
        match class {
            ReceiptClass::Nontax => &[InvoiceKind::FiscalReceipt],
            ReceiptClass::Vat => &[InvoiceKind::Ordinary, InvoiceKind::Special],
        }
    }
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            InvoiceKind::FiscalReceipt => "fiscal_receipt",
            InvoiceKind::Ordinary => "ordinary",
            InvoiceKind::Special => "special",
        }
    }
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            InvoiceKind::FiscalReceipt => "财政电子票据",
            InvoiceKind::Ordinary => "增值税普通发票",
            InvoiceKind::Special => "增值税专用发票",
        }
    }
}

impl FromStr for InvoiceKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "fiscal_receipt" => Ok(InvoiceKind::FiscalReceipt),
            "ordinary" => Ok(InvoiceKind::Ordinary),
            "special" => Ok(InvoiceKind::Special),
            other => anyhow::bail!("unknown invoice kind {other}"),
        }
    }
}
