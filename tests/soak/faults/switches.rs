//! Every switch of the simulator: how it is turned in a soak, or why it is not. A switch that is new there does not compile
//! here until it stands in one of the two lists; what stands among the turned ones and is turned by nobody ends the soak
//! before it begins.

use std::collections::BTreeSet;

use simulator::faults::{AnswerLost, ErrCode, FaultSettings, RefundOutcome, Refusal, Tamper};

use crate::stage::person;

/// What ten times a city brings in one second when WeChat tells again what it could not tell: 50 notices, ten times.
const BURST: u32 = 499;
/// A slow bank takes so long; seconds.
pub const SLOW_BANK_S: std::ops::Range<i64> = 86_400..8 * 86_400;
/// The order that a lying notice names. Nobody has it: the notice is kept for a person and never booked.
pub const NOBODYS_ORDER: &str = "SOAK0000000000000000";
const SOMEBODY_ELSE: &str = "1900000000";

/// Turns a switch: what is to be changed, requests of ours that begin so, and a small number.
pub type Switch = fn(&mut FaultSettings, &'static str, u32);

/// Name and turn.
pub const SWITCHES: &[(&str, Switch)] = &[
    ("notices doubled", |faults, _, some| faults.notice_duplicates = some),
    ("notices doubled at the same time", |faults, _, some| {
        faults.notice_duplicates = some;
        faults.notice_duplicates_parallel = true;
    }),
    ("a burst of five hundred times the same notice", |faults, _, _| {
        faults.notice_duplicates = BURST;
        faults.notice_duplicates_parallel = true;
    }),
    ("notices late", |faults, _, some| faults.notice_delay_s = i64::from(some)),
    ("notices in reverse order", |faults, _, _| faults.notice_reversed = true),
    ("notices lost", |faults, _, some| faults.notice_lost_next = some),
    ("notices with a wrong signature", |faults, _, some| faults.notice_wrong_signature_next = some),
    ("probes instead of notices", |faults, _, some| faults.notice_probe_next = some),
    ("notices that lie about the amount", |faults, _, _| lie(faults, |told| told.amount_delta_fen = -1)),
    ("notices of another app", |faults, _, _| lie(faults, |told| told.app_id = Some("wx0000000000000000".to_owned()))),
    ("notices of another merchant", |faults, _, _| lie(faults, |told| told.mch_id = Some(SOMEBODY_ELSE.to_owned()))),
    ("notices of an order nobody has", |faults, _, _| {
        lie(faults, |told| told.out_trade_no = Some(NOBODYS_ORDER.to_owned()));
    }),
    ("notices in another currency", |faults, _, _| lie(faults, |told| told.currency = Some("USD".to_owned()))),
    ("notices of a payment that was not made", |faults, _, _| {
        lie(faults, |told| told.trade_state = Some("NOTPAY".to_owned()));
    }),
    ("notices signed by either key", |faults, _, _| faults.public_key_percent = Some(50)),
    ("no platform certificates", |faults, _, _| faults.no_platform_certificates = true),
    ("paid before our order was answered", |faults, _, _| faults.notify_before_answer_by = Some(person(0).mp_openid)),
    ("paid in the moment of closing", |faults, _, _| faults.paid_at_close_by = Some(person(0).mp_openid)),
    ("answers with a wrong signature", |faults, _, some| faults.answer_wrong_signature_next = some),
    ("probes instead of answers", |faults, _, some| faults.answer_probe_next = some),
    ("answers lost after their effect", |faults, path, some| {
        faults.answers_lost.push(AnswerLost { path_prefix: path.to_owned(), left: some });
    }),
    ("WeChat out of order", |faults, path, some| refuse(faults, path, 500, "SYSTEM_ERROR", some)),
    ("refusals in a signed 200", |faults, path, some| refuse(faults, path, 200, "SYSTEM_ERROR", some)),
    ("too many requests", |faults, path, some| refuse(faults, path, 429, "FREQUENCY_LIMITED", some)),
    ("attach left out", |faults, _, _| faults.attach_missing = true),
    ("fields nobody knows", |faults, _, _| faults.unknown_fields = true),
    ("coupons", |faults, _, _| faults.coupon_fen = 1),
    ("old error codes", |faults, _, _| faults.legacy_codes = true),
    ("banks that give the money back", |faults, _, some| faults.bank_fails_next = some),
    ("refunds to dead cards", |faults, _, _| faults.refund_outcome = RefundOutcome::Abnormal),
    ("refunds closed", |faults, _, _| faults.refund_outcome = RefundOutcome::Closed),
    ("refunds that never settle", |faults, _, _| faults.refund_outcome = RefundOutcome::Processing),
    ("refunds that take days", |faults, _, some| faults.refund_delay_s = SLOW_BANK_S.start * i64::from(some)),
    ("no funds for refunds", |faults, _, _| faults.refund_outcome = RefundOutcome::NotEnough),
    ("refund notices in the old XML", |faults, _, _| faults.refund_notice_v2_xml = true),
    ("receipts refused", |faults, _, _| faults.invoice_error = Some("税控盘未插入".to_owned())),
    ("payment codes refused", |faults, _, _| faults.payment_code_error = Some("项目已停用".to_owned())),
    ("fiscal system out", |faults, _, _| faults.fiscal_out = true),
    ("messages over the limit", |faults, _, some| errcode(faults, 45_009, some)),
    ("messages: WeChat is busy", |faults, _, some| errcode(faults, -1, some)),
    ("messages: address not on the list", |faults, _, some| errcode(faults, 40_164, some)),
    ("pushes doubled", |faults, _, some| faults.push_duplicates = some),
    ("messages taken and not delivered", |faults, _, some| faults.delivery_failed_next = some),
    ("text messages refused", |faults, _, _| faults.sms_refused = true),
];

fn lie(faults: &mut FaultSettings, about: impl FnOnce(&mut Tamper)) {
    let mut told = Tamper::default();
    about(&mut told);
    faults.tamper = Some(told);
}

fn refuse(faults: &mut FaultSettings, path: &str, status: u16, code: &str, times: u32) {
    faults.refusals.push(Refusal { path_prefix: path.to_owned(), status, code: code.to_owned(), left: times });
}

fn errcode(faults: &mut FaultSettings, errcode: i64, times: u32) {
    faults.errcodes.push(ErrCode { path_prefix: "/cgi-bin/message".to_owned(), errcode, left: times });
}

/// Takes a value apart into all of its fields: the names of those among the turned ones in which it differs from a fair
/// day are added to `$found`. Gives the turned ones. Each field stands in one of the two lists, or this does not compile.
macro_rules! turned {
    ($found:ident, $kind:ident of $value:expr; [$($field:ident),* $(,)?]; excused [$($excused:ident: $why:literal),* $(,)?]) => {{
        let fair = $kind::default();
        let $kind { $($field,)* $($excused: _,)* } = $value;
        $(if *$field != fair.$field {
            $found.insert(concat!(stringify!($kind), ".", stringify!($field)));
        })*
        $(const _: &str = $why;)*
        [$(concat!(stringify!($kind), ".", stringify!($field))),*]
    }};
}

/// The same for the ways a refund can end.
macro_rules! outcomes {
    ($found:ident, $outcome:expr; [$($name:ident),* $(,)?]) => {{
        match $outcome {
            $(RefundOutcome::$name => $found.insert(concat!("RefundOutcome::", stringify!($name))),)*
        };
        [$(concat!("RefundOutcome::", stringify!($name))),*]
    }};
}

/// Adds what `weather` turns to `found`; gives everything that must be turned by somebody.
fn look_at(weather: &FaultSettings, found: &mut BTreeSet<&'static str>) -> Vec<&'static str> {
    let switches = turned!(found, FaultSettings of weather; [
        notice_duplicates,
        notice_duplicates_parallel,
        notice_delay_s,
        notice_reversed,
        notice_lost_next,
        notice_wrong_signature_next,
        notice_probe_next,
        notify_before_answer_by,
        paid_at_close_by,
        answer_wrong_signature_next,
        answer_probe_next,
        refusals,
        answers_lost,
        public_key_percent,
        no_platform_certificates,
        attach_missing,
        unknown_fields,
        coupon_fen,
        refund_outcome,
        refund_delay_s,
        refund_notice_v2_xml,
        tamper,
        legacy_codes,
        bank_fails_next,
        invoice_error,
        payment_code_error,
        fiscal_out,
        errcodes,
        push_duplicates,
        delivery_failed_next,
        sms_refused,
    ]; excused [
        bills_creating: "bills are fetched when the load is over and the books are compared with them; the journeys of \
                         reconciliation show a bill that is late",
        mini_push_json: "the mini-program of a soak is pushed nothing; tests of the service account show both forms",
        oauth_twice: "the people of a soak have their sessions before it begins; the journeys of WeChat's browser show it",
        oauth_snapshot_user: "as oauth_twice",
        no_unionid: "asked for where somebody signs in through WeChat: as oauth_twice",
    ]);
    let told = weather.tamper.clone().unwrap_or_default();
    let lies = turned!(found, Tamper of &told; [
        amount_delta_fen,
        app_id,
        mch_id,
        out_trade_no,
        currency,
        trade_state,
    ]; excused []);
    let outcomes = outcomes!(found, weather.refund_outcome; [Success, Abnormal, Closed, Processing, NotEnough]);
    switches.into_iter().chain(lies).chain(outcomes).collect()
}

/// Fails with what stands among the turned ones and is turned by nobody.
pub fn all_have_a_turn() -> anyhow::Result<()> {
    let mut found = BTreeSet::new();
    let mut wanted = look_at(&FaultSettings::default(), &mut found);
    for (_, turn) in SWITCHES {
        let mut weather = FaultSettings::default();
        turn(&mut weather, "/", 1);
        look_at(&weather, &mut found);
    }
    wanted.retain(|name| !found.contains(name));
    anyhow::ensure!(wanted.is_empty(), "switches of the simulator that nobody turns: {}", wanted.join(", "));
    Ok(())
}
