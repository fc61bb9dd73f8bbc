//! X.509 certificates: the merchant's own and WeChat Pay's platform certificates.

use der::{Decode, Encode};

use super::keys::VerifyingKey;
use super::{CryptoError, pem};

const LABEL: &str = "CERTIFICATE";

/// A parsed certificate: its serial, its key and its validity.
#[derive(Debug, Clone)]
pub struct Certificate {
    serial: String,
    key: VerifyingKey,
    not_before: i64,
    not_after: i64,
}

impl Certificate {
    /// Reads a certificate from PEM. Errors when it is no certificate or its key is neither RSA of 2048 bits or more nor SM2.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let (label, der) = pem::decode(text, LABEL)?;
        if label != LABEL {
            return Err(CryptoError::Pem { expected: LABEL });
        }
        Self::from_der(&der)
    }

    /// Reads a certificate from DER bytes.
    pub fn from_der(bytes: &[u8]) -> Result<Self, CryptoError> {
        let certificate = x509_cert::Certificate::from_der(bytes).map_err(|_| CryptoError::Certificate)?;
        let body = certificate.tbs_certificate;
        let spki = body.subject_public_key_info.to_der().map_err(|_| CryptoError::Certificate)?;
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| CryptoError::Certificate)
        };
        Ok(Self {
            serial: serial_text(body.serial_number.as_bytes()),
            key: VerifyingKey::from_spki_der(&spki).map_err(|_| CryptoError::Certificate)?,
            not_before: seconds(body.validity.not_before)?,
            not_after: seconds(body.validity.not_after)?,
        })
    }

    /// The serial number as 40 upper-case hexadecimal digits, as `Wechatpay-Serial` and `serial_no` spell it.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The public key of the subject.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Start of validity, unix seconds.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity, unix seconds.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether `now` (unix seconds) lies inside the validity.
    pub fn is_valid_at(&self, now: i64) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// DER keeps a leading zero byte in front of a high bit; the spelling has a fixed width instead.
fn serial_text(bytes: &[u8]) -> String {
    let significant: &[u8] = match bytes {
        [0, rest @ ..] => rest,
        _ => bytes,
    };
    format!("{:0>40}", hex::encode_upper(significant))
}

#[cfg(test)]
mod tests {
    use super::serial_text;

    #[test]
    fn a_serial_always_has_forty_digits() {
        assert_eq!(serial_text(&[0xab]).len(), 40);
        let mut with_sign_byte = vec![0u8];
        with_sign_byte.extend([0xff; 20]);
        assert_eq!(serial_text(&with_sign_byte), "FF".repeat(20));
    }
}
