//! Old copies go, and with them the files that no copy needs any more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::FILES;
use super::manifest::{self, Manifest};

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Copies, and what is left of those that broke off.
    pub copies: usize,
    /// Files that no copy names.
    pub files: usize,
}

/// Leaves the newest `keep` whole copies, `made` always among them, and what they need. A copy under a name that is not ours
/// stays: whoever wants to keep one for good renames it.
pub(super) fn prune(directory: &Path, made: &Path, keep: usize) -> anyhow::Result<Pruned> {
    ensure!(keep > 0, "至少要留一份备份");
    let mut pruned = Pruned::default();
    let mut copies: Vec<PathBuf> = places(directory)?.into_iter().filter(|place| has_our_name(place)).collect();
    copies.sort();
    copies.reverse();
    let whole = copies.iter().filter(|place| is_whole(place));
    if let Some(oldest) = whole.cloned().nth(keep - 1) {
        // What broke off goes with its time: a copy that somebody is carrying here is not whole yet, either.
        for place in copies.iter().filter(|place| **place < oldest && place.as_path() != made) {
            remove(place)?;
            pruned.copies += 1;
        }
    }
    let mut needed = HashSet::new();
    for place in places(directory)?.iter().filter(|place| is_whole(place)) {
        // What cannot be read may need anything: then nothing is removed.
        let manifest = Manifest::read(place).with_context(|| format!("{} 的清单读不了", place.display()))?;
        needed.extend(manifest.files.iter().map(|file| file.place().to_owned()));
    }
    let files = directory.join(FILES);
    if files.is_dir() {
        pruned.files = remove_orphans(&files, &files, &needed)?;
    }
    Ok(pruned)
}

fn places(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("无法读取目录 {}", directory.display());
    let mut places = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.is_dir() {
            places.push(path);
        }
    }
    Ok(places)
}

fn is_whole(place: &Path) -> bool {
    place.join(manifest::NAME).exists()
}

/// `tejian-20261122-033000`.
fn has_our_name(place: &Path) -> bool {
    let name = place.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("tejian-"));
    let is_number = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    name.and_then(|name| name.split_once('-')).is_some_and(|(day, time)| is_number(day, 8) && is_number(time, 6))
}

/// The manifest first: half a copy must not look like a whole one.
fn remove(place: &Path) -> anyhow::Result<()> {
    let undeletable = || format!("无法删除 {}", place.display());
    if is_whole(place) {
        std::fs::remove_file(place.join(manifest::NAME)).with_context(undeletable)?;
    }
    std::fs::remove_dir_all(place).with_context(undeletable)
}

fn remove_orphans(files: &Path, directory: &Path, needed: &HashSet<String>) -> anyhow::Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(directory).with_context(|| format!("无法读取目录 {}", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            removed += remove_orphans(files, &path, needed)?;
            // Refused while there is something in it.
            std::fs::remove_dir(&path).ok();
            continue;
        }
        let place = path.strip_prefix(files)?.to_string_lossy().replace('\\', "/");
        if !needed.contains(&place) {
            std::fs::remove_file(&path).with_context(|| format!("无法删除 {}", path.display()))?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::has_our_name;

    #[test]
    fn only_names_that_we_give_are_ours() {
        assert!(has_our_name(Path::new("/var/backups/tejian/tejian-20261122-033000")));
        for name in
            ["files", "tejian-20261122-033000-kept", "tejian-20261122", "tejian-before-upgrade", "20261122-033000"]
        {
            assert!(!has_our_name(Path::new(name)), "{name}");
        }
    }
}
