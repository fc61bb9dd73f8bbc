//! Notices (回调通知): from raw headers and bytes to a typed content, in an order that reads nothing unverified.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::config::ApiV3Key;
use super::keyring::Keyring;
use super::refunds::{RefundAmount, RefundStatus};
use super::timestamps;
use super::transaction::Transaction;
use super::verification::SignatureHeaders;
use crate::crypto::aead;
use crate::crypto::suite::Suite;

/// A verified and decrypted notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Id of the envelope. Repeats normally keep it, but de-duplicate by the business number inside.
    pub id: String,
    /// For example `TRANSACTION.SUCCESS`, `REFUND.CLOSED`, `FAPIAO.ISSUED`. Acknowledge and ignore unknown ones.
    pub event_type: String,
    /// When WeChat made the notice.
    pub create_time: Option<OffsetDateTime>,
    /// The decrypted content: JSON.
    pub resource_plaintext: Vec<u8>,
    /// The key that signed: certificate serial or public key id.
    pub serial: String,
}

/// Why a notice is refused. Answer 4xx or 5xx without details; WeChat repeats.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeError {
    /// A signature header is missing, doubled or malformed: often a proxy, not an attack (pitfalls A9).
    #[error("header {0} is missing, doubled or malformed")]
    Headers(&'static str),
    /// Too old or from the future.
    #[error("timestamp is {distance_seconds} s away from our clock")]
    Timestamp {
        /// Seconds between timestamp and clock.
        distance_seconds: u64,
    },
    /// No key with this serial.
    #[error("no key with serial {0}")]
    Serial(String),
    /// The signature does not fit.
    #[error("the signature does not fit (probe: {probe})")]
    Signature {
        /// WeChat tests on purpose whether we verify: no alarm.
        probe: bool,
    },
    /// Not the JSON envelope of a notice.
    #[error("not readable: {0}")]
    Parse(&'static str),
    /// Encrypted by something else than the suite of the signature does.
    #[error("unknown algorithm {0}")]
    Algorithm(String),
    /// Damaged, or made with another APIv3 key.
    #[error("the resource cannot be decrypted: damaged, or another APIv3 key")]
    Decrypt,
    /// Decrypted, but not the content its type promises: a missing field, a fraction for fen.
    #[error("the content is not a {0}")]
    Content(&'static str),
}

impl NoticeError {
    /// Where the notice failed: `headers`, `timestamp`, `serial`, `signature`, `parse`, `algorithm`, `decrypt` or,
    /// after all those, `content`.
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Headers(_) => "headers",
            Self::Timestamp { .. } => "timestamp",
            Self::Serial(_) => "serial",
            Self::Signature { .. } => "signature",
            Self::Parse(_) => "parse",
            Self::Algorithm(_) => "algorithm",
            Self::Decrypt => "decrypt",
            Self::Content(_) => "content",
        }
    }

    /// Whether it was one of WeChat's probes with a wrong signature: refuse, but raise no alarm (pitfalls A7).
    pub fn is_probe(&self) -> bool {
        matches!(self, Self::Signature { probe: true })
    }
}

/// The envelope on the wire. A stand-in serialises it; unknown fields are ignored when reading.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// Unique id.
    pub id: String,
    /// RFC 3339.
    #[serde(default)]
    pub create_time: String,
    /// What happened.
    pub event_type: String,
    /// `encrypt-resource`.
    #[serde(default)]
    pub resource_type: String,
    /// In words.
    #[serde(default)]
    pub summary: String,
    /// The encrypted content.
    pub resource: EncryptedResource,
}

/// The encrypted part of an envelope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EncryptedResource {
    /// `AEAD_AES_256_GCM`, or `AEAD_SM4_GCM` in the national suite.
    pub algorithm: String,
    /// `transaction`, `refund`; absent for invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_type: Option<String>,
    /// May be absent or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub associated_data: Option<String>,
    /// 12 characters.
    pub nonce: String,
    /// base64.
    pub ciphertext: String,
}

