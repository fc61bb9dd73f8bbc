//! The parameters with which a page opens the pay sheet (pay v3 §5, 调起支付).

use serde::{Deserialize, Serialize};

use crate::crypto::keys::SigningKey;

/// For `WeixinJSBridge` and `wx.requestPayment`; serialised with the names both expect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentParameters {
    /// The AppID of the stored order (pitfalls B9). The mini-program does not pass it on, but it is signed.
    pub app_id: String,
    /// Unix seconds, as text.
    pub time_stamp: String,
    /// Random text.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// `RSA` in v3, also for a merchant of the national suite (as WeChat's own library sends it unless it is told
    /// otherwise); not part of the signature.
    pub sign_type: String,
    /// base64 signature by the merchant key.
    pub pay_sign: String,
}

impl PaymentParameters {
    /// Signs the four lines AppID, timestamp (unix seconds), nonce and package.
    pub fn sign(key: &SigningKey, app_id: &str, prepay_id: &str, timestamp: i64, nonce: &str) -> Self {
        let package = format!("prepay_id={prepay_id}");
        let pay_sign = key.sign(Self::message(app_id, &timestamp.to_string(), nonce, &package).as_bytes());
        Self {
            app_id: app_id.to_owned(),
            time_stamp: timestamp.to_string(),
            nonce_str: nonce.to_owned(),
            package,
            sign_type: "RSA".to_owned(),
            pay_sign,
        }
    }

    /// The text that is signed.
    pub fn message(app_id: &str, time_stamp: &str, nonce: &str, package: &str) -> String {
        format!("{app_id}\n{time_stamp}\n{nonce}\n{package}\n")
    }
}
