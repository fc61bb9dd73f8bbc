//! Redis forgets, says nothing, and is not there.

use std::time::Duration;

use crate::ground::Ground;
use crate::stage::Stage;

/// Everything in it is gone.
pub async fn flush(stage: &Stage) -> anyhow::Result<bool> {
    let Ground::Cluster(cluster) = &stage.ground else { return Ok(false) };
    cluster.redis.flush().await?;
    Ok(true)
}

/// It stands still for so long.
pub async fn freeze(stage: &Stage, pause: Duration) -> anyhow::Result<bool> {
    let Ground::Cluster(cluster) = &stage.ground else { return Ok(false) };
    cluster.redis.freeze(pause).await?;
    Ok(true)
}

/// It dies and comes back empty after so long.
pub async fn restart(stage: &Stage, absence: Duration) -> anyhow::Result<bool> {
    let Ground::Cluster(cluster) = &stage.ground else { return Ok(false) };
    cluster.redis.die()?;
    tokio::time::sleep(absence).await;
    cluster.redis.come_back().await?;
    Ok(true)
}
