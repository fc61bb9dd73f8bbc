//! Files and directories that only the account of the process may read, whatever its umask says.

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
