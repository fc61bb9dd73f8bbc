//! The files of the store, beside the copies of the database.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, ensure};
use foundation::files::{FileFacts, FileStore};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::database::digest;
use super::manifest::KeptFile;
use super::private;
use crate::{downloads, personal_data};

/// Files that are removed by design, any minute. All others are only ever added: one of them that is gone is lost.
const SWEPT: [&str; 3] = ["uploads/", "conversations/", "doctor/"];
/// Letters of a sum that tell contents of one key apart.
const MARK_CHARACTERS: usize = 16;

/// After so many days every kept file was read once.
const TURNS: u64 = 14;
/// Of faults so many are told one by one.
const TOLD_MAX: usize = 20;

/// A kept file that was no longer as it had been copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Where it is in the store.
    pub key: String,
    /// Whether the store still gave what had been copied, and every copy is whole again. If not, copies of before lack the
    /// file, and what the store gives now is kept beside it.
    pub is_mended: bool,
}

/// What [`copy_out`] did.
pub(super) struct Copied {
    /// What there is, by key.
    pub files: Vec<KeptFile>,
    /// What had to be read again although the store's own file is the same.
    pub damaged: Vec<Damaged>,
}

/// Copies every file that is not there yet and returns what there is, once it is on the disk. What `earlier` copies know of a
/// file that the store calls unchanged is not fetched again, it may be a whole archive; but of what is kept a share is read
/// every `day` (a number that grows by one), because disks rot in silence.
pub(super) async fn copy_out(
    store: &FileStore,
    directory: &Path,
    earlier: &HashMap<String, KeptFile>,
    day: u64,
) -> anyhow::Result<Copied> {
    let mut found = store.list().await?;
    let (mut files, mut damaged, mut written) = (Vec::new(), Vec::new(), HashSet::new());
    while let Some((key, facts)) = found.try_next().await? {
        if is_made_on_demand(&key) {
            continue;
        }
        let known = earlier.get(&key);
        let unchanged = known.filter(|known| is_unchanged(known, &facts));
        if let Some(known) = unchanged
            && is_intact(directory, known, day)
        {
            files.push(known.clone());
            continue;
        }
        let Some(file) = fetch(store, directory, key, facts.version, known).await? else { continue };
        if let Some(known) = unchanged {
            damaged.push(Damaged { key: file.key.clone(), is_mended: file.sha256 == known.sha256 });
        }
        let path = directory.join(file.place());
        let above = path.ancestors().skip(1).take_while(|above| above.starts_with(directory));
        written.extend(above.map(Path::to_path_buf));
        files.push(file);
    }
    for directory in &written {
        private::sync_directory(directory)?;
    }
    files.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(Copied { files, damaged })
}

/// Packed for one person, removed within a day and packed again when he asks: kept for weeks it would only be one more copy
/// of what he is told of himself, perhaps longer than his account lasts.
fn is_made_on_demand(key: &str) -> bool {
    personal_data::is_export(key) || downloads::is_packed(key)
}

/// The size alone does not tell: a file may be written anew with another content of the same length.
fn is_unchanged(known: &KeptFile, facts: &FileFacts) -> bool {
    !known.sha256.is_empty() && known.version == facts.version && known.bytes == facts.bytes
}

/// Whether what is kept of a file has its length and, when it is its turn to be read, its content.
fn is_intact(directory: &Path, known: &KeptFile, day: u64) -> bool {
    let path = directory.join(known.place());
    let is_as_long = std::fs::metadata(&path).is_ok_and(|copy| copy.len() == known.bytes);
    // What the disk does not give any more is damaged as well.
    is_as_long && (day % TURNS != turn_of(&known.key) || holds(&path, (known.bytes, &known.sha256)))
}

/// On which day of a round a file is read; spreads them evenly.
fn turn_of(key: &str) -> u64 {
    let sum = Sha256::digest(key.as_bytes());
    sum.iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte)) % TURNS
}

fn holds(path: &Path, (bytes, sha256): (u64, &str)) -> bool {
    let is_as_long = std::fs::metadata(path).is_ok_and(|copy| copy.len() == bytes);
    is_as_long && digest(path).is_ok_and(|(_, sum)| sum == sha256)
}

