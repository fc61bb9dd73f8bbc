//! What the documents name as place or as proof is there: a table that leads nowhere is worse than none.

use std::path::{Path, PathBuf};

use regex::Regex;

/// Documents with places and proofs.
const DOCUMENTS: [&str; 4] = ["docs/features.md", "docs/security.md", "docs/compliance.md", "docs/personal-data.md"];
/// Where Rust tests are.
const ROOTS: [&str; 6] = ["src", "foundation", "wechat", "simulator", "migrations", "tests"];
/// Shorter words in backquotes are names of something else.
const NAME_PARTS_MIN: usize = 4;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn files_below(directory: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_symlink() || [".git", "node_modules", "target", "dist"].iter().any(|other| name == *other) {
            continue;
        }
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if name.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// All names of functions in Rust files; a proof is one of them.
fn functions() -> Vec<String> {
    let mut files = Vec::new();
    for directory in ROOTS {
        files_below(&root().join(directory), ".rs", &mut files);
    }
    let function = Regex::new(r"\bfn ([a-z0-9_]+)").unwrap();
    let names = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        function.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    files.iter().flat_map(names).collect()
}

/// `a/{b,c}.rs` as a/b.rs and a/c.rs.
fn unfolded(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?))) {
        Some((start, (choices, end))) => choices.split(',').map(|one| format!("{start}{}{end}", one.trim())).collect(),
        None => vec![path.to_owned()],
    }
}

#[test]
fn every_place_and_every_proof_that_the_documents_name_exists() {
    let functions = functions();
    let quoted = Regex::new(r"`([^`\n]+)`").unwrap();
    let proof = Regex::new(r"^(?:[a-z0-9_]+::)*([a-z0-9]+(?:_[a-z0-9]+)+)(…)?$").unwrap();
    let place = Regex::new(
        r"^(?:src|console|miniprogram|config|docs|deploy|tests|foundation|wechat|simulator|migrations|scripts|benches)/[\w./{},* -]+$",
    )
    .unwrap();
    let mut missing = Vec::new();
    let mut proofs = 0;
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for name in quoted.captures_iter(&text).map(|found| found[1].to_owned()) {
            if place.is_match(&name) && !name.contains('*') {
                missing.extend(
                    unfolded(&name)
                        .into_iter()
                        .filter(|path| !root().join(path).exists())
                        .map(|path| format!("{document}: {path}")),
                );
            } else if let Some(found) = proof.captures(&name)
                && found[1].split('_').count() >= NAME_PARTS_MIN
            {
                proofs += 1;
                let is_there = if found.get(2).is_some() {
                    functions.iter().any(|function| function.starts_with(&found[1]))
                } else {
                    functions.iter().any(|function| *function == found[1])
                };
                if !is_there {
                    missing.push(format!("{document}: {name}"));
                }
            }
        }
    }
    assert!(proofs > 100, "the documents name {proofs} proofs");
    assert!(missing.is_empty(), "named and not there:\n{}", missing.join("\n"));
}
