//! Old copies go, and with them the files that no copy needs any more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::manifest::{self, Found, Manifest};
use super::{FILES, private};

/// What was removed, and what somebody should know of the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Copies, and what is left of those that broke off.
    pub copies: usize,
    /// Files that no copy names.
    pub files: usize,
    /// Copies that stay for now and cannot be brought back: a power failure left their manifests empty. They do not count.
    pub emptied: Vec<PathBuf>,
    /// Copies of a clock that was ahead. They stay, and do not count.
    pub ahead: Vec<PathBuf>,
}

/// Leaves the newest `keep` whole copies, `made` always among them, and what they need. A copy under a name that is not ours
/// stays: whoever wants to keep one for good renames it. One whose manifest cannot be read is none.
pub(super) fn prune(directory: &Path, made: &Path, keep: usize) -> anyhow::Result<Pruned> {
    ensure!(keep > 0, "至少要留一份备份");
    let mut pruned = Pruned::default();
    let Found::Whole { made_at: now_ms } = manifest::find(made) else { bail!("{} 的清单读不了", made.display()) };
    let mut places: Vec<(PathBuf, Found)> = places(directory)?
        .into_iter()
        .map(|place| {
            let found = manifest::find(&place);
            (place, found)
        })
        .collect();
    // Newest first.
    places.sort_by(|(one, _), (other, _)| other.cmp(one));
    let is_ahead = |place: &Path, found: &Found| {
        place.file_name() > made.file_name() || matches!(found, Found::Whole { made_at } if *made_at > now_ms)
    };
    let copies: Vec<&(PathBuf, Found)> =
        places.iter().filter(|(place, found)| has_our_name(place) && !is_ahead(place, found)).collect();
    if let Some((oldest, _)) = copies.iter().filter(|(_, found)| matches!(found, Found::Whole { .. })).nth(keep - 1) {
        // What broke off goes with its time: a copy that somebody is carrying here is not whole yet, either.
        for (place, _) in copies.iter().filter(|(place, _)| place < oldest && place.as_path() != made) {
            remove(place)?;
            pruned.copies += 1;
        }
    }
    let mut needed = HashSet::new();
    for (place, found) in places.iter().filter(|(place, _)| place.exists()) {
        let unreadable = || format!("{} 的清单读不了", place.display());
        match found {
            Found::Nothing => {}
            Found::Emptied => pruned.emptied.push(place.clone()),
            // It may need anything: then nothing is removed.
            Found::Unreadable(error) => bail!("{}：{error:#}", unreadable()),
            Found::Whole { .. } => {
                if has_our_name(place) && is_ahead(place, found) {
                    pruned.ahead.push(place.clone());
                }
                // One at a time: of each only the names stay in memory, and most are the same.
                let manifest = Manifest::read(place).with_context(unreadable)?;
                for file in &manifest.files {
                    if !needed.contains(file.place()) {
                        needed.insert(file.place().to_owned());
                    }
                }
            }
        }
    }
    let files = directory.join(FILES);
    if files.is_dir() {
        pruned.files = remove_orphans(&files, &files, &needed)?;
    }
    Ok(pruned)
}

pub(super) fn places(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
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

/// `tejian-20261122-033000`.
fn has_our_name(place: &Path) -> bool {
    let name = place.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("tejian-"));
    let is_number = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    name.and_then(|name| name.split_once('-')).is_some_and(|(day, time)| is_number(day, 8) && is_number(time, 6))
}

/// The manifest first: half a copy must not look like a whole one.
fn remove(place: &Path) -> anyhow::Result<()> {
    let undeletable = || format!("无法删除 {}", place.display());
    let manifest = place.join(manifest::NAME);
    if manifest.exists() {
        std::fs::remove_file(manifest).with_context(undeletable)?;
        private::sync_directory(place)?;
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
