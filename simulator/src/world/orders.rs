//! Pay orders: the states of WeChat Pay's basic payment and what may happen in each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::instants::DAY_S;

/// How long a prepay_id or code_url lives: two hours.
pub(crate) const PREPAY_LIFE_S: i64 = 2 * 3600;
/// An unpaid order closes by itself after seven days.
pub(crate) const AUTO_CLOSE_S: i64 = 7 * DAY_S;
/// time_expire later than this is cut silently.
pub(crate) const EXPIRY_MAX_S: i64 = 15 * DAY_S;
/// time_expire earlier than this is moved silently.
pub(crate) const EXPIRY_MIN_S: i64 = 60;

/// The way an order was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Product {
    /// A code to scan.
    Native,
    /// Service account H5 and mini-program.
    Jsapi,
}

impl Product {
    /// `trade_type` of a paid order.
    #[must_use]
    pub fn trade_type(self) -> &'static str {
        match self {
            Self::Native => "NATIVE",
            Self::Jsapi => "JSAPI",
        }
    }
}

/// State of an order as `trade_state` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TradeState {
    /// Not paid.
    NotPay,
    /// Paid.
    Success,
    /// Paid and at least one refund accepted, even a partial one.
    Refund,
    /// Closed by the merchant or by time.
    Closed,
}

impl TradeState {
    /// WeChat's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPay => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::Closed => "CLOSED",
        }
    }

    /// `trade_state_desc`.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::NotPay => "订单未支付",
            Self::Success => "支付成功",
            Self::Refund => "订单发生过退款",
            Self::Closed => "订单已关闭",
        }
    }
}

/// One payment order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Native or JSAPI.
    pub product: Product,
    /// The body of the first request; a repetition must be equal.
    pub request: Value,
    /// App of the order.
    pub app_id: String,
    /// The merchant's number for it.
    pub out_trade_no: String,
    /// What is paid for.
    pub description: String,
    /// Returned as sent; absent when not sent.
    pub attach: Option<String>,
    /// Where the notice goes.
    pub notify_url: String,
    /// Amount in fen.
    pub amount_fen: i64,
    /// openid named in a JSAPI order.
    pub openid: Option<String>,
    /// Whether the receipt offers an e-invoice.
    pub support_fapiao: bool,
    /// Unix second of the first request.
    pub created_at: i64,
    /// Last moment to pay, unix second.
    pub time_expire: i64,
    /// Current prepay_id.
    pub prepay_id: String,
    /// Current code_url of a Native order.
    pub code_url: Option<String>,
    /// Unix second at which both die.
    pub prepay_expires_at: i64,
    /// Native: the first user who scanned it; nobody else may pay.
    pub scanned_by: Option<String>,
    /// State now.
    pub state: TradeState,
    /// Present once paid.
    pub payment: Option<Payment>,
}

/// The money part of a paid order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// WeChat's number, 28 digits.
    pub transaction_id: String,
    /// Unix second.
    pub paid_at: i64,
    /// openid of the payer under the order's app.
    pub openid: String,
    /// What the payer really paid: smaller than the order's total with a coupon.
    pub payer_total_fen: i64,
    /// Paying bank.
    pub bank_type: String,
}

/// Why a phone may not pay an order; the text is what the phone shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum PayRefused {
    /// No order has this code or prepay_id any more.
    #[error("二维码已失效，请刷新后重新扫描")]
    UnknownCode,
    /// The front-end parameters are not signed by the merchant.
    #[error("支付验证签名失败")]
    WrongPaySign,
    /// A front-end parameter is missing or has the wrong form.
    #[error("调用支付 JSAPI 缺少参数：{name}")]
    Parameter {
        /// The missing or malformed parameter.
        name: String,
    },
    /// The order belongs to another app than the parameters say.
    #[error("appid 和订单不匹配")]
    WrongApp,
    /// The order was made for another openid.
    #[error("下单账号与支付账号不一致，请核实后再支付")]
    WrongPayer,
    /// The prepay_id is older than two hours.
    #[error("订单已失效，请返回商户重新下单")]
    PrepayExpired,
    /// time_expire has passed.
    #[error("订单已超过支付截止时间，请重新下单")]
    OrderExpired,
    /// Closed.
    #[error("订单已关闭，请返回商户重新下单")]
    Closed,
    /// Paid before.
    #[error("该订单已支付，请勿重复支付")]
    AlreadyPaid,
    /// Another user scanned the code first.
    #[error("该二维码已被其他用户扫描")]
    ScannedByAnother,
    /// The bank took the money but WeChat did not book it (a fault switch); the order stays unpaid.
    #[error("支付失败，银行卡扣款未成功")]
    BankFailed,
}

impl Order {
    /// Closes the order if its time is over.
    pub(crate) fn pass_time(&mut self, now: i64) {
        if self.state == TradeState::NotPay && now >= self.created_at + AUTO_CLOSE_S {
            self.state = TradeState::Closed;
        }
    }

    /// Whether the order can be paid now by `openid` (under the order's app).
    pub(crate) fn may_pay(&self, openid: &str, now: i64) -> Result<(), PayRefused> {
        match self.state {
            TradeState::NotPay => {}
            TradeState::Closed => return Err(PayRefused::Closed),
            TradeState::Success | TradeState::Refund => return Err(PayRefused::AlreadyPaid),
        }
        if now > self.time_expire {
            return Err(PayRefused::OrderExpired);
        }
        if now > self.prepay_expires_at {
            return Err(PayRefused::PrepayExpired);
        }
        match (&self.openid, &self.scanned_by) {
            (Some(expected), _) if expected != openid => Err(PayRefused::WrongPayer),
            (_, Some(first)) if first != openid => Err(PayRefused::ScannedByAnother),
            _ => Ok(()),
        }
    }

    /// Whether money has come in.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        matches!(self.state, TradeState::Success | TradeState::Refund)
    }
}
