//! Files in a local directory or an S3-compatible store. Keys are ours and ASCII (`reports/rpt_….pdf`); no name from a
//! person becomes part of a path.

use std::ops::Range;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::config::FilesConfig;
use crate::secret_hash::sha256_hex;

/// Files that are not held in memory travel in parts of this size; S3 wants 5 MiB at least.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// As long as the store may say nothing.
const STORE_PATIENCE: Duration = Duration::from_secs(10);
const STORE_CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// The store; cheap to clone.
#[derive(Clone)]
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
}

/// What the store says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// Size.
    pub bytes: u64,
    /// Another one when the content is another.
    pub version: String,
}

/// What is known of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it is.
    pub key: String,
    /// SHA-256 as hex.
    pub sha256: String,
    /// Size.
    pub bytes: i64,
}

impl FileStore {
    /// Opens what the configuration names: `files.directory`, or S3 when `files.s3_bucket` is set.
    ///
    /// # Errors
    /// When the settings do not fit, or the directory belongs to another account.
    pub fn open(config: &FilesConfig) -> anyhow::Result<Self> {
        let store: Arc<dyn ObjectStore> = if config.s3_bucket.is_empty() {
            demand_own(FilePath::new(&config.directory))?;
            std::fs::create_dir_all(&config.directory)
                .with_context(|| format!("无法建立文件目录 {}", config.directory))?;
            // On the disk before the database says so: after a power cut a committed row must not name a file that is not
            // there, whose only other copy the same transaction removed.
            Arc::new(LocalFileSystem::new_with_prefix(FilePath::new(&config.directory))?.with_fsync(true))
        } else {
            Arc::new(
                AmazonS3Builder::new()
                    .with_retry(retries())
                    .with_client_options(patience())
                    .with_endpoint(&config.s3_endpoint)
                    .with_allow_http(config.s3_endpoint.starts_with("http://"))
                    .with_bucket_name(&config.s3_bucket)
                    .with_region(&config.s3_region)
                    .with_access_key_id(&config.s3_access_key)
                    .with_secret_access_key(config.s3_secret_key.expose())
                    .build()
                    .context("files.s3_* 配置不对")?,
            )
        };
        Ok(Self { store })
    }

