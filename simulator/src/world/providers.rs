//! The two side providers: fiscal receipts and text messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text message that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsMessage {
    /// `sms_…`
    pub message_id: String,
    /// Unix second.
    pub at: i64,
    /// Receiver.
    pub phone: String,
    /// Template name of the sender.
    pub template: String,
    /// Parameters, such as `code` and `minutes`.
    pub params: Value,
    /// The text as shown on the phone.
    pub text: String,
    /// The sender's own number of it, if it gave one.
    #[serde(default)]
    pub request_id: String,
}

/// State of a fiscal receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// Accepted.
    Issuing,
    /// The receipt exists.
    Issued,
    /// It will never exist; `error` says why.
    Failed,
    /// 红冲 accepted.
    Reversing,
    /// Taken back.
    Reversed,
}

/// A fiscal receipt 财政电子票据.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The caller's number: the same number, the same receipt.
    pub request_no: String,
    /// The body of the first request; a repetition must be equal.
    pub request: Value,
    /// State.
    pub state: ReceiptState,
    /// Unix second from which it issues.
    pub issues_at: i64,
    /// 票据代码, 8 digits.
    pub receipt_code: String,
    /// 票据号码, 10 digits.
    pub receipt_number: String,
    /// 校验码, 6 digits.
    pub check_code: String,
    /// Unix second of issue.
    pub issued_at: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// Number of the red receipt, 10 digits, once it was taken back.
    #[serde(default)]
    pub reversal_number: Option<String>,
    /// Unix second from which it is taken back.
    #[serde(default)]
    pub reverses_at: Option<i64>,
}

/// A payment code 缴款码 of the fiscal system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCode {
    /// The caller's number: the same number, the same code.
    pub request_no: String,
    /// The body of the first request; a repetition must be equal.
    pub request: Value,
    /// Unix second from which it is there.
    pub issues_at: i64,
    /// 20 digits.
    pub payment_code: String,
    /// The last day on which it is good, `YYYY-MM-DD`.
    pub valid_until: String,
    /// Fen that arrived with it.
    pub paid_amount_fen: Option<i64>,
    /// Given up by the caller.
    pub cancelled: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// An order of 非税缴费.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NontaxOrder {
    /// WeChat's number.
    pub order_id: String,
    /// The caller's number; it may be used more than once.
    pub order_no: String,
    /// 行政区划代码.
    pub region_code: String,
    /// 执收单位编码.
    pub department_code: String,
    /// Fen.
    pub fee: i64,
    /// Unix second from which the fiscal side has given it a number.
    pub noticed_at: i64,
    /// 缴费通知书编号: the payment code, 20 digits.
    pub payment_notice_no: String,
    /// The last day, `YYYYMMDD`.
    pub expires_on: String,
    /// Fen that came.
    pub paid_fee: Option<i64>,
    /// Unix second.
    pub created_at: i64,
}
