//! The files of the store, beside the copies of the database.

use std::collections::HashMap;
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

/// Copies every file that is not there yet and returns what there is. What `earlier` copies know of a file that the store
/// calls unchanged is not read again: it may be a whole archive.
pub(super) async fn copy_out(
    store: &FileStore,
    directory: &Path,
    earlier: &HashMap<String, KeptFile>,
) -> anyhow::Result<Vec<KeptFile>> {
    let mut found = store.list().await?;
    let mut kept = Vec::new();
    while let Some((key, facts)) = found.try_next().await? {
        if is_made_on_demand(&key) {
            continue;
        }
        let known = earlier.get(&key).filter(|known| is_unchanged(directory, known, &facts));
        match known {
            Some(known) => kept.push(known.clone()),
            None => kept.extend(fetch(store, directory, key, facts.version).await?),
        }
    }
    kept.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(kept)
}

/// Packed for one person, removed within a day and packed again when he asks: kept for weeks it would only be one more copy
/// of what he is told of himself, perhaps longer than his account lasts.
fn is_made_on_demand(key: &str) -> bool {
    personal_data::is_export(key) || downloads::is_packed(key)
}

/// The size alone does not tell: a file may be written anew with another content of the same length.
fn is_unchanged(directory: &Path, known: &KeptFile, facts: &FileFacts) -> bool {
    let is_noted = !known.sha256.is_empty() && known.version == facts.version && known.bytes == facts.bytes;
    is_noted && std::fs::metadata(directory.join(known.place())).is_ok_and(|copy| copy.len() == known.bytes)
}

/// Copies what is under `key` now; nothing if it was removed by design since the list was made. `version` is of before: a
/// file that is written anew at this moment is read again the next time.
async fn fetch(store: &FileStore, directory: &Path, key: String, version: String) -> anyhow::Result<Option<KeptFile>> {
    let path = directory.join(&key);
    private::make_directory(path.parent().context("a file without a directory")?)?;
    let draft = path.with_extension("part");
    match receive(store, &key, &draft).await {
        Ok((bytes, sha256)) => {
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
    let holds = |path: &Path| -> anyhow::Result<bool> {
        let is_as_long = std::fs::metadata(path).is_ok_and(|copy| copy.len() == bytes);
        Ok(is_as_long && digest(path)?.1 == sha256)
    };
    let under_key = directory.join(key);
    let beside = format!("{key}.{}", &sha256[..MARK_CHARACTERS]);
    let (path, place) = if under_key.exists() && !holds(&under_key)? {
        (directory.join(&beside), Some(beside))
    } else {
        (under_key, None)
    };
    // The same content, or, beside its key, one that was damaged since: either way this is what belongs there.
    std::fs::rename(draft, &path).with_context(|| format!("无法写 {}", path.display()))?;
    Ok(place)
}

/// Whether all files of a copy are there as they were copied; reads every one.
pub(super) fn check(directory: &Path, files: &[KeptFile]) -> anyhow::Result<()> {
    for file in files {
        let path = directory.join(file.place());
        ensure!(path.exists(), "备份不完整：缺文件 {}（在 {} 里找过）", file.key, directory.display());
        let (bytes, sha256) = digest(&path)?;
        ensure!(file.is(bytes, &sha256), "备份的文件已损坏：{}", file.key);
    }
    Ok(())
}

/// Puts the files of a copy into the store.
pub(super) async fn copy_in(directory: &Path, files: &[KeptFile], store: &FileStore) -> anyhow::Result<()> {
    for file in files {
        store.put_file(&file.key, &directory.join(file.place())).await?;
    }
    Ok(())
}
