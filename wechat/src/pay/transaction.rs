//! A payment as queries and notices tell it (pay v3 §5, §6).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

/// A payment order at WeChat. Most parts are missing while it is unpaid; unknown fields are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The AppID the order was made with.
    #[serde(rename = "appid")]
    pub app_id: String,
    /// 商户号.
    #[serde(rename = "mchid")]
    pub mch_id: String,
    /// 商户订单号, the number of our payment attempt.
    pub out_trade_no: String,
    /// 微信支付订单号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// JSAPI (mini-program included), NATIVE, APP, MWEB …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_type: Option<String>,
    /// Where the order stands.
    pub trade_state: TradeState,
    /// The state in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_state_desc: Option<String>,
    /// For example `ICBC_DEBIT`, `OTHERS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_type: Option<String>,
    /// 商户数据包; absent when none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// When the money was taken.
    #[serde(default, with = "super::timestamps::optional", skip_serializing_if = "Option::is_none")]
    pub success_time: Option<OffsetDateTime>,
    /// Who paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// How much, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<TransactionAmount>,
}

/// The payer of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// The payer's openid under the order's AppID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<String>,
}

/// Amounts in fen. A fraction in the JSON is an error, not rounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionAmount {
    /// The amount of the order: this is what is compared with our order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// What the payer really paid; less than `total` when coupons were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_total: Option<i64>,
    /// `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The currency of `payer_total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_currency: Option<String>,
}

impl Transaction {
    /// Whether the money was taken: SUCCESS, or REFUND, which also stands after a partial refund (pitfalls C5).
    pub fn is_paid(&self) -> bool {
        matches!(self.trade_state, TradeState::Success | TradeState::Refund)
    }

    /// The payer's openid, when it is told.
    pub fn payer_openid(&self) -> Option<&str> {
        self.payer.as_ref().and_then(|payer| payer.openid.as_deref())
    }

    /// `amount.total` in fen, when it is told.
    pub fn total_fen(&self) -> Option<i64> {
        self.amount.as_ref().and_then(|amount| amount.total)
    }
}

/// 交易状态.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TradeState {
    /// SUCCESS: paid.
    Success,
    /// REFUND: paid, and a refund (maybe partial) was accepted.
    Refund,
    /// NOTPAY: not paid yet; an expired order stays so until it is closed.
    NotPay,
    /// CLOSED: can no longer be paid.
    Closed,
    /// REVOKED: reversed (card-reader payments only).
    Revoked,
    /// USERPAYING: the payer is typing the password (card-reader payments only).
    UserPaying,
    /// PAYERROR: failed (card-reader payments only).
    PayError,
    /// ACCEPT: accepted, waiting for the deduction.
    Accept,
    /// A state this crate does not know.
    Other(String),
}

impl TradeState {
    /// The state as WeChat spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::NotPay => "NOTPAY",
            Self::Closed => "CLOSED",
            Self::Revoked => "REVOKED",
            Self::UserPaying => "USERPAYING",
            Self::PayError => "PAYERROR",
            Self::Accept => "ACCEPT",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for TradeState {
    fn from(text: String) -> Self {
        match text.as_str() {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "NOTPAY" => Self::NotPay,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            "ACCEPT" => Self::Accept,
            _ => Self::Other(text),
        }
    }
}

impl Serialize for TradeState {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TradeState {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}