/// Copies what is under `key` now; nothing if it was removed by design since the list was made. `version` is of before: a
/// file that is written anew at this moment is read again the next time. What is `known` of it already goes where that is
/// kept, and mends it there if it was damaged.
async fn fetch(
    store: &FileStore,
    directory: &Path,
    key: String,
    version: String,
    known: Option<&KeptFile>,
) -> anyhow::Result<Option<KeptFile>> {
    let path = directory.join(&key);
    private::make_directory(path.parent().context("a file without a directory")?)?;
    let draft = path.with_extension("part");
    match receive(store, &key, &draft).await {
        Ok((bytes, sha256)) => {
            if let Some(known) = known.filter(|known| known.bytes == bytes && known.sha256 == sha256) {
                put_in_place(&draft, &directory.join(known.place()))?;
                return Ok(Some(KeptFile { version, ..known.clone() }));
            }
            let beside = settle(directory, &key, &draft, (bytes, sha256.as_str()))?;
            Ok(Some(KeptFile { key, bytes, sha256, version, beside }))
        }
        Err(error) => {
            std::fs::remove_file(&draft).ok();
            if !matches!(store.exists(&key).await, Ok(false)) {
                return Err(error);
            }
            let is_swept = SWEPT.iter().any(|start| key.starts_with(start));
            ensure!(is_swept, "文件 {key} 在备份时不见了；这样的文件从不删除，请先查清");
            Ok(None)
        }
    }
}

/// Size and SHA-256 (hex) of what is written into the draft.
async fn receive(store: &FileStore, key: &str, draft: &Path) -> anyhow::Result<(u64, String)> {
    let mut file = tokio::fs::File::from_std(private::make_file(draft)?);
    let mut content = store.stream(key).await?;
    let (mut sum, mut bytes) = (Sha256::new(), 0);
    while let Some(piece) = content.try_next().await? {
        sum.update(&piece);
        bytes += piece.len() as u64;
        file.write_all(&piece).await?;
    }
    file.sync_all().await?;
    Ok((bytes, hex::encode(sum.finalize())))
}

/// Puts a draft where its content is kept, and says where that is if not under its key. What is there is never written over:
/// earlier copies name it.
fn settle(directory: &Path, key: &str, draft: &Path, (bytes, sha256): (u64, &str)) -> anyhow::Result<Option<String>> {
    let under_key = directory.join(key);
    let beside = format!("{key}.{}", &sha256[..MARK_CHARACTERS]);
    let (path, place) = if under_key.exists() && !holds(&under_key, (bytes, sha256)) {
        (directory.join(&beside), Some(beside))
    } else {
        (under_key, None)
    };
    // The same content, or, beside its key, one that was damaged since: either way this is what belongs there.
    put_in_place(draft, &path)?;
    Ok(place)
}

fn put_in_place(draft: &Path, path: &Path) -> anyhow::Result<()> {
    std::fs::rename(draft, path).with_context(|| format!("无法写 {}", path.display()))
}

/// Whether all files of a copy are there as they were copied; reads every one, and names all that are not.
pub(super) fn check(directory: &Path, files: &[KeptFile]) -> anyhow::Result<()> {
    let faults: Vec<String> =
        files.iter().filter_map(|file| fault(file, digest(&directory.join(file.place())).ok().as_ref())).collect();
    let told = faults.iter().take(TOLD_MAX).map(|fault| format!("\n  - {fault}")).collect::<String>();
    ensure!(
        faults.is_empty(),
        "备份不完整，什么都没有写入：有 {} 个文件不对（在 {} 里找过）{told}",
        faults.len(),
        directory.display()
    );
    Ok(())
}

/// What is wrong with a kept file, by its size and sum now (nothing if it could not be read).
pub(super) fn fault(file: &KeptFile, now: Option<&(u64, String)>) -> Option<String> {
    match now {
        None => Some(format!("缺文件 {}，或读不出来", file.place())),
        Some((bytes, sha256)) if !file.is(*bytes, sha256) => Some(format!("文件已损坏：{}", file.place())),
        Some(_) => None,
    }
}

/// Puts the files of a copy into the store.
pub(super) async fn copy_in(directory: &Path, files: &[KeptFile], store: &FileStore) -> anyhow::Result<()> {
    for file in files {
        store.put_file(&file.key, &directory.join(file.place())).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kept_file_has_its_turn_to_be_read_and_no_day_is_left_without_any() {
        let mut share = [0; TURNS as usize];
        for number in 0..1_400 {
            share[turn_of(&format!("reports/rpt_{number}.pdf")) as usize] += 1;
        }
        assert!(share.iter().all(|count| (50..=150).contains(count)), "{share:?}");
    }
}
