//! Fresh identities: RSA-2048 keys and X.509 certificates of a certificate authority made for
//! the moment and thrown away.

use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::encoding::AsDer;
use base64::Engine;
use rand::Rng;
use rsa::pkcs1v15;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::{Time, Validity};

use super::{AppIdentity, Identities, PlatformIdentity};
use crate::random;

/// Unix second from which every made certificate is valid (2020-01-01), so that a test may set
/// its clock freely.
const VALID_FROM: u64 = 1_577_836_800;
/// Unix second until which it is valid (2049-12-31).
const VALID_UNTIL: u64 = 2_524_521_600;

impl Identities {
    /// Makes a new world with real RSA-2048 keys and certificates. Takes about a second.
    ///
    /// # Panics
    /// When the operating system gives no randomness.
    #[must_use]
    pub fn generate() -> Self {
        let authority = private_key();
        let merchant = private_key();
        let public_key = private_key();
        let mch_id = format!("19{:08}", rand::rng().random_range(0..100_000_000u64));
        let (merchant_serial, merchant_certificate_pem) = certificate(&authority, &merchant, &mch_id, VALID_FROM);
        let platform_certificates = (1..=2u64)
            .map(|number| {
                let key = private_key();
                let name = format!("Simulated platform {number}");
                // The newer one begins later: encryption takes the latest begin of validity.
                let (serial, certificate_pem) = certificate(&authority, &key, &name, VALID_FROM + number * 86_400);
                PlatformIdentity { serial, private_key_pem: private_pem(&key), certificate_pem }
            })
            .collect();
        Self {
            mch_name: "特检缴费（模拟商户）".into(),
            merchant_serial,
            merchant_private_key_pem: private_pem(&merchant),
            merchant_certificate_pem,
            api_v3_key: random::letters(32),
            platform_certificates,
            public_key_id: format!("PUB_KEY_ID_01{mch_id}{}", random::digits(20)),
            public_key_pem: public_key
                .to_public_key()
                .to_public_key_pem(LineEnding::LF)
                .expect("a fresh RSA key encodes"),
            public_key_private_pem: private_pem(&public_key),
            mp: app(),
            mini: app(),
            fiscal_secret: random::hex(32),
            sms_secret: random::hex(32),
            mch_id,
        }
    }
}

fn app() -> AppIdentity {
    let mut key = [0u8; 32];
    rand::rng().fill(&mut key);
    AppIdentity {
        app_id: format!("wx{}", random::hex(16)),
        app_secret: random::hex(32),
        original_id: format!("gh_{}", random::hex(12)),
        token: random::letters(16),
        encoding_aes_key: base64::engine::general_purpose::STANDARD_NO_PAD.encode(key),
    }
}

/// aws-lc makes the key (fast also in unoptimised builds), the `rsa` crate carries it.
fn private_key() -> rsa::RsaPrivateKey {
    let pair =
        aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("the system gives randomness");
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("a fresh RSA key encodes");
    rsa::RsaPrivateKey::from_pkcs8_der(der.as_ref()).expect("aws-lc writes valid PKCS#8")
}

fn private_pem(key: &rsa::RsaPrivateKey) -> String {
    key.to_pkcs8_pem(LineEnding::LF).expect("a fresh RSA key encodes").to_string()
}

/// A certificate by `authority` for `key`: its serial (40 upper-case hexadecimal digits) and PEM.
fn certificate(
    authority: &rsa::RsaPrivateKey,
    key: &rsa::RsaPrivateKey,
    common_name: &str,
    valid_from: u64,
) -> (String, String) {
    let mut serial = [0u8; 20];
    rand::rng().fill(&mut serial);
    // Positive and exactly 20 bytes long.
    serial[0] = 0x50 | (serial[0] & 0x0f);
    let instant = |seconds| Time::try_from(UNIX_EPOCH + Duration::from_secs(seconds)).expect("years 1970 to 2049");
    let validity = Validity { not_before: instant(valid_from), not_after: instant(VALID_UNTIL) };
    let issuer = Name::from_str("CN=Simulated Tenpay Root CA,O=Simulated Tenpay,C=CN").expect("a well-formed name");
    let subject = Name::from_str(&format!("CN={common_name},C=CN")).expect("names here are plain ASCII");
    let subject_key = SubjectPublicKeyInfoOwned::from_key(key.to_public_key()).expect("a fresh RSA key encodes");
    let signer = pkcs1v15::SigningKey::<rsa::sha2::Sha256>::new(authority.clone());
    let profile = Profile::Leaf { issuer, enable_key_agreement: false, enable_key_encipherment: true };
    let made = CertificateBuilder::new(
        profile,
        SerialNumber::new(&serial).expect("20 positive bytes"),
        validity,
        subject,
        subject_key,
        &signer,
    )
    .and_then(|builder| builder.build::<pkcs1v15::Signature>())
    .expect("a complete certificate request");
    let pem = x509_cert::der::EncodePem::to_pem(&made, LineEnding::LF).expect("DER encodes");
    (hex::encode_upper(serial), pem)
}
