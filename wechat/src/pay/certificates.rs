//! `GET /v3/certificates`: the list that brings the keys it is signed with.

use serde::{Deserialize, Serialize};

use super::config::ApiV3Key;
use super::keyring::Keyring;
use super::notices::{NoticeError, unseal};
use super::verification::{SignatureHeaders, signed_message};
use crate::crypto::certificate::Certificate;
use crate::crypto::suite::Suite;

/// The body of the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateList {
    /// One entry per certificate; old and new overlap while rotating.
    pub data: Vec<CertificateEntry>,
}

/// One encrypted certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateEntry {
    /// The certificate's own serial, upper-case hexadecimal.
    pub serial_no: String,
    /// Start of validity, RFC 3339.
    pub effective_time: String,
    /// End of validity, RFC 3339.
    pub expire_time: String,
    /// The PEM text under the APIv3 key.
    pub encrypt_certificate: EncryptedCertificate,
}

/// An encrypted resource holding a PEM certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EncryptedCertificate {
    /// `AEAD_AES_256_GCM`, or `AEAD_SM4_GCM` in the national suite.
    pub algorithm: String,
    /// 12 characters.
    pub nonce: String,
    /// Usually `certificate`.
    #[serde(default)]
    pub associated_data: String,
    /// base64.
    pub ciphertext: String,
}

/// Decrypts the list of a merchant of this suite, checks its signature with its own content or a key already known, and
/// adds the valid certificates to `keyring`. Returns how many.
///
/// The list is the one answer that is read before it is verified: the first download has no key yet, and while
/// rotating it may be signed by the very certificate it brings (pay v3 §3, pitfalls A5). The APIv3 key vouches for
/// the content; an entry whose serial is not its certificate's, or that is not valid at `now`, is left out.
pub fn install(
    keyring: &Keyring,
    suite: Suite,
    api_v3_keys: &[ApiV3Key],
    headers: &[(String, Vec<u8>)],
    body: &[u8],
    now: i64,
) -> Result<usize, NoticeError> {
    let signature = SignatureHeaders::read(headers)?;
    signature.check_window(now)?;
    let certificates = decrypt(suite, api_v3_keys, body, now)?;
    let key = certificates
        .iter()
        .find(|certificate| certificate.serial() == signature.serial)
        .map(|certificate| certificate.key().clone())
        .or_else(|| keyring.get(&signature.serial, now))
        .ok_or_else(|| NoticeError::Serial(signature.serial.clone()))?;
    signature.check_suite(key.suite())?;
    key.verify(&signed_message(&signature.timestamp, &signature.nonce, body), &signature.signature)
        .map_err(|_| NoticeError::Signature { probe: signature.is_probe() })?;
    let count = certificates.len();
    for certificate in certificates {
        keyring.insert_certificate(certificate);
    }
    Ok(count)
}

fn decrypt(suite: Suite, api_v3_keys: &[ApiV3Key], body: &[u8], now: i64) -> Result<Vec<Certificate>, NoticeError> {
    let list: CertificateList = serde_json::from_slice(body).map_err(|_| NoticeError::Parse("certificate list"))?;
    let mut certificates = Vec::new();
    for entry in list.data {
        let resource = entry.encrypt_certificate;
        if resource.algorithm != suite.resource_algorithm() {
            return Err(NoticeError::Algorithm(resource.algorithm));
        }
        let pem = unseal(suite, api_v3_keys, &resource.nonce, &resource.associated_data, &resource.ciphertext)?;
        let certificate = std::str::from_utf8(&pem)
            .ok()
            .and_then(|pem| Certificate::from_pem(pem).ok())
            .ok_or(NoticeError::Parse("platform certificate"))?;
        let belongs = certificate.key().suite() == suite && certificate.serial() == entry.serial_no;
        if belongs && certificate.is_valid_at(now) {
            certificates.push(certificate);
        } else {
            tracing::warn!(serial = %entry.serial_no, "platform certificate left out: serial, key or validity do not fit");
        }
    }
    Ok(certificates)
}
