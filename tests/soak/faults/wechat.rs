//! WeChat, the fiscal system and the sender of text messages on bad days: every switch of the simulator in turn, alone and
//! together. Money on its way back has its share of every way it can go, whatever else the weather is. What is not here has
//! no traffic in this load (OAuth, bills): the journeys show those one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use simulator::faults::{FaultSettings, RefundOutcome, Tamper};

use crate::stage::{Stage, person};

/// Requests of ours that can fail.
const PATHS: [&str; 3] = ["/v3/pay", "/v3/refund", "/v3/new-tax-control-fapiao"];
const CHANGE_MS_MAX: u64 = 4_000;
const CHANGE_MS_MIN: u64 = 300;
/// A slow bank takes so long; seconds.
const SLOW_BANK_S: std::ops::Range<i64> = 86_400..8 * 86_400;
/// What a burst of repeated notices is.
const BURST: u32 = 20;

type Switch = fn(&mut FaultSettings, u32);

const SWITCHES: &[(&str, Switch)] = &[
    ("notices doubled", |faults, some| faults.notice_duplicates = some),
    ("notices doubled at the same time", |faults, some| {
        faults.notice_duplicates = some;
        faults.notice_duplicates_parallel = true;
    }),
    ("a burst of the same notice", |faults, _| {
        faults.notice_duplicates = BURST;
        faults.notice_duplicates_parallel = true;
    }),
    ("notices late", |faults, some| faults.notice_delay_s = i64::from(some)),
    ("notices in reverse order", |faults, _| faults.notice_reversed = true),
    ("notices lost", |faults, some| faults.notice_lost_next = some),
    ("notices with a wrong signature", |faults, some| faults.notice_wrong_signature_next = some),
    ("probes instead of notices", |faults, some| faults.notice_probe_next = some),
    ("notices that lie about the amount", |faults, _| {
        faults.tamper = Some(Tamper { amount_delta_fen: -1, ..Tamper::default() });
    }),
    ("notices of another merchant", |faults, _| {
        faults.tamper = Some(Tamper { mch_id: Some("1900000000".to_owned()), ..Tamper::default() });
    }),
    ("notices in another currency", |faults, _| {
        faults.tamper = Some(Tamper { currency: Some("USD".to_owned()), ..Tamper::default() });
    }),
    ("notices signed by either key", |faults, _| faults.public_key_percent = Some(50)),
    ("no platform certificates", |faults, _| faults.no_platform_certificates = true),
    ("paid before our order was answered", |faults, _| faults.notify_before_answer_by = Some(person(0).mp_openid)),
    ("paid in the moment of closing", |faults, _| faults.paid_at_close_by = Some(person(0).mp_openid)),
    ("answers with a wrong signature", |faults, some| faults.answer_wrong_signature_next = some),
    ("probes instead of answers", |faults, some| faults.answer_probe_next = some),
    ("attach left out", |faults, _| faults.attach_missing = true),
    ("fields nobody knows", |faults, _| faults.unknown_fields = true),
    ("coupons", |faults, _| faults.coupon_fen = 1),
    ("old error codes", |faults, _| faults.legacy_codes = true),
    ("banks that give the money back", |faults, some| faults.bank_fails_next = some),
    ("refunds to dead cards", |faults, _| faults.refund_outcome = RefundOutcome::Abnormal),
    ("refunds closed", |faults, _| faults.refund_outcome = RefundOutcome::Closed),
    ("refunds that take days", |faults, some| faults.refund_delay_s = SLOW_BANK_S.start * i64::from(some)),
    ("no funds for refunds", |faults, _| faults.refund_outcome = RefundOutcome::NotEnough),
    ("refund notices in the old XML", |faults, _| faults.refund_notice_v2_xml = true),
    ("receipts refused", |faults, _| faults.invoice_error = Some("税控盘未插入".to_owned())),
    ("payment codes refused", |faults, _| faults.payment_code_error = Some("项目已停用".to_owned())),
    ("fiscal system out", |faults, _| faults.fiscal_out = true),
    ("pushes doubled", |faults, some| faults.push_duplicates = some),
    ("messages taken and not delivered", |faults, some| faults.delivery_failed_next = some),
    ("text messages refused", |faults, _| faults.sms_refused = true),
];

