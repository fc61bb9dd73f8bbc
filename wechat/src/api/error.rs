//! What a call to api.weixin.qq.com can end in, and what the numbers mean (mp §15).

use crate::http::transport_cause;

/// The error of a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// WeChat refused with a number.
    #[error("WeChat refused: {errcode} {errmsg}")]
    Rejected {
        /// The number.
        errcode: i64,
        /// WeChat's own text; it ends with a `rid` for support.
        errmsg: String,
    },
    /// AppID, secret or the list of allowed addresses is wrong: a person must act, repeating does not help.
    #[error("the account is not set up for this server: {errcode} {errmsg}")]
    Configuration {
        /// The number.
        errcode: i64,
        /// WeChat's own text; for 40164 it names our outgoing address.
        errmsg: String,
    },
    /// No or no readable answer: the call may have been carried out.
    #[error("the outcome is unknown: {0}")]
    OutcomeUnknown(String),
    /// No connection: nothing was sent.
    #[error("WeChat cannot be reached: {0}")]
    Unreachable(String),
    /// The call was not made, because its arguments do not allow it.
    #[error("the call was not made: {0}")]
    Invalid(String),
    /// The token store failed.
    #[error("the token store failed: {0}")]
    Store(String),
}

impl ApiError {
    /// Sorts an error number: configuration or refusal.
    pub(crate) fn from_errcode(errcode: i64, errmsg: String) -> Self {
        match errcode {
            // invalid AppID, invalid secret, address not allowed, secret frozen, address waits for an administrator
            40013 | 40125 | 40164 | 40243 | 89501 | 89503 | 89506 | 89507 => Self::Configuration { errcode, errmsg },
            _ => Self::Rejected { errcode, errmsg },
        }
    }

    pub(crate) fn from_transport(error: reqwest::Error) -> Self {
        if error.is_connect() {
            return Self::Unreachable(transport_cause(error));
        }
        if error.is_timeout() {
            return Self::OutcomeUnknown("no answer in time".to_owned());
        }
        Self::OutcomeUnknown(transport_cause(error))
    }

    /// WeChat's error number.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Rejected { errcode, .. } | Self::Configuration { errcode, .. } => Some(*errcode),
            _ => None,
        }
    }

    /// The access token is not the current one (40001, 40014, 42001).
    pub fn token_is_stale(&self) -> bool {
        self.is_one_of(&[40001, 40014, 42001])
    }

    /// The system was busy (-1): try again later.
    pub fn is_busy(&self) -> bool {
        self.is_one_of(&[-1])
    }

    /// The openid is not one of this account (40003): drop the recipient.
    pub fn invalid_openid(&self) -> bool {
        self.is_one_of(&[40003])
    }

    /// The login or authorisation code is invalid or was used already (40029, 40163): start again.
    pub fn code_invalid_or_used(&self) -> bool {
        self.is_one_of(&[40029, 40163, 41008])
    }

    /// The recipient does not follow the account (43004, 50005).
    pub fn not_following(&self) -> bool {
        self.is_one_of(&[43004, 50005])
    }

    /// The recipient refused or used up the consent (43101): a normal result, never repeated.
    pub fn consent_missing(&self) -> bool {
        self.is_one_of(&[43101])
    }

    /// Template, page or field values do not fit (40037, 41030, 47003): fix the data, never repeat as is.
    pub fn message_unfit(&self) -> bool {
        self.is_one_of(&[40037, 41030, 47001, 47003])
    }

    /// The day's quota is used up (45009): stop until 00:00 Beijing time.
    pub fn quota_exhausted(&self) -> bool {
        self.is_one_of(&[45009])
    }

    /// Too many calls per minute (45011): slow down.
    pub fn rate_limited(&self) -> bool {
        self.is_one_of(&[45011])
    }

    /// The media id is unknown or its three days are over (40007).
    pub fn media_gone(&self) -> bool {
        self.is_one_of(&[40007])
    }

    /// The time for a customer-service message is over (45015, 45047): use a template message.
    pub fn reply_window_closed(&self) -> bool {
        self.is_one_of(&[45015, 45047])
    }

    fn is_one_of(&self, numbers: &[i64]) -> bool {
        self.errcode().is_some_and(|errcode| numbers.contains(&errcode))
    }
}
