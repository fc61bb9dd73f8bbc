//! The one disk of a small installation is full.

use rand::rngs::StdRng;

use crate::ground::Ground;
use crate::stage::Stage;

use super::last;

/// Neither the database nor a file can grow for some seconds.
pub async fn fill(stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
    let Ground::Small(small) = &stage.ground else { return Ok(false) };
    let Some(disk) = &small.disk else { return Ok(false) };
    disk.fill().await?;
    last(2_000..5_000, random).await;
    disk.free()?;
    Ok(true)
}
