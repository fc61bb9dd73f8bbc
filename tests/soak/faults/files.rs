//! The S3 store fails in the ways of such stores.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use crate::ground::Ground;
use crate::places::link::Mood;
use crate::stage::Stage;

use super::last;

const SPAN_MS: std::ops::Range<u64> = 1_500..6_000;

async fn hold(stage: &Stage, mood: Mood, random: &mut StdRng) -> anyhow::Result<bool> {
    let Ground::Cluster(cluster) = &stage.ground else { return Ok(false) };
    cluster.store.link.set(mood);
    last(SPAN_MS, random).await;
    cluster.store.link.set(Mood::Fine);
    Ok(true)
}

/// Every request is answered with this status.
pub async fn answer(stage: &Stage, status: u16, random: &mut StdRng) -> anyhow::Result<bool> {
    hold(stage, Mood::Answers(status), random).await
}

/// Seconds for every piece.
pub async fn slow(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let pause = Duration::from_millis(random.random_range(300..3_000));
    hold(stage, Mood::Slow(pause), random).await
}

/// Answers break off in their head or in their body.
pub async fn cut(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    hold(stage, Mood::Cut(random.random_range(1..600)), random).await
}

/// Nobody listens.
pub async fn gone(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    hold(stage, Mood::Refused, random).await
}
