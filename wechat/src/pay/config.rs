//! What a merchant configures, and what is wrong with it in words that name the field.

use std::fmt;

use secrecy::SecretString;

use crate::config::ConfigError;
use crate::crypto::suite::Suite;

/// The settings of one merchant number. Secrets stay in [`SecretString`].
#[derive(Clone)]
pub struct PayConfig {
    /// Base address of WeChat Pay, without path: `https://api.mch.weixin.qq.com`, or a stand-in.
    pub base_url: String,
    /// Which algorithms were agreed with WeChat Pay. All keys must be of this suite.
    pub suite: Suite,
    /// 商户号 mchid: digits.
    pub mch_id: String,
    /// Serial of the merchant API certificate that belongs to the private key: 40 hexadecimal digits.
    pub merchant_serial: String,
    /// The merchant's private key (apiclient_key.pem), PKCS#8 or PKCS#1 PEM.
    pub merchant_private_key_pem: SecretString,
    /// APIv3 密钥: exactly 32 characters.
    pub api_v3_key: SecretString,
    /// A second APIv3 key that opens what the first does not, while the key is being changed: WeChat takes the new one
    /// at once when it is set in the console, and no node can be restarted at that very moment.
    pub api_v3_key_old: Option<SecretString>,
    /// 微信支付公钥 with its id; the only mode of newly opened merchant numbers.
    pub public_key: Option<PublicKeyConfig>,
    /// 平台证书 known in advance.
    pub platform_certificates_pem: Vec<String>,
    /// Whether `/v3/certificates` may be called. Off for merchants in public-key-only mode: they have no
    /// certificates and the call fails (pitfalls A6).
    pub download_certificates: bool,
    /// Time limit of one call, connecting included, in milliseconds. 15,000 is a good value.
    pub timeout_ms: u64,
}

impl fmt::Debug for PayConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PayConfig")
            .field("base_url", &self.base_url)
            .field("suite", &self.suite)
            .field("mch_id", &self.mch_id)
            .field("merchant_serial", &self.merchant_serial)
            .field("public_key", &self.public_key.as_ref().map(|key| &key.id))
            .field("platform_certificates", &self.platform_certificates_pem.len())
            .field("download_certificates", &self.download_certificates)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}

/// The WeChat Pay public key and its id.
#[derive(Debug, Clone)]
pub struct PublicKeyConfig {
    /// `PUB_KEY_ID_` followed by digits.
    pub id: String,
    /// The key itself (pub_key.pem), SPKI PEM.
    pub pem: String,
}

/// The APIv3 key: 32 characters, used as 32 raw bytes.
#[derive(Clone)]
pub struct ApiV3Key([u8; 32]);

impl ApiV3Key {
    /// Errors unless `text` has exactly 32 bytes.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        Self::of_field("api_v3_key", text)
    }

    /// As [`Self::new`]; the error names this field.
    pub(super) fn of_field(field: &'static str, text: &str) -> Result<Self, ConfigError> {
        let bytes = text
            .as_bytes()
            .try_into()
            .map_err(|_| ConfigError::new(field, format!("needs exactly 32 characters, has {}", text.len())))?;
        Ok(Self(bytes))
    }

    /// The key bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiV3Key(..)")
    }
}
