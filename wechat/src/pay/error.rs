//! What a call to WeChat Pay can end in. The distinction that matters with money: was it refused for certain, was
//! nothing sent at all, or is the outcome unknown and must be asked for.

use std::fmt;

use serde_json::value::RawValue;

/// A piece of JSON kept as it came.
pub type RawJson = Box<RawValue>;

/// The error of a call.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PayError {
    /// WeChat Pay refused; nothing happened. 4xx answers are unsigned by design (pay v3 §2).
    #[error("WeChat Pay refused: {status} {code} {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The error code; empty when the answer had no readable body.
        code: String,
        /// WeChat's own sentence.
        message: String,
        /// Where the fault lies, as WeChat tells it.
        detail: Option<RawJson>,
        /// `Request-ID`, for support.
        request_id: Option<String>,
    },
    /// The request may have been carried out: ask before repeating, and repeat only with the same business numbers.
    #[error("the outcome is unknown: {0}")]
    OutcomeUnknown(Unknown),
    /// No connection: nothing was sent.
    #[error("WeChat Pay cannot be reached: {0}")]
    Unreachable(String),
    /// The call was not made, because its arguments or the configuration do not allow it.
    #[error("the call was not made: {0}")]
    Invalid(String),
}

/// Why an outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The kind of trouble.
    pub reason: UnknownReason,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The error code of the answer, when it had one.
    pub code: Option<String>,
    /// `Request-ID`, for support.
    pub request_id: Option<String>,
    /// More for the log.
    pub note: String,
}

/// The kinds of trouble after which the outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownReason {
    /// No answer in time.
    Timeout,
    /// The connection broke after the request was sent.
    ConnectionLost,
    /// 5xx, a redirect, or a code that says the same.
    ServerError,
    /// 429: accepted or not, both happen (for refunds documented).
    RateLimited,
    /// The answer was not signed, or wrongly.
    NotVerified,
    /// The answer was signed but not readable.
    Unreadable,
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.reason)?;
        if let Some(status) = self.status {
            write!(formatter, ", status {status}")?;
        }
        if let Some(code) = &self.code {
            write!(formatter, ", code {code}")?;
        }
        if !self.note.is_empty() {
            write!(formatter, ", {}", self.note)?;
        }
        Ok(())
    }
}

impl PayError {
    pub(crate) fn unknown(reason: UnknownReason, status: Option<u16>, note: impl Into<String>) -> Self {
        Self::OutcomeUnknown(Unknown { reason, status, code: None, request_id: None, note: note.into() })
    }

    /// The error code WeChat gave, whatever the outcome.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Rejected { code, .. } => Some(code),
            Self::OutcomeUnknown(unknown) => unknown.code.as_deref(),
            Self::Unreachable(_) | Self::Invalid(_) => None,
        }
    }

    /// The order is already paid: ask for it and book it. Both spellings of the code occur.
    pub fn already_paid(&self) -> bool {
        self.has_code(&["ORDER_PAID", "ORDERPAID", "ORDER_ALREADY_PAID"])
    }

    /// The order, refund or invoice does not exist at WeChat.
    pub fn not_found(&self) -> bool {
        self.has_code(&["ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS", "NOT_FOUND"])
    }

    /// The order is closed: a new attempt needs a new number.
    pub fn order_closed(&self) -> bool {
        self.has_code(&["ORDER_CLOSED", "ORDERCLOSED"])
    }

    /// The order number was used with other parameters.
    pub fn out_trade_no_used(&self) -> bool {
        self.has_code(&["OUT_TRADE_NO_USED"])
    }

    /// The merchant's balance does not cover the refund: top up and repeat with the same number.
    pub fn not_enough(&self) -> bool {
        self.has_code(&["NOT_ENOUGH", "NOTENOUGH"])
    }

    /// Too many calls: slow down. On a refund this does not mean that it was not accepted.
    pub fn rate_limited(&self) -> bool {
        let by_reason = matches!(self, Self::OutcomeUnknown(unknown) if unknown.reason == UnknownReason::RateLimited);
        by_reason || self.has_code(&["FREQUENCY_LIMITED", "FREQUENCY_LIMIT", "RATELIMIT_EXCEEDED"])
    }

    /// There is no statement for that day: nothing happened on it (pay v3 §8).
    pub fn no_statement(&self) -> bool {
        self.has_code(&["NO_STATEMENT_EXIST"])
    }

    /// The statement is still being made: ask again half an hour later.
    pub fn statement_creating(&self) -> bool {
        self.has_code(&["STATEMENT_CREATING"])
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|code| codes.contains(&code))
    }
}
