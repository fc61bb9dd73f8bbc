//! What is in a copy. It is written last: a copy without it broke off.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};
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

/// What stands where the manifest of a copy belongs.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing: the copy broke off, or this is no copy.
    Nothing,
    /// A file without content. A power failure leaves it of one that an earlier release wrote; nobody can say any more what
    /// the copy needed, or go back to it.
    Emptied,
    /// One that cannot be read; somebody may be able to mend it.
    Unreadable(anyhow::Error),
    /// One that can be read.
    Whole {
        /// When its copy was begun, epoch milliseconds.
        made_at: i64,
    },
}

/// As much of a manifest as says whether it can be read; the files of a large one are many.
#[derive(Deserialize)]
struct Heading {
    made_at: i64,
}

/// Looks at the manifest of a copy without holding it in memory.
pub(super) fn find(place: &Path) -> Found {
    let path = place.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Found::Nothing,
        Err(error) => return Found::Unreadable(error.into()),
    };
    match serde_json::from_reader::<_, Heading>(BufReader::new(file)) {
        Ok(heading) => Found::Whole { made_at: heading.made_at },
        Err(_) if matches!(holds_nothing(&path), Ok(true)) => Found::Emptied,
        Err(error) => Found::Unreadable(error.into()),
    }
}

/// Whether a file is empty, or as long as it was without its content: zeros.
fn holds_nothing(path: &Path) -> io::Result<bool> {
    let mut reader = BufReader::new(File::open(path)?);
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(true);
        }
        if piece.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let count = piece.len();
        reader.consume(count);
    }
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
    /// Writes it under another name first, so that half a manifest is none; returns once it is on the disk.
    pub(super) fn write(&self, place: &Path) -> anyhow::Result<()> {
        let draft = place.join("manifest.draft");
        let mut file = BufWriter::new(private::make_file(&draft)?);
        serde_json::to_writer_pretty(&mut file, self).context("无法写备份清单")?;
        file.flush().context("无法写备份清单")?;
        file.get_ref().sync_all().context("无法写备份清单")?;
        std::fs::rename(draft, place.join(NAME)).context("无法写备份清单")?;
        private::sync_directory(place)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When there is none, because the copy broke off or the directory is another one.
    pub fn read(place: &Path) -> anyhow::Result<Self> {
        let file = File::open(place.join(NAME))
            .with_context(|| format!("{} 里没有完整的备份（缺 {NAME}）", place.display()))?;
        // Piece by piece: the text of a large one is as large again as what it says.
        serde_json::from_reader(BufReader::new(file)).context("备份清单看不懂")
    }
}
