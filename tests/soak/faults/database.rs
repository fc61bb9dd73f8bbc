//! PostgreSQL restarts, dies for good, and has no room.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use crate::ground::{Cluster, Ground};
use crate::stage::Stage;

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

/// No commit can be written for some seconds.
pub async fn fill_disk(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(cluster) = cluster(stage) else { return Ok(false) };
    cluster.postgres.fill_disk(Duration::from_millis(random.random_range(2_000..5_000))).await
}
