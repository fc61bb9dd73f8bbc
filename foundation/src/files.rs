//! Files in a local directory or an S3-compatible store. Keys are ours and ASCII (`reports/rpt_….pdf`); no name from a
//! person becomes part of a path.

use std::path::Path as FilePath;
use std::sync::Arc;

use anyhow::{Context, ensure};
use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::config::FilesConfig;
use crate::secret_hash::sha256_hex;

/// The store; cheap to clone.
#[derive(Clone)]
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
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
    pub fn open(config: &FilesConfig) -> anyhow::Result<Self> {
        let store: Arc<dyn ObjectStore> = if config.s3_bucket.is_empty() {
            std::fs::create_dir_all(&config.directory)
                .with_context(|| format!("无法建立文件目录 {}", config.directory))?;
            Arc::new(LocalFileSystem::new_with_prefix(FilePath::new(&config.directory))?)
        } else {
            Arc::new(
                AmazonS3Builder::new()
                    .with_endpoint(&config.s3_endpoint)
                    .with_allow_http(config.s3_endpoint.starts_with("http://"))
                    .with_bucket_name(&config.s3_bucket)
                    .with_region(&config.s3_region)
                    .with_access_key_id(&config.s3_access_key)
                    .with_secret_access_key(&config.s3_secret_key)
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

    /// Whether the file is there.
    pub async fn exists(&self, key: &str) -> anyhow::Result<bool> {
        match self.store.head(&Path::from(key)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
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
}
