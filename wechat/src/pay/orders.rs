//! Ordering, asking and closing (pay v3 §5).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::call::Call;
use super::client::PayClient;
use super::error::{PayError, UnknownReason};
use super::front_end::PaymentParameters;
use super::timestamps::beijing_text;
use super::transaction::Transaction;
use crate::random;

/// 商品描述: at most this many characters.
const DESCRIPTION_CHARACTERS_MAX: usize = 127;
const ATTACH_CHARACTERS_MAX: usize = 128;
const NOTIFY_URL_BYTES_MAX: usize = 255;

/// A payment attempt to be ordered. Repeating with identical fields is safe; changed fields under the same number
/// are refused by WeChat (pitfalls B1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The AppID in whose WeChat the payer pays.
    pub app_id: String,
    /// What the payer reads in the bill: 1–127 characters.
    pub description: String,
    /// Our number: 6–32 characters of `0-9A-Za-z_-|*`.
    pub out_trade_no: String,
    /// Last moment to pay. It does not close the order.
    pub time_expire: Option<OffsetDateTime>,
    /// 商户数据包: up to 128 characters that come back in notices and bills.
    pub attach: Option<String>,
    /// Where notices go: a full external URL without query.
    pub notify_url: String,
    /// Amount in fen, above zero.
    pub amount_fen: i64,
    /// Shows the invoice entry in the payment receipt; needs the e-invoice product.
    pub support_fapiao: bool,
}

/// The body of an order request. Absent fields are left out, never null.
#[derive(Serialize)]
struct OrderBody<'a> {
    appid: &'a str,
    mchid: &'a str,
    description: &'a str,
    out_trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_expire: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a str>,
    notify_url: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    support_fapiao: bool,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<PayerBody<'a>>,
}

#[derive(Serialize)]
struct Amount {
    total: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct PayerBody<'a> {
    openid: &'a str,
}

#[derive(Deserialize)]
struct Prepaid {
    prepay_id: String,
}

#[derive(Deserialize)]
struct CodeUrl {
    code_url: String,
}

impl NewOrder {
    /// Checks what WeChat would refuse anyway. Errors name the field.
    pub fn validate(&self) -> Result<(), PayError> {
        let refuse = |text: &str| Err(PayError::Invalid(text.to_owned()));
        if self.amount_fen <= 0 {
            return refuse("amount_fen must be above zero");
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*".contains(&byte);
        if !(6..=32).contains(&self.out_trade_no.len()) || !self.out_trade_no.bytes().all(allowed) {
            return refuse("out_trade_no must be 6 to 32 characters of 0-9A-Za-z_-|*");
        }
        if !(1..=DESCRIPTION_CHARACTERS_MAX).contains(&self.description.chars().count()) {
            return refuse("description must be 1 to 127 characters");
        }
        if self.attach.as_ref().is_some_and(|attach| attach.chars().count() > ATTACH_CHARACTERS_MAX) {
            return refuse("attach must be at most 128 characters");
        }
        validate_notify_url(&self.notify_url)
    }

    fn body<'a>(&'a self, mch_id: &'a str, openid: Option<&'a str>) -> OrderBody<'a> {
        OrderBody {
            appid: &self.app_id,
            mchid: mch_id,
            description: &self.description,
            out_trade_no: &self.out_trade_no,
            time_expire: self.time_expire.map(beijing_text),
            attach: self.attach.as_deref(),
            notify_url: &self.notify_url,
            support_fapiao: self.support_fapiao,
            amount: Amount { total: self.amount_fen, currency: "CNY" },
            payer: openid.map(|openid| PayerBody { openid }),
        }
    }
}

/// A notice address has a path, no query and at most 255 bytes.
pub(crate) fn validate_notify_url(text: &str) -> Result<(), PayError> {
    let wrong = || PayError::Invalid("notify_url must be a full http(s) address without query".to_owned());
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.query().is_none()
        && url.fragment().is_none()
        && text.len() <= NOTIFY_URL_BYTES_MAX;
    if fits { Ok(()) } else { Err(wrong()) }
}

impl PayClient {
    /// Orders for payment inside WeChat (service account or mini-program) and returns the prepay_id, valid 2 hours.
    pub async fn order_jsapi(&self, order: &NewOrder, openid: &str) -> Result<String, PayError> {
        order.validate()?;
        if openid.is_empty() {
            return Err(PayError::Invalid("openid must not be empty".to_owned()));
        }
        let call = Call::post(&["v3", "pay", "transactions", "jsapi"], &order.body(self.mch_id(), Some(openid)))?;
        Ok(self.send(call).await?.json::<Prepaid>()?.prepay_id)
    }

    /// Orders for payment by scanning and returns the code_url, valid 2 hours; a newer one kills the older.
    pub async fn order_native(&self, order: &NewOrder) -> Result<String, PayError> {
        order.validate()?;
        let call = Call::post(&["v3", "pay", "transactions", "native"], &order.body(self.mch_id(), None))?;
        Ok(self.send(call).await?.json::<CodeUrl>()?.code_url)
    }

    /// Asks where an order stands. `not_found()` on the error when WeChat does not know the number.
    pub async fn query(&self, out_trade_no: &str) -> Result<Transaction, PayError> {
        let path = ["v3", "pay", "transactions", "out-trade-no", out_trade_no];
        self.send(Call::get(&path, &[("mchid", self.mch_id())])).await?.json()
    }

    /// Closes an unpaid order; repeating is safe. Only 204 counts as closed (pitfalls B4). For a paid order the
    /// error says `already_paid()`.
    pub async fn close(&self, out_trade_no: &str) -> Result<(), PayError> {
        let path = ["v3", "pay", "transactions", "out-trade-no", out_trade_no, "close"];
        let answer = self.send(Call::post(&path, &serde_json::json!({ "mchid": self.mch_id() }))?).await?;
        if answer.status == 204 {
            return Ok(());
        }
        Err(PayError::unknown(UnknownReason::Unreadable, Some(answer.status), "closing was not answered with 204"))
    }

    /// Signs what the page needs to open the pay sheet. `app_id` is that of the stored order.
    pub fn payment_parameters(&self, app_id: &str, prepay_id: &str) -> PaymentParameters {
        PaymentParameters::sign(self.signing_key(), app_id, prepay_id, self.now(), &random::nonce())
    }
}
