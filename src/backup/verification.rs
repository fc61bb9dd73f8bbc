//! Whether everybody who wants to go back to a copy finds what he needs: every byte of every copy is read.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::FILES;
use super::manifest::{self, Found, Manifest};
use super::{database, files, pruning};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Copies whose manifests could be read.
    pub copies: usize,
    /// Files that they share, each read once.
    pub files: usize,
    /// What is wrong, in Chinese, one sentence each.
    pub faults: Vec<String>,
}

/// Reads everything below `directory`; changes nothing.
pub(super) fn verify(directory: &Path) -> anyhow::Result<Verified> {
    let mut places = pruning::places(directory)?;
    places.sort();
    let mut verified = Verified::default();
    let mut read: HashMap<String, Option<(u64, String)>> = HashMap::new();
    // Of a file's faults, how many copies miss it.
    let mut missed: BTreeMap<String, usize> = BTreeMap::new();
    for place in places {
        let told = place.display();
        let manifest = match manifest::find(&place) {
            // Broke off, or no copy.
            Found::Nothing => continue,
            Found::Emptied => {
                verified.faults.push(format!("{told}：清单是空的（写的时候断了电），这一份恢复不了"));
                continue;
            }
            Found::Unreadable(error) => {
                verified.faults.push(format!("{told}：清单读不了，这一份恢复不了（{error:#}）"));
                continue;
            }
            Found::Whole { .. } => match Manifest::read(&place) {
                Ok(manifest) => manifest,
                Err(error) => {
                    verified.faults.push(format!("{told}：清单读不了，这一份恢复不了（{error:#}）"));
                    continue;
                }
            },
        };
        verified.copies += 1;
        if !database::is_intact(&place, &manifest.database).unwrap_or(false) {
            verified.faults.push(format!("{told}：数据库文件 {} 不在或已损坏", manifest.database.file_name));
        }
        for file in &manifest.files {
            if !read.contains_key(file.place()) {
                let now = database::digest(&directory.join(FILES).join(file.place())).ok();
                read.insert(file.place().to_owned(), now);
            }
            let now = read.get(file.place()).and_then(Option::as_ref);
            if let Some(fault) = files::fault(file, now) {
                *missed.entry(fault).or_default() += 1;
            }
        }
    }
    verified.files = read.len();
    verified.faults.extend(missed.into_iter().map(|(fault, copies)| format!("{fault}（{copies} 份备份要用它）")));
    Ok(verified)
}
