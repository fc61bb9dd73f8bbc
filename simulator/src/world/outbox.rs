//! What waits to be sent: signed notices to the merchant and encrypted pushes to the account.

use serde::{Deserialize, Serialize};

/// Seconds between the tries of a notice: 15 retries, 24 h 4 min in all.
pub(crate) const NOTICE_RETRY_S: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Will be tried at `due_at`.
    Waiting,
    /// Answered with 200 or 204.
    Delivered,
    /// All sixteen tries failed.
    GivenUp,
    /// A fault swallowed it.
    Lost,
}

/// One try of a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoticeTry {
    /// Unix second.
    pub at: i64,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What was special or went wrong, in English.
    pub note: String,
}

/// The form a notice takes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeForm {
    /// JSON, encrypted resource, signed headers.
    V3,
    /// The old XML refund notice.
    V2RefundXml,
}

/// One notice with its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueuedNotice {
    /// Envelope id, a UUID; the same for every try.
    pub id: String,
    /// `TRANSACTION.SUCCESS`, `REFUND.SUCCESS`, `FAPIAO.ISSUED` …
    pub event_type: String,
    /// out_trade_no, out_refund_no or fapiao_apply_id.
    pub key: String,
    /// Chinese summary of the envelope.
    pub summary: String,
    /// `transaction` or `refund`; e-invoice notices have none.
    pub original_type: Option<String>,
    /// The JSON text (or XML) to encrypt.
    pub plaintext: String,
    /// JSON or the old XML.
    pub form: NoticeForm,
    /// Target.
    pub url: String,
    /// Unix second of creation, in the envelope.
    pub created_at: i64,
    /// Unix second of the next try.
    pub due_at: i64,
    /// State.
    pub state: NoticeState,
    /// Tries so far.
    pub tries: Vec<NoticeTry>,
}

impl QueuedNotice {
    /// Books a try; failed ones are planned again by WeChat's schedule.
    pub(crate) fn book(&mut self, tried: NoticeTry) {
        let accepted = matches!(tried.status, Some(200 | 204));
        let at = tried.at;
        self.tries.push(tried);
        if accepted {
            self.state = NoticeState::Delivered;
            return;
        }
        match NOTICE_RETRY_S.get(self.tries.len() - 1) {
            Some(pause_s) => self.due_at = at + pause_s,
            None => self.state = NoticeState::GivenUp,
        }
    }
}

/// An event for the account that is sent later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QueuedPush {
    pub openid: String,
    pub due_at: i64,
    /// For the mini-program instead of the service account.
    pub mini: bool,
    /// Elements after the common four, as XML text.
    pub inner_xml: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> QueuedNotice {
        QueuedNotice {
            id: "id".into(),
            event_type: "TRANSACTION.SUCCESS".into(),
            key: "o".into(),
            summary: "支付成功".into(),
            original_type: Some("transaction".into()),
            plaintext: "{}".into(),
            form: NoticeForm::V3,
            url: "http://127.0.0.1/".into(),
            created_at: 0,
            due_at: 0,
            state: NoticeState::Waiting,
            tries: Vec::new(),
        }
    }

    #[test]
    fn a_notice_nobody_takes_is_tried_sixteen_times_within_24_hours_and_4_minutes() {
        let mut notice = notice();
        while notice.state == NoticeState::Waiting {
            let at = notice.due_at;
            notice.book(NoticeTry { at, status: Some(500), note: String::new() });
        }
        assert_eq!(notice.tries.len(), 16);
        assert_eq!(notice.tries[15].at, 24 * 3600 + 4 * 60);
        assert_eq!(notice.state, NoticeState::GivenUp);
    }

    #[test]
    fn a_redirect_is_not_an_answer() {
        let mut notice = notice();
        notice.book(NoticeTry { at: 0, status: Some(302), note: String::new() });
        assert_eq!(notice.state, NoticeState::Waiting);
        assert_eq!(notice.due_at, 15);
    }
}
