//! Files and directories that only the account of the process may read, whatever its umask says, and that outlast a power
//! failure once they are said to be there.

use std::fs::{DirBuilder, File, OpenOptions};
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Context;

/// Makes a directory, and those above it that are missing. One that is there already stays as somebody made it.
pub(super) fn make_directory(path: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(path).with_context(|| format!("无法建立目录 {}", path.display()))
}

/// Makes a file, or empties the one that is there.
pub(super) fn make_file(path: &Path) -> anyhow::Result<File> {
    let unwritable = || format!("无法写 {}", path.display());
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let file = options.open(path).with_context(unwritable)?;
    // One that broke off under an earlier release may be open to others.
    #[cfg(unix)]
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).with_context(unwritable)?;
    Ok(file)
}

/// Returns once the content of a file is on the disk.
pub(super) fn sync_file(path: &Path) -> anyhow::Result<()> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.with_context(|| format!("无法写 {}", path.display()))
}

/// Returns once the names in a directory are on the disk: a file that was renamed is otherwise not there after a power
/// failure, or is there under its old name.
pub(super) fn sync_directory(path: &Path) -> anyhow::Result<()> {
    // Elsewhere a directory cannot be opened, and the file system does this by itself.
    if cfg!(unix) { sync_file(path) } else { Ok(()) }
}
