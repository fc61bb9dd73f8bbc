//! The identities' keys, parsed once.

use wechat::crypto::CryptoError;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::message::MessageCrypto;
use wechat::crypto::rsa_key::{SigningKey, VerifyingKey};

use crate::identities::Identities;

pub(crate) struct Keys {
    /// Verifies the merchant's requests and paySign, and encrypts sensitive fields for it.
    pub merchant: VerifyingKey,
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
        Ok(Self {
            merchant: Certificate::from_pem(&identities.merchant_certificate_pem)?.key().clone(),
            platforms,
            public: SigningKey::from_pem(&identities.public_key_private_pem)?,
            mp: crypto(&identities.mp)?,
            mini: crypto(&identities.mini)?,
        })
    }
}
