//! Switches for everything that goes wrong in the field. All are off at the start.
//!
//! Counted switches (`…_next`) work off one by one; the others hold until they are changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// All switches. `POST /_sim/faults` merges a JSON object of the same names into them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultSettings {
    /// Every notice is sent this many times more.
    pub notice_duplicates: u32,
    /// The duplicates are sent at the same time instead of one after the other.
    pub notice_duplicates_parallel: bool,
    /// Notices wait this many seconds.
    pub notice_delay_s: i64,
    /// Notices that are due together are sent in reverse order.
    pub notice_reversed: bool,
    /// The next notices get lost for ever.
    pub notice_lost_next: u32,
    /// The next tries of notices carry a signature that does not fit.
    pub notice_wrong_signature_next: u32,
    /// The next tries of notices are probes: `WECHATPAY/SIGNTEST/…`.
    pub notice_probe_next: u32,
    /// The payment notice is sent (the order being paid at once by this openid) before the answer
    /// to the order request.
    pub notify_before_answer_by: Option<String>,
    /// The next closes come too late: the order is paid by this openid in the last moment.
    pub paid_at_close_by: Option<String>,
    /// The next signed answers carry a signature that does not fit.
    pub answer_wrong_signature_next: u32,
    /// The next signed answers are probes: `WECHATPAY/SIGNTEST/…`.
    pub answer_probe_next: u32,
    /// Refusals by path, before anything happens.
    pub refusals: Vec<Refusal>,
    /// Answers lost after the effect, by path: the connection breaks off.
    pub answers_lost: Vec<AnswerLost>,
    /// Share of notices signed by the public key instead of the certificate, 0–100. `None`: by
    /// what the merchant's latest request asked for.
    pub public_key_percent: Option<u8>,
    /// The merchant has no platform certificates (opened since autumn 2024).
    pub no_platform_certificates: bool,
    /// `attach` is left out of answers and notices.
    pub attach_missing: bool,
    /// Answers and notices carry fields nobody knows yet.
    pub unknown_fields: bool,
    /// A coupon of so many fen: payer_total is smaller than total.
    pub coupon_fen: i64,
    /// How refunds end.
    pub refund_outcome: RefundOutcome,
    /// Refunds that are accepted now end so many seconds later than others: a slow bank.
    pub refund_delay_s: i64,
    /// Refunds are notified by the old XML.
    pub refund_notice_v2_xml: bool,
    /// Payment notices lie under a valid signature.
    pub tamper: Option<Tamper>,
    /// Old spellings of error codes: ORDERPAID, ORDERNOTEXIST …
    pub legacy_codes: bool,
    /// The bank takes the money and gives it back: the phone fails, the order stays NOTPAY.
    pub bank_fails_next: u32,
    /// E-invoices and fiscal receipts fail with this reason.
    pub invoice_error: Option<String>,
    /// Payment codes are refused with this reason.
    pub payment_code_error: Option<String>,
    /// The fiscal system is out: 503 to everything.
    pub fiscal_out: bool,
    /// Bills of every day are still being made.
    pub bills_creating: bool,
    /// errcodes of api.weixin.qq.com by path, before anything happens (40164, 43101, 45009, -1 …).
    pub errcodes: Vec<ErrCode>,
    /// Every pushed message and event comes twice.
    pub push_duplicates: u32,
    /// The mini-program's pushes come as JSON instead of XML: no fault, its console may say so (消息推送, 数据格式).
    pub mini_push_json: bool,
    /// OAuth redirects twice unless `connect_redirect=1` is asked for.
    pub oauth_twice: bool,
    /// OAuth visitors are snapshot users with a virtual openid.
    pub oauth_snapshot_user: bool,
    /// The mini-program is not bound to an open-platform account: no unionid.
    pub no_unionid: bool,
    /// The next template and subscription messages are taken and then not delivered (`failed:user block`).
    pub delivery_failed_next: u32,
    /// Text messages are refused.
    pub sms_refused: bool,
}

/// A refusal of a pay request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Paths beginning so are meant.
    pub path_prefix: String,
    /// HTTP status; 200 gives the infamous error envelope in a signed 200.
    pub status: u16,
    /// `code` of the envelope.
    pub code: String,
    /// How many requests are left to refuse.
    pub left: u32,
}

