//! Nodes die, stand still, and are stopped by those who look after them.

use rand::Rng;
use rand::rngs::StdRng;

use crate::stage::Stage;
use crate::tally::Group;

use super::last;

/// `kill -9`; after a moment somebody starts it again.
pub async fn kill(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let victim = random.random_range(0..stage.nodes.len());
    stage.nodes.kill(victim).await?;
    last(0..1_000, random).await;
    start(stage, victim).await?;
    Ok(true)
}

/// It dies again in the middle of its start.
pub async fn kill_while_starting(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let victim = random.random_range(0..stage.nodes.len());
    stage.nodes.kill(victim).await?;
    stage.nodes.start_halfway(victim).await?;
    last(10..400, random).await;
    stage.nodes.kill(victim).await?;
    start(stage, victim).await?;
    Ok(true)
}

/// As for an upgrade.
pub async fn stop(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let chosen = random.random_range(0..stage.nodes.len());
    stage.nodes.stop(chosen).await?;
    start(stage, chosen).await?;
    Ok(true)
}

/// It stands still and goes on: beyond a minute another node has taken over its jobs meanwhile.
pub async fn freeze(stage: &Stage, span_ms: std::ops::Range<u64>, random: &mut StdRng) -> anyhow::Result<bool> {
    let process = stage.nodes.freeze(random.random_range(0..stage.nodes.len())).await?;
    last(span_ms, random).await;
    stage.nodes.thaw(process)?;
    Ok(true)
}

async fn start(stage: &Stage, number: usize) -> anyhow::Result<()> {
    let again = stage.nodes.start(number).await?;
    if again > 0 {
        stage.tally.add(Group::Injected, "starts of a node without its database", again);
    }
    Ok(())
}
