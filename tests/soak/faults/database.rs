//! PostgreSQL restarts, dies for good, says nothing, is slow, loses its standby, and has no room.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use crate::ground::{Cluster, Ground};
use crate::places::link::Mood;
use crate::stage::Stage;

use super::last;

fn cluster(stage: &Stage) -> Option<&Cluster> {
    match &stage.ground {
        Ground::Cluster(cluster) => Some(cluster),
        Ground::Small(_) => None,
    }
}

/// A crash of the server, and its recovery.
pub async fn restart(stage: &Stage) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.restart().await?;
    Ok(true)
}

/// The standby becomes the primary, and gets a standby.
pub async fn fail_over(stage: &Stage) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.fail_over().await?;
    Ok(true)
}

/// It stands still for some seconds.
pub async fn freeze(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.freeze(Duration::from_millis(random.random_range(2_000..12_000))).await?;
    Ok(true)
}

/// It is gone without a word, and the standby takes over.
pub async fn vanish(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.vanish(Duration::from_millis(random.random_range(1_000..5_000))).await?;
    Ok(true)
}

/// The standby dies, and every commit waits for it until it is taken out.
pub async fn lose_standby(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.lose_standby(Duration::from_millis(random.random_range(1_000..6_000))).await?;
    Ok(true)
}

/// Every connection to it is cut.
pub async fn cut(stage: &Stage) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.link.cut();
    Ok(true)
}

/// Every answer takes its time.
pub async fn slow(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.link.set(Mood::Slow(Duration::from_millis(random.random_range(20..300))));
    last(1_500..5_000, random).await;
    cluster.postgres.link.set(Mood::Fine);
    Ok(true)
}

/// No commit can be written for some seconds.
pub async fn fill_disk(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.fill_disk(Duration::from_millis(random.random_range(2_000..5_000))).await
}