    /// Stores `content` under `key`, replacing what was there.
    pub async fn put(&self, key: &str, content: Bytes) -> anyhow::Result<StoredFile> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        let stored = StoredFile { key: key.to_owned(), sha256: sha256_hex(&content), bytes: content.len() as i64 };
        self.store.put(&Path::from(key), content.into()).await.context("无法保存文件")?;
        Ok(stored)
    }

    /// Stores a local file under `key` without holding it in memory.
    pub async fn put_file(&self, key: &str, path: &FilePath) -> anyhow::Result<StoredFile> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        let mut file = tokio::fs::File::open(path).await.with_context(|| format!("无法读取文件 {}", path.display()))?;
        let mut upload = self.store.put_multipart(&Path::from(key)).await.context("无法保存文件")?;
        match send_parts(&mut *upload, &mut file).await {
            Ok((sha256, bytes)) => Ok(StoredFile { key: key.to_owned(), sha256, bytes }),
            Err(error) => {
                // S3 keeps, and bills, the parts of what is neither completed nor aborted.
                if let Err(aborting) = upload.abort().await {
                    tracing::warn!(key, %aborting, "parts of a file that could not be stored may stay in the store");
                }
                Err(error)
            }
        }
    }

    /// The whole file.
    pub async fn get(&self, key: &str) -> anyhow::Result<Bytes> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        Ok(self.store.get(&Path::from(key)).await.context("无法读取文件")?.bytes().await?)
    }

    /// The file in chunks, for answers that must not be held in memory.
    pub async fn stream(
        &self,
        key: &str,
    ) -> anyhow::Result<futures_util::stream::BoxStream<'static, object_store::Result<Bytes>>> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        Ok(self.store.get(&Path::from(key)).await.context("无法读取文件")?.into_stream())
    }

    /// What the store knows of the file; nothing if it is not there.
    pub async fn facts(&self, key: &str) -> anyhow::Result<Option<FileFacts>> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        match self.store.head(&Path::from(key)).await {
            Ok(meta) => Ok(Some(facts_of(meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(anyhow::Error::new(error).context("无法读取文件")),
        }
    }

    /// These bytes of the file in chunks; the range lies within it.
    pub async fn stream_range(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> anyhow::Result<futures_util::stream::BoxStream<'static, object_store::Result<Bytes>>> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        Ok(self.store.get_opts(&Path::from(key), options).await.context("无法读取文件")?.into_stream())
    }

    /// Removes the file; one that is not there is fine.
    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        ensure!(is_safe_key(key), "file key {key:?} is not ours");
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(anyhow::Error::new(error).context("无法删除文件")),
        }
    }

    /// Every file with what is known of it, in no order.
    pub async fn list(
        &self,
    ) -> anyhow::Result<futures_util::stream::BoxStream<'static, anyhow::Result<(String, FileFacts)>>> {
        let found = self.store.list(None);
        Ok(found.map_ok(|meta| (meta.location.to_string(), facts_of(meta))).map_err(anyhow::Error::from).boxed())
    }

    /// Whether the file is there.
    pub async fn exists(&self, key: &str) -> anyhow::Result<bool> {
        match self.store.head(&Path::from(key)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Sends the whole file; its SHA-256 as hex and its size.
async fn send_parts(upload: &mut dyn MultipartUpload, file: &mut tokio::fs::File) -> anyhow::Result<(String, i64)> {
    let mut digest = Sha256::new();
    let mut bytes = 0;
    loop {
        let mut part = BytesMut::with_capacity(PART_BYTES);
        while part.len() < PART_BYTES && file.read_buf(&mut part).await? > 0 {}
        if part.is_empty() && bytes > 0 {
            break;
        }
        let is_last = part.len() < PART_BYTES;
        digest.update(&part);
        bytes += part.len() as i64;
        upload.put_part(part.freeze().into()).await.context("无法保存文件")?;
        if is_last {
            break;
        }
    }
    upload.complete().await.context("无法保存文件")?;
    Ok((hex::encode(digest.finalize()), bytes))
}

/// A command that somebody runs as root beside the nodes would leave files that the nodes cannot change or remove, and
/// nobody would notice before they try. One that is not there yet is nobody's.
#[cfg(unix)]
fn demand_own(directory: &FilePath) -> anyhow::Result<()> {
    // It belongs to whom this process acts as. Where there is none, nothing can be said.
    let (Ok(process), Ok(found)) = (std::fs::metadata("/proc/self"), std::fs::metadata(directory)) else {
        return Ok(());
    };
    ensure!(
        is_fit(process.uid(), found.uid(), found.mode()),
        "files.directory 属于另一个用户，请用运行节点的账号执行；{} 的属主不对的，先用 chown -R 改回运行节点的账号",
        directory.display()
    );
    Ok(())
}

#[cfg(not(unix))]
fn demand_own(_: &FilePath) -> anyhow::Result<()> {
    Ok(())
}

/// Whether this account keeps files in a directory of `owner` with these permissions: its own, or one that its group shares
/// on purpose, as volumes of a cluster are. Root may write everywhere, and shall where everything is its own alone.
#[cfg(unix)]
fn is_fit(account: u32, owner: u32, mode: u32) -> bool {
    const OTHERS_WRITE: u32 = 0o022;
    account == owner || (account != 0 && mode & OTHERS_WRITE != 0)
}

fn facts_of(meta: ObjectMeta) -> FileFacts {
    let version = meta.e_tag.unwrap_or_else(|| meta.last_modified.timestamp_millis().to_string());
    FileFacts { bytes: meta.size, version }
}

/// A store that stumbles is asked again, and one that is away is told of while somebody still waits for the page; jobs come
/// back by themselves.
fn retries() -> RetryConfig {
    RetryConfig { max_retries: 3, retry_timeout: STORE_PATIENCE, ..RetryConfig::default() }
}

/// Not for the whole of a file, which may be large and its reader slow: for every step of the way.
fn patience() -> ClientOptions {
    ClientOptions::new()
        .with_connect_timeout(STORE_CONNECT_PATIENCE)
        .with_timeout_disabled()
        .with_read_timeout(STORE_PATIENCE)
}

fn is_safe_key(key: &str) -> bool {
    let character_fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    !key.is_empty()
        && key.bytes().all(character_fits)
        && !key.split('/').any(|part| part.is_empty() || part.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_climb_are_refused() {
        for key in ["../etc/passwd", "a//b", "/a", "a/./b", "报告.pdf", "a b", ""] {
            assert!(!is_safe_key(key), "{key}");
        }
        assert!(is_safe_key("reports/2026/rpt_0192.pdf"));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_of_another_account_is_left_alone_unless_it_is_shared_and_never_written_by_root() {
        const NODE: u32 = 998;
        assert!(is_fit(NODE, NODE, 0o700) && is_fit(0, 0, 0o755), "its own");
        assert!(!is_fit(0, NODE, 0o700) && !is_fit(0, NODE, 0o2775), "root where the node keeps its files");
        assert!(!is_fit(NODE, 0, 0o700) && !is_fit(NODE, 0, 0o755), "the node where root made the directory");
        assert!(is_fit(NODE, 0, 0o2775), "a volume of a cluster, shared with its group");
    }
}
