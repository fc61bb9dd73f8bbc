//! Refunds: accepted first, settled later.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// State of a refund as WeChat tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundState {
    /// Accepted, on its way.
    Processing,
    /// With the payer.
    Success,
    /// Neither card nor balance could be reached.
    Abnormal,
    /// Failed for good: start again with a new number.
    Closed,
}

impl RefundState {
    /// WeChat's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Abnormal => "ABNORMAL",
            Self::Closed => "CLOSED",
        }
    }
}

/// One refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// The body of the first request; a repetition must be equal.
    pub request: Value,
    /// The merchant's number.
    pub out_refund_no: String,
    /// WeChat's number, 29 digits.
    pub refund_id: String,
    /// The order's number.
    pub out_trade_no: String,
    /// The payment's number.
    pub transaction_id: String,
    /// Amount in fen.
    pub refund_fen: i64,
    /// Total of the order in fen.
    pub total_fen: i64,
    /// Reason given.
    pub reason: Option<String>,
    /// Where the notice goes; without it a v2 XML notice or none.
    pub notify_url: Option<String>,
    /// State now.
    pub state: RefundState,
    /// Unix second.
    pub created_at: i64,
    /// Unix second from which it settles; `None` when a fault keeps it open.
    pub settles_at: Option<i64>,
    /// State it will settle in.
    pub settles_as: RefundState,
    /// Unix second of success.
    pub succeeded_at: Option<i64>,
}

impl Refund {
    /// WeChat does nothing more with it by itself: it went wrong, or never settles.
    #[must_use]
    pub fn is_left_to_people(&self) -> bool {
        match self.state {
            RefundState::Abnormal => true,
            RefundState::Processing => self.settles_at.is_none(),
            RefundState::Success | RefundState::Closed => false,
        }
    }
}
