//! Refunds (pay v3 §7). An accepted refund is not a finished one: only a notice or a query says so.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

use super::call::Call;
use super::client::PayClient;
use super::error::PayError;
use super::orders::validate_notify_url;

const REASON_BYTES_MAX: usize = 80;

/// A refund to be asked for. The number belongs to the intention for ever: repeat with it, never with a new one
/// after a time-out (pitfalls C2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// WeChat's number of the payment.
    pub transaction_id: String,
    /// Our refund number: 1–64 characters of `0-9A-Za-z_-|*@`.
    pub out_refund_no: String,
    /// Shown to the payer; cut to 80 bytes.
    pub reason: Option<String>,
    /// Where notices go. Always given: without it WeChat sends the old XML notice, or none.
    pub notify_url: String,
    /// How much to give back, in fen.
    pub refund_fen: i64,
    /// The amount of the original order, in fen.
    pub total_fen: i64,
}

#[derive(Serialize)]
struct RefundBody<'a> {
    transaction_id: &'a str,
    out_refund_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    notify_url: &'a str,
    amount: RefundBodyAmount,
}

#[derive(Serialize)]
struct RefundBodyAmount {
    refund: i64,
    total: i64,
    currency: &'static str,
}

/// A refund as the application and the query tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// WeChat's refund number.
    pub refund_id: String,
    /// Our refund number.
    pub out_refund_no: String,
    /// WeChat's payment number.
    pub transaction_id: String,
    /// Our order number.
    pub out_trade_no: String,
    /// ORIGINAL, BALANCE, OTHER_BALANCE, OTHER_BANKCARD.
    #[serde(default)]
    pub channel: String,
    /// Where the money goes, in words.
    #[serde(default)]
    pub user_received_account: String,
    /// When it was accepted.
    #[serde(default, with = "super::timestamps::optional", skip_serializing_if = "Option::is_none")]
    pub create_time: Option<OffsetDateTime>,
    /// When the payer had the money.
    #[serde(default, with = "super::timestamps::optional", skip_serializing_if = "Option::is_none")]
    pub success_time: Option<OffsetDateTime>,
    /// Where it stands.
    pub status: RefundStatus,
    /// Amounts in fen.
    pub amount: RefundAmount,
}

/// Amounts of a refund in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundAmount {
    /// The original order.
    pub total: i64,
    /// This refund.
    pub refund: i64,
    /// What the payer had really paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<i64>,
    /// What the payer really gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_refund: Option<i64>,
    /// `CNY`; absent in notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// 退款状态.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefundStatus {
    /// The payer has the money.
    Success,
    /// Failed for want of funds for 7 days: start again with a new number.
    Closed,
    /// On its way.
    Processing,
    /// Neither card nor balance could take it: needs a person.
    Abnormal,
    /// A state this crate does not know.
    Other(String),
}

impl RefundStatus {
    /// The state as WeChat spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
            Self::Processing => "PROCESSING",
            Self::Abnormal => "ABNORMAL",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for RefundStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "SUCCESS" => Self::Success,
            "CLOSED" => Self::Closed,
            "PROCESSING" => Self::Processing,
            "ABNORMAL" => Self::Abnormal,
            _ => Self::Other(text),
        }
    }
}

impl Serialize for RefundStatus {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RefundStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

impl NewRefund {
    /// Checks what WeChat would refuse anyway. Errors name the field.
    pub fn validate(&self) -> Result<(), PayError> {
        let refuse = |text: &str| Err(PayError::Invalid(text.to_owned()));
        if self.refund_fen <= 0 || self.refund_fen > self.total_fen {
            return refuse("refund_fen must be above zero and at most total_fen");
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
        if !(1..=64).contains(&self.out_refund_no.len()) || !self.out_refund_no.bytes().all(allowed) {
            return refuse("out_refund_no must be 1 to 64 characters of 0-9A-Za-z_-|*@");
        }
        validate_notify_url(&self.notify_url)
    }
}

impl PayClient {
    /// Asks for a refund. `Ok` means accepted; on `OutcomeUnknown` (429 included) ask before repeating.
    pub async fn refund(&self, refund: &NewRefund) -> Result<Refund, PayError> {
        refund.validate()?;
        let body = RefundBody {
            transaction_id: &refund.transaction_id,
            out_refund_no: &refund.out_refund_no,
            reason: refund.reason.as_deref().map(|reason| &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)]),
            notify_url: &refund.notify_url,
            amount: RefundBodyAmount { refund: refund.refund_fen, total: refund.total_fen, currency: "CNY" },
        };
        self.send(Call::post(&["v3", "refund", "domestic", "refunds"], &body)?).await?.json()
    }

    /// Asks where a refund stands. `not_found()` on the error when it was never accepted: apply with the same number.
    pub async fn query_refund(&self, out_refund_no: &str) -> Result<Refund, PayError> {
        self.send(Call::get(&["v3", "refund", "domestic", "refunds", out_refund_no], &[])).await?.json()
    }
}
