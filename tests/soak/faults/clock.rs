//! The clock of one node jumps, and jumps back.

use rand::Rng;
use rand::rngs::StdRng;

use crate::stage::Stage;

use super::last;

/// So many seconds off for a while.
pub async fn jump(stage: &Stage, offset_s: std::ops::Range<i64>, random: &mut StdRng) -> anyhow::Result<bool> {
    let Some(clock) = &stage.node_clock else { return Ok(false) };
    clock.jump_to_s(random.random_range(offset_s))?;
    last(2_500..7_000, random).await;
    clock.jump_to_s(0)?;
    Ok(true)
}
