//! The world on disk, so that a demonstration survives a restart.

use std::fs;
use std::path::Path;

use crate::shared::Shared;
use crate::world::World;

/// The world of an earlier run, when there is one that can be read.
pub(crate) fn load(path: &Path) -> Option<World> {
    let bytes = fs::read(path).ok()?;
    serde_json::from_slice(&bytes)
        .inspect_err(
            |error| tracing::warn!(%error, path = %path.display(), "a simulator state that cannot be read is ignored"),
        )
        .ok()
}

/// Writes beside the file first: a crash leaves the old state.
pub(crate) fn save(shared: &Shared) {
    let Some(path) = &shared.state_file else { return };
    let beside = path.with_extension("new");
    let written = shared
        .read(serde_json::to_vec)
        .map_err(std::io::Error::other)
        .and_then(|bytes| fs::write(&beside, bytes))
        .and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "the simulator state was not saved");
    }
}
