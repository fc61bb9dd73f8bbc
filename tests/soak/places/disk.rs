//! A small disk of its own (tmpfs), which can be full. Only root may mount one; nobody else's disk is ever filled.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs;

const BALLAST: &str = "ballast";
const BLOCK_BYTES: usize = 64 * 1024;

/// A mounted disk; it is gone when this is dropped.
pub struct Disk {
    directory: PathBuf,
}

impl Disk {
    /// Mounts one of so many MiB here; nothing where that is not permitted.
    pub async fn mount(directory: &Path, size_mib: u32) -> anyhow::Result<Option<Self>> {
        fs::create_dir_all(directory)?;
        if !programs::is_root() {
            return Ok(None);
        }
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size_mib}m,mode=755"), "tmpfs"]).arg(directory);
        // Inside containers even root may not.
        Ok(programs::run(mount).await.ok().map(|_| Self { directory: directory.to_owned() }))
    }

    /// Takes every byte that is left.
    pub async fn fill(&self) -> anyhow::Result<()> {
        let path = self.directory.join(BALLAST);
        tokio::task::spawn_blocking(move || {
            let mut ballast = fs::File::create(path)?;
            let block = vec![0xAA; BLOCK_BYTES];
            loop {
                match ballast.write_all(&block) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                    Err(error) => return Err(error.into()),
                }
            }
        })
        .await?
    }

    /// Gives the space back.
    pub fn free(&self) -> anyhow::Result<()> {
        match fs::remove_file(self.directory.join(BALLAST)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Even while somebody still has a file open there.
        let _left = Command::new("umount").arg("-l").arg(&self.directory).status();
    }
}
