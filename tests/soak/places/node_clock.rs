//! The clock of one node, which jumps (libfaketime): the program itself is the one that is installed, and knows nothing.

use std::fs;
use std::path::{Path, PathBuf};

const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// How far the node is from the truth stands in a file.
pub struct NodeClock {
    library: &'static str,
    offset: PathBuf,
}

impl NodeClock {
    /// A clock that tells the truth; nothing where libfaketime is not installed.
    pub fn find(directory: &Path) -> anyhow::Result<Option<Self>> {
        let Some(library) = LIBRARIES.into_iter().find(|library| Path::new(library).exists()) else {
            return Ok(None);
        };
        let clock = Self { library, offset: directory.join("clock") };
        clock.jump_to_s(0)?;
        Ok(Some(clock))
    }

    /// So many seconds before or behind the truth, within a second.
    pub fn jump_to_s(&self, offset_s: i64) -> anyhow::Result<()> {
        // Never half written for whoever reads it now.
        let new = self.offset.with_extension("new");
        fs::write(&new, format!("{offset_s:+}s\n"))?;
        fs::rename(new, &self.offset)?;
        Ok(())
    }

    /// What the node's process is started with. Only the time of day jumps; how long something takes is never wrong.
    pub fn settings(&self) -> Vec<(String, String)> {
        let offset = self.offset.display().to_string();
        [
            ("LD_PRELOAD", self.library),
            ("FAKETIME_TIMESTAMP_FILE", &offset),
            ("FAKETIME_CACHE_DURATION", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

/// Removes what the library leaves behind of a process that was killed.
pub fn tidy(process: u32) {
    for name in [format!("faketime_shm_{process}"), format!("sem.faketime_sem_{process}")] {
        // Most nodes tell the truth and leave nothing.
        let _absent = fs::remove_file(Path::new("/dev/shm").join(name));
    }
}
