//! What is in a copy. It is written last: a copy without it broke off.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::private;

/// What makes a directory a whole copy.
pub(super) const NAME: &str = "manifest.json";

/// What is in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// When it was begun, epoch milliseconds.
    pub made_at: i64,
    /// By which version.
    pub version: String,
    /// The database.
    pub database: KeptDatabase,
    /// Every file of the store.
    pub files: Vec<KeptFile>,
}

/// The copied database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDatabase {
    /// `sqlite` or `postgres`: a copy goes back into the same kind.
    pub kind: String,
    /// File beside the manifest.
    pub file_name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 as hex.
    pub sha256: String,
}

/// A copied file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Where it is in the store.
    pub key: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 as hex; empty in a copy that an earlier release made: it noted the size alone.
    #[serde(default)]
    pub sha256: String,
    /// What the store said of it before it was read: something else once it is written anew. Empty in a copy that an earlier
    /// release made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it is among the files of all copies, unless under its key: another content of this key is kept there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

impl KeptFile {
    /// Where it is among the files of all copies.
    pub(super) fn place(&self) -> &str {
        self.beside.as_deref().unwrap_or(&self.key)
    }

    /// Whether a file of this size and content is the one that was copied, as far as was noted then.
    pub(super) fn is(&self, bytes: u64, sha256: &str) -> bool {
        self.bytes == bytes && (self.sha256.is_empty() || self.sha256 == sha256)
    }
}

impl Manifest {
    /// Writes it under another name first, so that half a manifest is none.
    pub(super) fn write(&self, place: &Path) -> anyhow::Result<()> {
        let draft = place.join("manifest.draft");
        private::make_file(&draft)?.write_all(&serde_json::to_vec_pretty(self)?).context("无法写备份清单")?;
        std::fs::rename(draft, place.join(NAME)).context("无法写备份清单")
    }

    /// Reads it.
    ///
    /// # Errors
    /// When there is none, because the copy broke off or the directory is another one.
    pub fn read(place: &Path) -> anyhow::Result<Self> {
        let content = std::fs::read(place.join(NAME))
            .with_context(|| format!("{} 里没有完整的备份（缺 {NAME}）", place.display()))?;
        serde_json::from_slice(&content).context("备份清单看不懂")
    }
}