/// Opens a notice: headers, time window, key, signature over the raw bytes, and only then JSON and decryption.
///
/// `headers` are the raw pairs in wire order, `now` is unix seconds, `api_v3_keys` are tried in their order. Pure; the
/// client's `open_notice` adds the download of unknown certificates.
pub fn open(
    keyring: &Keyring,
    api_v3_keys: &[ApiV3Key],
    headers: &[(String, Vec<u8>)],
    body: &[u8],
    now: i64,
) -> Result<Notice, NoticeError> {
    let signature = SignatureHeaders::read(headers)?;
    let suite = signature.check(keyring, body, now)?;
    // The JSON reader does not look into texts it skips: bytes that are not UTF-8 could hide there.
    let text = std::str::from_utf8(body).map_err(|_| NoticeError::Parse("the body is not UTF-8"))?;
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| NoticeError::Parse("the body is no envelope"))?;
    let resource = envelope.resource;
    // The suite of the key that signed, not what the body says, decides with what it is opened.
    if resource.algorithm != suite.resource_algorithm() {
        return Err(NoticeError::Algorithm(resource.algorithm));
    }
    let associated_data = resource.associated_data.unwrap_or_default();
    let resource_plaintext = unseal(suite, api_v3_keys, &resource.nonce, &associated_data, &resource.ciphertext)?;
    Ok(Notice {
        id: envelope.id,
        event_type: envelope.event_type,
        create_time: timestamps::parse(&envelope.create_time),
        resource_plaintext,
        serial: signature.serial,
    })
}

/// Opens a sealed part with the first of the keys that fits.
pub(super) fn unseal(
    suite: Suite,
    api_v3_keys: &[ApiV3Key],
    nonce: &str,
    associated_data: &str,
    ciphertext_base64: &str,
) -> Result<Vec<u8>, NoticeError> {
    let open = |key: &ApiV3Key| {
        aead::open(suite, key.as_bytes(), nonce.as_bytes(), associated_data.as_bytes(), ciphertext_base64)
    };
    api_v3_keys.iter().find_map(|key| open(key).ok()).ok_or(NoticeError::Decrypt)
}

impl Notice {
    /// The content of `TRANSACTION.*`. Errors on a missing field or a fraction where fen are expected.
    pub fn transaction(&self) -> Result<Transaction, NoticeError> {
        self.content("transaction")
    }

    /// The content of `REFUND.*`.
    pub fn refund(&self) -> Result<RefundNotice, NoticeError> {
        self.content("refund notice")
    }

    /// The content of `FAPIAO.*`. These have no `original_type`: dispatch by [`Notice::event_type`].
    pub fn fapiao(&self) -> Result<FapiaoNotice, NoticeError> {
        self.content("fapiao notice")
    }

    fn content<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, NoticeError> {
        serde_json::from_slice(&self.resource_plaintext).map_err(|_| NoticeError::Content(name))
    }
}

/// The content of a refund notice. It says `refund_status` where the query says `status` (pitfalls A18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundNotice {
    /// 商户号.
    #[serde(rename = "mchid")]
    pub mch_id: String,
    /// Our order number.
    pub out_trade_no: String,
    /// WeChat's payment number.
    pub transaction_id: String,
    /// Our refund number.
    pub out_refund_no: String,
    /// WeChat's refund number.
    pub refund_id: String,
    /// Where the refund stands.
    pub refund_status: RefundStatus,
    /// When the payer had the money.
    #[serde(default, with = "super::timestamps::optional", skip_serializing_if = "Option::is_none")]
    pub success_time: Option<OffsetDateTime>,
    /// Where the money went, in words.
    #[serde(default)]
    pub user_received_account: String,
    /// Amounts in fen.
    pub amount: RefundAmount,
}

/// The content of an invoice notice. `FAPIAO.USER_APPLIED` has `apply_time` and no list; the others the reverse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoNotice {
    /// 商户号.
    #[serde(rename = "mchid")]
    pub mch_id: String,
    /// The application: the payment's transaction_id, or our own id.
    pub fapiao_apply_id: String,
    /// When the payer applied.
    #[serde(default, with = "super::timestamps::optional", skip_serializing_if = "Option::is_none")]
    pub apply_time: Option<OffsetDateTime>,
    /// The invoices it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fapiao_information: Vec<FapiaoNoticeItem>,
}

/// One invoice in a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FapiaoNoticeItem {
    /// Our invoice id.
    pub fapiao_id: String,
    /// ISSUE_ACCEPTED → ISSUED → REVERSE_ACCEPTED → REVERSED.
    #[serde(default)]
    pub fapiao_status: String,
    /// INSERT_ACCEPTED → INSERTED → DISCARD_ACCEPTED → DISCARDED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_status: Option<String>,
}
