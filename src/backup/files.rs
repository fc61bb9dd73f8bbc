//! The files of the store, beside the copies of the database.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, ensure};
use foundation::files::FileStore;
use futures_util::TryStreamExt;
use tokio::io::AsyncWriteExt;

use super::database::digest;
use super::manifest::KeptFile;
use super::private;

/// Copies every file that is not there yet and returns what there is. What `earlier` copies know of a file is not read
/// again: it may be a whole archive.
pub(super) async fn copy_out(
    store: &FileStore,
    directory: &Path,
    earlier: &HashMap<String, KeptFile>,
) -> anyhow::Result<Vec<KeptFile>> {
    let mut found = store.list().await?;
    let mut kept = Vec::new();
    while let Some((key, bytes)) = found.try_next().await? {
        let path = directory.join(&key);
        // A file never changes under its key; one of another size broke off.
        if std::fs::metadata(&path).map(|facts| facts.len()).ok() != Some(bytes) {
            fetch(store, &key, &path).await?;
        }
        match earlier.get(&key).filter(|known| known.bytes == bytes && !known.sha256.is_empty()) {
            Some(known) => kept.push(known.clone()),
            None => {
                let (bytes, sha256) = digest(&path)?;
                kept.push(KeptFile { key, bytes, sha256 });
            }
        }
    }
    kept.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(kept)
}

async fn fetch(store: &FileStore, key: &str, path: &Path) -> anyhow::Result<()> {
    let parent = path.parent().context("a file without a directory")?;
    private::make_directory(parent)?;
    let draft = path.with_extension("part");
    let mut file = tokio::fs::File::from_std(private::make_file(&draft)?);
    let mut content = store.stream(key).await?;
    while let Some(piece) = content.try_next().await? {
        file.write_all(&piece).await?;
    }
    file.sync_all().await?;
    tokio::fs::rename(&draft, path).await.with_context(|| format!("无法写 {}", path.display()))
}

/// Whether all files of a copy are there as they were copied; reads every one.
pub(super) fn check(directory: &Path, files: &[KeptFile]) -> anyhow::Result<()> {
    for file in files {
        let path = directory.join(&file.key);
        ensure!(path.exists(), "备份不完整：缺文件 {}（在 {} 里找过）", file.key, directory.display());
        let (bytes, sha256) = digest(&path)?;
        ensure!(file.is(bytes, &sha256), "备份的文件已损坏：{}", file.key);
    }
    Ok(())
}

/// Puts the files of a copy into the store.
pub(super) async fn copy_in(directory: &Path, files: &[KeptFile], store: &FileStore) -> anyhow::Result<()> {
    for file in files {
        store.put_file(&file.key, &directory.join(&file.key)).await?;
    }
    Ok(())
}
