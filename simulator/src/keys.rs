//! The identities' keys, parsed once.

use std::sync::{PoisonError, RwLock};

use wechat::crypto::CryptoError;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::{SigningKey, VerifyingKey};
use wechat::crypto::message::MessageCrypto;
use wechat::crypto::suite::Suite;

use crate::identities::Identities;

pub(crate) struct Keys {
    /// The algorithms the merchant has agreed on.
    pub suite: Suite,
    /// The merchant's certificates that are good, several while he changes from one to the other: they verify his
    /// requests and paySign, and encrypt sensitive fields for him.
    pub merchant: RwLock<Vec<Certificate>>,
    /// The APIv3 key that the merchant has set in his console.
    pub api_v3: RwLock<String>,
    /// Serial, key and certificate of each platform certificate.
    pub platforms: Vec<PlatformKey>,
    /// Private half of the WeChat Pay public key.
    pub public: SigningKey,
    /// Message encryption of the service account.
    pub mp: MessageCrypto,
    /// Message encryption of the mini-program.
    pub mini: MessageCrypto,
}

pub(crate) struct PlatformKey {
    pub serial: String,
    pub key: SigningKey,
    pub certificate: Certificate,
    pub certificate_pem: String,
}

impl Keys {
    pub fn parse(identities: &Identities) -> Result<Self, CryptoError> {
        let platforms = identities
            .platform_certificates
            .iter()
            .map(|platform| {
                Ok(PlatformKey {
                    serial: platform.serial.clone(),
                    key: SigningKey::from_pem(&platform.private_key_pem)?,
                    certificate: Certificate::from_pem(&platform.certificate_pem)?,
                    certificate_pem: platform.certificate_pem.clone(),
                })
            })
            .collect::<Result<Vec<_>, CryptoError>>()?;
        let crypto = |app: &crate::identities::AppIdentity| {
            MessageCrypto::new(&app.token, &[&app.encoding_aes_key], &app.app_id)
        };
        let merchant = Certificate::from_pem(&identities.merchant_certificate_pem)?;
        Ok(Self {
            suite: merchant.key().suite(),
            merchant: RwLock::new(vec![merchant]),
            api_v3: RwLock::new(identities.api_v3_key.clone()),
            platforms,
            public: SigningKey::from_pem(&identities.public_key_private_pem)?,
            mp: crypto(&identities.mp)?,
            mini: crypto(&identities.mini)?,
        })
    }

    /// The key of the merchant's certificate with this serial, while it is good.
    pub fn merchant_key(&self, serial: &str) -> Option<VerifyingKey> {
        let certificates = self.merchant.read().unwrap_or_else(PoisonError::into_inner);
        certificates.iter().find(|known| known.serial() == serial).map(|known| known.key().clone())
    }

    /// Whether any good certificate of the merchant signed this.
    pub fn merchant_signed(&self, message: &[u8], signature: &str) -> bool {
        let certificates = self.merchant.read().unwrap_or_else(PoisonError::into_inner);
        certificates.iter().any(|known| known.key().verify(message, signature).is_ok())
    }

    /// The APIv3 key as it is now.
    pub fn api_v3_key(&self) -> String {
        self.api_v3.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
