//! No secret lies in the repository: neither as text nor as a file that usually holds one.

use std::path::Path;

use regex::RegexSet;

use super::named::{files_below, root};

/// Where keys lie that were made for tests and protect nothing.
const MADE_FOR_TESTS: [&str; 3] = ["tests/vectors/", "simulator/src/test_keys/", "fuzz/corpus/"];
/// Files that hold keys wherever else they lie.
const KEY_FILES: [&str; 9] = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", "id_rsa", ".env"];

fn patterns() -> RegexSet {
    // Written in two parts, so that this file does not find itself.
    RegexSet::new([
        concat!(r"-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE", r" KEY-----\s*(?:\\n)?\s*[A-Za-z0-9+/=]{32}"),
        // Cloud and code hosting.
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bLTAI[0-9A-Za-z]{16,}\b",
        r"\bAKID[0-9A-Za-z]{32}\b",
        r"\bgh[pousr]_[0-9A-Za-z]{36}\b",
        r"\bglpat-[0-9A-Za-z_-]{20}\b",
        r"\bxox[abprs]-[0-9A-Za-z-]{20,}\b",
        r"\bAIza[0-9A-Za-z_-]{35}\b",
        r"\bsk_live_[0-9A-Za-z]{20,}\b",
        // A signed web token.
        r"\beyJ[0-9A-Za-z_-]{16,}\.eyJ[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
        // A password in an address; `word` and the like in tests have no digits and are short.
        r"\b(?:postgres|postgresql|redis|rediss|mysql|smtp|smtps)://[^\s:/@'\x22$<{]+:[0-9A-Za-z+/=_-]{12,}@",
    ])
    .expect("patterns")
}

/// A value of a setting that looks drawn by lot: 32 and more hexadecimal digits, or 40 and more of Base64, with digits and
/// letters of both kinds.
fn looks_drawn(value: &str) -> bool {
    let hexadecimal = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has = |fits: fn(&u8) -> bool| value.as_bytes().iter().any(fits);
    let base64 = value.len() >= 40
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit);
    (hexadecimal && has(u8::is_ascii_digit)) || base64
}

/// The values of `name = "value"`, `name: value` and `NAME=value` in a text of settings.
fn values(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let (_, value) = line.split_once(['=', ':'])?;
        let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'', ',']);
        Some((at + 1, value))
    })
}

fn is_settings(path: &str) -> bool {
    (path.starts_with("config/") || path.starts_with("deploy/"))
        && [".toml", ".yaml", ".yml", ".env", ".conf", ".service", ".json"].iter().any(|ending| path.ends_with(ending))
}

fn every_file() -> Vec<(String, std::path::PathBuf)> {
    let mut files = Vec::new();
    files_below(&root(), "", &mut files);
    let named = files.into_iter().filter_map(|path| {
        let name = path.strip_prefix(root()).ok()?.to_string_lossy().into_owned();
        let is_ours = ![".git/", ".git", "target/", "var/"].iter().any(|start| name.starts_with(start))
            && !["/dist/", "/node_modules/", "/found/", "/artifacts/", "fuzz/target/"]
                .iter()
                .any(|part| name.contains(part));
        is_ours.then_some((name, path))
    });
    named.collect()
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).expect("a file of the repository can be read")).into_owned()
}

#[test]
fn no_secret_lies_in_the_repository() {
    let patterns = patterns();
    let mut found = Vec::new();
    let mut looked_at = 0;
    for (name, path) in every_file() {
        if MADE_FOR_TESTS.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        looked_at += 1;
        if KEY_FILES.iter().any(|ending| name.ends_with(ending)) {
            found.push(format!("{name}: a file that usually holds a key"));
        }
        let text = read(&path);
        if patterns.is_match(&text) {
            let which: Vec<&String> = patterns.matches(&text).iter().map(|index| &patterns.patterns()[index]).collect();
            found.push(format!("{name}: {which:?}"));
        }
        if is_settings(&name) {
            found.extend(
                values(&text)
                    .filter(|(_, value)| looks_drawn(value))
                    .map(|(line, _)| format!("{name}:{line}: a value that looks like a key")),
            );
        }
    }
    assert!(looked_at > 1_000, "looked at {looked_at} files");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_looks_like_a_secret_would_be_found() {
    let patterns = patterns();
    let key = format!("-----BEGIN {}PRIVATE KEY-----\n{}\n", "RSA ", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj");
    for secret in [
        key.clone(),
        key.replace('\n', "\\n"),
        format!("{}{}", "AKIA", "IOSFODNN7EXAMPLE"),
        format!("{}{}", "LTAI", "4FoBarBazQuxQuuxCorge"),
        format!("ghp_{}", "a1B2".repeat(9)),
        format!("postgres://tejian:{}@db/tejian", "s3cretS3cret99"),
    ] {
        assert!(patterns.is_match(&secret), "{secret}");
    }
    for harmless in ["-----BEGIN PRIVATE KEY-----\n…", "postgres://tejian@localhost/tejian", "redis://:word@host"] {
        assert!(!patterns.is_match(harmless), "{harmless}");
    }
    let settings = "secret = \"0123456789abcdef0123456789abcdef\"\nname = \"tejian\"\nkey: qL8v4FxPJnqpo7Mx8uNPvIyFYRybjlNGw2vrfCCZX7qQ=\n";
    let drawn: Vec<usize> = values(settings).filter(|(_, value)| looks_drawn(value)).map(|(line, _)| line).collect();
    assert_eq!(drawn, [1, 3]);
}

#[test]
fn lock_files_are_there_and_name_no_address_of_a_registry() {
    for name in [
        "Cargo.lock",
        "fuzz/Cargo.lock",
        "miniprogram/package-lock.json",
        "console/package-lock.json",
        "tests/peers/package-lock.json",
    ] {
        let text = read(&root().join(name));
        assert!(!text.contains("\"resolved\""), "{name}");
        let sources = text.lines().filter(|line| line.starts_with("source = "));
        for source in sources {
            assert_eq!(source, "source = \"registry+https://github.com/rust-lang/crates.io-index\"", "{name}");
        }
    }
}
