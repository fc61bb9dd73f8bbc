//! Electronic invoices of WeChat Pay.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// State of one invoice as WeChat tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceState {
    /// Accepted.
    IssueAccepted,
    /// Issued.
    Issued,
    /// The tax office refused; `error` says why. WeChat leaves such an invoice at ISSUE_ACCEPTED
    /// and fills `fapiao_error_code`.
    IssueFailed,
    /// Red-flush accepted.
    ReverseAccepted,
    /// Red-flushed.
    Reversed,
}

impl InvoiceState {
    /// WeChat's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IssueAccepted | Self::IssueFailed => "ISSUE_ACCEPTED",
            Self::Issued => "ISSUED",
            Self::ReverseAccepted => "REVERSE_ACCEPTED",
            Self::Reversed => "REVERSED",
        }
    }
}

/// One application with its invoices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvoiceApplication {
    /// transaction_id (with WeChat Pay) or the merchant's own id.
    pub fapiao_apply_id: String,
    /// `WITH_WECHATPAY` or `WITHOUT_WECHATPAY`; empty while only a title was filled in.
    pub scene: String,
    /// The body of the application; a repetition must be equal.
    pub request: Option<Value>,
    /// Buyer as applied for, phone and e-mail decrypted.
    pub buyer: Value,
    /// Title the user filled in on WeChat's page.
    pub user_title: Option<Value>,
    /// Invoices.
    pub invoices: Vec<Invoice>,
    /// Card inserted into the user's card case, by app and openid.
    pub card_openid: Option<String>,
}

impl InvoiceApplication {
    /// One that waits for a title or for its application.
    pub(crate) fn waiting(fapiao_apply_id: &str, card_openid: Option<String>) -> Self {
        Self {
            fapiao_apply_id: fapiao_apply_id.to_owned(),
            scene: String::new(),
            request: None,
            buyer: Value::Null,
            user_title: None,
            invoices: Vec::new(),
            card_openid,
        }
    }
}

/// One invoice of an application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invoice {
    /// The merchant's id for it.
    pub fapiao_id: String,
    /// State.
    pub state: InvoiceState,
    /// Unix second from which the pending step happens.
    pub due_at: i64,
    /// Total with tax in fen.
    pub total_fen: i64,
    /// Tax in fen.
    pub tax_fen: i64,
    /// Items as applied for.
    pub items: Value,
    /// Remark as applied for.
    pub remark: Option<String>,
    /// Number of the blue invoice, 20 digits (fully digital: no code).
    pub number: String,
    /// Check code.
    pub check_code: String,
    /// Unix second of issue.
    pub issued_at: Option<i64>,
    /// Number of the red invoice.
    pub red_number: Option<String>,
    /// Unix second of the red invoice.
    pub red_at: Option<i64>,
    /// Error code and message.
    pub error: Option<(String, String)>,
}

/// PATCH /v3/new-tax-control-fapiao/merchant/development-config
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DevelopmentConfig {
    pub callback_url: Option<String>,
    pub show_fapiao_cell: bool,
    pub support_vat_fapiao: bool,
}
