//! Who everybody is: the merchant, WeChat itself, the two apps, and the two side providers.
//!
//! The simulator holds both sides' keys, because a person who sets up a demonstration or a test
//! needs the merchant's half to configure the application. Real WeChat never gives its own half.

mod files;
mod fixed;
mod generate;

use serde::{Deserialize, Serialize};

/// All keys, numbers and secrets of one simulated world.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identities {
    /// Merchant number 商户号, ten digits.
    pub mch_id: String,
    /// Merchant name as the pay sheet shows it.
    pub mch_name: String,
    /// Serial of the merchant's API certificate, 40 upper-case hexadecimal digits.
    pub merchant_serial: String,
    /// The merchant's private key, PEM PKCS#8.
    pub merchant_private_key_pem: String,
    /// The merchant's API certificate, PEM X.509.
    pub merchant_certificate_pem: String,
    /// APIv3 key: 32 characters, used as 32 raw bytes.
    pub api_v3_key: String,
    /// WeChat's platform certificates: the first is in use, the second waits for a rotation.
    pub platform_certificates: Vec<PlatformIdentity>,
    /// Id of the WeChat Pay public key, `PUB_KEY_ID_…`.
    pub public_key_id: String,
    /// The WeChat Pay public key, PEM SPKI.
    pub public_key_pem: String,
    /// Its private half, known to WeChat only, PEM PKCS#8.
    pub public_key_private_pem: String,
    /// The service account 服务号.
    pub mp: AppIdentity,
    /// The mini-program 小程序.
    pub mini: AppIdentity,
    /// Shared secret of the fiscal receipt system (see [`crate::fiscal`]).
    pub fiscal_secret: String,
    /// Shared secret of the SMS provider (see [`crate::sms`]).
    pub sms_secret: String,
}

/// One platform certificate with its private key.
#[derive(Clone, Serialize, Deserialize)]
pub struct PlatformIdentity {
    /// 40 upper-case hexadecimal digits.
    pub serial: String,
    /// PEM PKCS#8, known to WeChat only.
    pub private_key_pem: String,
    /// PEM X.509.
    pub certificate_pem: String,
}

/// A service account or a mini-program.
#[derive(Clone, Serialize, Deserialize)]
pub struct AppIdentity {
    /// `wx` and 16 hexadecimal characters.
    pub app_id: String,
    /// AppSecret, 32 hexadecimal characters.
    pub app_secret: String,
    /// Original id `gh_…`, the sender and receiver name in pushed XML.
    pub original_id: String,
    /// Token of the message push configuration.
    pub token: String,
    /// EncodingAESKey, 43 characters.
    pub encoding_aes_key: String,
}

impl Identities {
    /// Whether the merchant and WeChat Pay have agreed on the national suite (SM2, SM3, SM4).
    #[must_use]
    pub fn is_shangmi(&self) -> bool {
        let key = wechat::crypto::keys::SigningKey::from_pem(&self.merchant_private_key_pem);
        key.is_ok_and(|key| key.suite() == wechat::crypto::suite::Suite::ShangMi)
    }
}

impl std::fmt::Debug for Identities {
    /// Names the parties and keeps the keys out of logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Identities")
            .field("mch_id", &self.mch_id)
            .field("mp", &self.mp.app_id)
            .field("mini", &self.mini.app_id)
            .finish_non_exhaustive()
    }
}