/// An answer that gets lost after the effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerLost {
    /// Paths beginning so are meant.
    pub path_prefix: String,
    /// How many are left to lose.
    pub left: u32,
}

/// An errcode of the service account or mini-program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrCode {
    /// Paths beginning so are meant.
    pub path_prefix: String,
    /// The code.
    pub errcode: i64,
    /// How many requests are left.
    pub left: u32,
}

/// How refunds end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundOutcome {
    /// With the payer.
    #[default]
    Success,
    /// Card and balance unreachable.
    Abnormal,
    /// Seven days without funds.
    Closed,
    /// Never settles.
    Processing,
    /// Refused with NOT_ENOUGH.
    NotEnough,
}

/// What a lying notice says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tamper {
    /// Added to amount.total, fen.
    pub amount_delta_fen: i64,
    /// Instead of the app's id.
    pub app_id: Option<String>,
    /// Instead of the merchant's number.
    pub mch_id: Option<String>,
    /// Instead of the order's number.
    pub out_trade_no: Option<String>,
    /// Instead of CNY.
    pub currency: Option<String>,
    /// Instead of SUCCESS.
    pub trade_state: Option<String>,
}

/// The switches behind a lock.
#[derive(Default)]
pub struct Faults {
    settings: Mutex<FaultSettings>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, FaultSettings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy of the switches as they stand.
    #[must_use]
    pub fn settings(&self) -> FaultSettings {
        self.lock().clone()
    }

    /// Changes switches: `faults.set(|faults| faults.notice_duplicates = 2)`.
    pub fn set(&self, change: impl FnOnce(&mut FaultSettings)) {
        change(&mut self.lock());
    }

    /// Everything back to normal.
    pub fn clear(&self) {
        *self.lock() = FaultSettings::default();
    }

    /// Refuses the next `times` pay requests whose path begins so.
    pub fn refuse(&self, path_prefix: &str, status: u16, code: &str, times: u32) {
        self.lock().refusals.push(Refusal { path_prefix: path_prefix.into(), status, code: code.into(), left: times });
    }

    /// Loses the next `times` answers to pay requests whose path begins so, after their effect.
    pub fn lose_answers(&self, path_prefix: &str, times: u32) {
        self.lock().answers_lost.push(AnswerLost { path_prefix: path_prefix.into(), left: times });
    }

    /// Answers the next `times` api requests whose path begins so with an errcode.
    pub fn errcode(&self, path_prefix: &str, errcode: i64, times: u32) {
        self.lock().errcodes.push(ErrCode { path_prefix: path_prefix.into(), errcode, left: times });
    }

    /// Uses up one of a counted switch; whether there was one left.
    pub(crate) fn take(&self, counter: impl FnOnce(&mut FaultSettings) -> &mut u32) -> bool {
        let mut settings = self.lock();
        take_one(counter(&mut settings))
    }

    pub(crate) fn take_refusal(&self, path: &str) -> Option<Refusal> {
        let mut settings = self.lock();
        settings.refusals.iter_mut().find(|refusal| refusal.left > 0 && path.starts_with(&refusal.path_prefix)).map(
            |refusal| {
                refusal.left -= 1;
                refusal.clone()
            },
        )
    }

    pub(crate) fn take_lost_answer(&self, path: &str) -> bool {
        let mut settings = self.lock();
        settings.answers_lost.iter_mut().any(|lost| path.starts_with(&lost.path_prefix) && take_one(&mut lost.left))
    }

    pub(crate) fn take_errcode(&self, path: &str) -> Option<i64> {
        let mut settings = self.lock();
        settings.errcodes.iter_mut().find(|code| code.left > 0 && path.starts_with(&code.path_prefix)).map(|code| {
            code.left -= 1;
            code.errcode
        })
    }

    pub(crate) fn take_text(&self, field: impl FnOnce(&mut FaultSettings) -> &mut Option<String>) -> Option<String> {
        field(&mut self.lock()).take()
    }
}

fn take_one(left: &mut u32) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    true
}
