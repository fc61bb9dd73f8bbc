//! The network to WeChat, the fiscal system and the sender of text messages.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use crate::places::link::Mood;
use crate::stage::Stage;

use super::last;

const SPAN_MS: std::ops::Range<u64> = 1_500..6_000;

async fn hold(stage: &Stage, mood: Mood, random: &mut StdRng) -> anyhow::Result<bool> {
    stage.wechat_link.set(mood);
    last(SPAN_MS, random).await;
    stage.wechat_link.set(Mood::Fine);
    Ok(true)
}

/// Seconds for every answer.
pub async fn slow(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let pause = Duration::from_millis(random.random_range(500..8_000));
    hold(stage, Mood::Slow(pause), random).await
}

/// What was asked has its effect, and the answer breaks off in the middle.
pub async fn cut(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    hold(stage, Mood::Cut(random.random_range(1..900)), random).await
}

/// Nobody can be reached.
pub async fn gone(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    hold(stage, Mood::Refused, random).await
}
