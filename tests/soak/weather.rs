//! WeChat and the fiscal system on bad days: another fault every few seconds, and now and then none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use crate::stage::{Stage, person};

const CHANGE_INTERVAL_MS: std::ops::Range<u64> = 500..4_000;
/// Requests of ours that can fail.
const PATHS: [&str; 3] = ["/v3/pay", "/v3/refund", "/v3/new-tax-control-fapiao"];

/// Changes the weather until the load is over, and leaves it fine.
pub async fn change(stage: Arc<Stage>, mut random: StdRng, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        let what = one_fault(&stage, &mut random);
        stage.tally.count(&format!("fault: {what}"));
        tokio::time::sleep(Duration::from_millis(random.random_range(CHANGE_INTERVAL_MS))).await;
    }
    stage.wechat.faults().clear();
    Ok(())
}

fn one_fault(stage: &Stage, random: &mut StdRng) -> &'static str {
    let faults = stage.wechat.faults();
    let some = random.random_range(1..4);
    let path = PATHS[random.random_range(0..PATHS.len())];
    match random.random_range(0..16) {
        0 => {
            faults.set(|faults| faults.notice_duplicates = some);
            "notices doubled"
        }
        1 => {
            faults.set(|faults| {
                faults.notice_duplicates = some;
                faults.notice_duplicates_parallel = true;
            });
            "notices doubled at the same time"
        }
        2 => {
            faults.set(|faults| faults.notice_delay_s = i64::from(some));
            "notices late"
        }
        3 => {
            faults.set(|faults| faults.notice_reversed = true);
            "notices in reverse order"
        }
        4 => {
            faults.set(|faults| faults.notice_lost_next = some);
            "notices lost"
        }
        5 => {
            faults.set(|faults| faults.notice_wrong_signature_next = some);
            "notices with a wrong signature"
        }
        6 => {
            faults.set(|faults| faults.notice_probe_next = some);
            "probes instead of notices"
        }
        7 => {
            faults.lose_answers(path, some);
            "answers lost after their effect"
        }
        8 => {
            faults.refuse(path, 500, "SYSTEM_ERROR", some);
            "WeChat out of order"
        }
        9 => {
            faults.refuse(path, 429, "FREQUENCY_LIMITED", some);
            "too many requests"
        }
        10 => {
            faults.set(|faults| faults.paid_at_close_by = Some(person(0).mp_openid));
            "paid in the moment of closing"
        }
        11 => {
            faults.set(|faults| faults.notify_before_answer_by = Some(person(0).mp_openid));
            "paid before our order was answered"
        }
        12 => {
            faults.set(|faults| faults.answer_wrong_signature_next = some);
            "answers with a wrong signature"
        }
        13 => {
            faults.set(|faults| faults.fiscal_out = !faults.fiscal_out);
            "fiscal system out or back"
        }
        14 => {
            faults.errcode("/cgi-bin/message", 45_009, some);
            stage.wechat.invalidate_tokens();
            "messages refused, tokens dead"
        }
        _ => {
            faults.clear();
            "fine weather"
        }
    }
}