type Act = fn(&Stage, &'static str, u32);

const ACTS: &[(&str, Act)] = &[
    ("answers lost after their effect", |stage, path, some| stage.wechat.faults().lose_answers(path, some)),
    ("WeChat out of order", |stage, path, some| stage.wechat.faults().refuse(path, 500, "SYSTEM_ERROR", some)),
    ("refusals in a signed 200", |stage, path, some| stage.wechat.faults().refuse(path, 200, "SYSTEM_ERROR", some)),
    ("too many requests", |stage, path, some| stage.wechat.faults().refuse(path, 429, "FREQUENCY_LIMITED", some)),
    ("messages over the limit", |stage, _, some| stage.wechat.faults().errcode("/cgi-bin/message", 45_009, some)),
    ("messages: WeChat is busy", |stage, _, some| stage.wechat.faults().errcode("/cgi-bin/message", -1, some)),
    ("messages: address not on the list", |stage, _, some| {
        stage.wechat.faults().errcode("/cgi-bin/message", 40_164, some);
    }),
    ("access tokens dead", |stage, _, _| stage.wechat.invalidate_tokens()),
    ("platform certificate rotated", |stage, _, _| {
        // There are only so many certificates.
        let _rotated = stage.wechat.rotate_platform_certificate();
    }),
];

/// Changes the weather until the load is over, and leaves it fine. In `duration` every fault has its turn.
pub async fn change(
    stage: Arc<Stage>,
    mut random: StdRng,
    duration: Duration,
    over: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let count = SWITCHES.len() + ACTS.len();
    let longest_ms = u64::try_from(duration.as_millis())? / count as u64 * 2;
    let longest_ms = longest_ms.clamp(CHANGE_MS_MIN + 1, CHANGE_MS_MAX);
    let mut order: Vec<usize> = (0..count).collect();
    while !over.load(Ordering::SeqCst) {
        order.shuffle(&mut random);
        for number in &order {
            if over.load(Ordering::SeqCst) {
                break;
            }
            // Some alone, some upon what is there.
            if random.random_bool(0.6) {
                stage.wechat.faults().clear();
                let (outcome, delay_s) = way_back(&mut random);
                stage.wechat.faults().set(|faults| (faults.refund_outcome, faults.refund_delay_s) = (outcome, delay_s));
            }
            stage.tally.injected(&format!("WeChat: {}", one_fault(&stage, *number, &mut random)));
            tokio::time::sleep(Duration::from_millis(random.random_range(CHANGE_MS_MIN..longest_ms))).await;
        }
        stage.wechat.faults().clear();
    }
    stage.wechat.faults().clear();
    Ok(())
}

/// How refunds go until the weather changes: there are few of them, so each way has its share of the time.
fn way_back(random: &mut StdRng) -> (RefundOutcome, i64) {
    match random.random_range(0..10) {
        0..=3 => (RefundOutcome::Success, 0),
        4 => (RefundOutcome::Success, random.random_range(SLOW_BANK_S)),
        5 | 6 => (RefundOutcome::Abnormal, 0),
        7 => (RefundOutcome::Abnormal, random.random_range(SLOW_BANK_S)),
        8 => (RefundOutcome::Closed, 0),
        _ => (RefundOutcome::NotEnough, 0),
    }
}

fn one_fault(stage: &Stage, number: usize, random: &mut StdRng) -> &'static str {
    let some = random.random_range(1..4);
    if let Some((name, switch)) = SWITCHES.get(number) {
        stage.wechat.faults().set(|faults| switch(faults, some));
        return name;
    }
    let (name, act) = ACTS[number - SWITCHES.len()];
    act(stage, PATHS[random.random_range(0..PATHS.len())], some);
    name
}
