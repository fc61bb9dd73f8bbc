//! WeChat, the fiscal system and the sender of text messages on bad days: every switch of the simulator (`switches.rs`) in
//! turn, alone and together. Money on its way back has its share of every way it can go, whatever else the weather is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use simulator::faults::RefundOutcome;

use super::switches::{SLOW_BANK_S, SWITCHES, all_have_a_turn};
use crate::stage::Stage;

/// Requests of ours that can fail.
const PATHS: [&str; 3] = ["/v3/pay", "/v3/refund", "/v3/new-tax-control-fapiao"];
const CHANGE_MS_MAX: u64 = 4_000;
const CHANGE_MS_MIN: u64 = 300;

type Act = fn(&Stage);

/// What happens there and is no switch.
const ACTS: &[(&str, Act)] = &[
    ("access tokens dead", |stage| stage.wechat.invalidate_tokens()),
    ("platform certificate rotated", |stage| {
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
    all_have_a_turn()?;
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
    match random.random_range(0..11) {
        0..=3 => (RefundOutcome::Success, 0),
        4 => (RefundOutcome::Success, random.random_range(SLOW_BANK_S)),
        5 | 6 => (RefundOutcome::Abnormal, 0),
        7 => (RefundOutcome::Abnormal, random.random_range(SLOW_BANK_S)),
        8 => (RefundOutcome::Closed, 0),
        9 => (RefundOutcome::Processing, 0),
        _ => (RefundOutcome::NotEnough, 0),
    }
}

fn one_fault(stage: &Stage, number: usize, random: &mut StdRng) -> &'static str {
    let some = random.random_range(1..4);
    let path = PATHS[random.random_range(0..PATHS.len())];
    if let Some((name, switch)) = SWITCHES.get(number) {
        stage.wechat.faults().set(|faults| switch(faults, path, some));
        return name;
    }
    let (name, act) = ACTS[number - SWITCHES.len()];
    act(stage);
    name
}
