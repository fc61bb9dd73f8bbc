//! Reading a folder of vectors and counting.

pub mod accounts;
pub mod answers;
pub mod bills;
pub mod callbacks;
pub mod encryption;
pub mod keys;
pub mod messages;
pub mod requests;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What one case says when it fails.
pub type Outcome = Result<(), String>;

/// A folder of vectors.
pub struct Folder {
    path: PathBuf,
    keys: Value,
}

/// The result of one file.
pub struct Tally {
    pub file: &'static str,
    pub passed: usize,
    pub failures: Vec<String>,
}

impl Folder {
    pub fn open() -> Self {
        let path = std::env::var_os("VECTORS_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors"), PathBuf::from);
        let text = std::fs::read_to_string(path.join("keys.json"))
            .unwrap_or_else(|error| panic!("keys.json in {}: {error}", path.display()));
        Self { keys: serde_json::from_str(&text).expect("keys.json is JSON"), path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A text of keys.json by its path, for example `/merchant/serial_no`.
    pub fn key(&self, pointer: &str) -> &str {
        self.keys.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("keys.json has no {pointer}"))
    }

    pub fn keys(&self) -> &Value {
        &self.keys
    }

    /// A file as JSON; `None` when the folder does not have it.
    pub fn json(&self, file: &str) -> Option<Value> {
        let text = std::fs::read_to_string(self.path.join(file)).ok()?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}")))
    }

    pub fn bytes(&self, file: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.path.join(file)).map_err(|error| format!("{file}: {error}"))
    }
}

impl Tally {
    pub fn new(file: &'static str) -> Self {
        Self { file, passed: 0, failures: Vec::new() }
    }

    pub fn count(&mut self, name: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(reason) => self.failures.push(format!("{name}: {reason}")),
        }
    }

    /// Counts every vector of a list.
    pub fn each(&mut self, list: &Value, mut case: impl FnMut(&Value) -> Outcome) {
        for (index, vector) in list.as_array().into_iter().flatten().enumerate() {
            let id = vector["id"].as_str().map_or_else(|| format!("#{index}"), str::to_owned);
            let title = vector["title"].as_str().unwrap_or_default();
            self.count(format!("{id} {title}").trim(), case(vector));
        }
    }
}

pub fn text<'a>(vector: &'a Value, name: &str) -> Result<&'a str, String> {
    vector[name].as_str().ok_or_else(|| format!("no text {name}"))
}

pub fn number(vector: &Value, name: &str) -> Result<i64, String> {
    let value = &vector[name];
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| format!("no number {name}"))
}

/// The bytes of `<stem>_b64`, else the text of `<stem>_utf8`, else nothing.
pub fn body(vector: &Value, stem: &str) -> Result<Vec<u8>, String> {
    if let Some(base64) = vector[format!("{stem}_b64")].as_str() {
        return STANDARD.decode(base64).map_err(|error| error.to_string());
    }
    Ok(vector[format!("{stem}_utf8")].as_str().unwrap_or_default().as_bytes().to_vec())
}

/// Header pairs in wire order.
pub fn headers(vector: &Value) -> Result<Vec<(String, Vec<u8>)>, String> {
    let pairs = vector["headers"].as_array().ok_or("no headers")?;
    let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.as_bytes().to_vec()));
    pairs.iter().map(|value| pair(value).ok_or_else(|| "a header is no pair".to_owned())).collect()
}

pub fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}

/// Compares what happened with a verdict word: accept, reject or implementation_defined.
pub fn verdict<T, E: std::fmt::Display>(expected: &str, result: Result<T, E>) -> Outcome {
    match (expected, result) {
        ("accept" | "ok" | "valid" | "implementation_defined", Ok(_)) => Ok(()),
        ("reject" | "invalid" | "implementation_defined", Err(_)) => Ok(()),
        ("accept" | "ok" | "valid", Err(error)) => Err(format!("refused: {error}")),
        ("reject" | "invalid", Ok(_)) => Err("accepted".to_owned()),
        (other, _) => Err(format!("unknown verdict {other}")),
    }
}
