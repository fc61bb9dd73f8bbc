//! Files by which WeChat verifies that a domain is ours: downloaded from its consoles, put into
//! `wechat.verification_directory`, and answered at the root of the site (`https://域名/MP_verify_….txt`).

use std::path::Path as FilePath;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Path;
use crate::app::SharedApp;

/// What names of the service account's files begin with; others are of letters and digits alone.
const OF_THE_ACCOUNT: &str = "MP_verify_";
/// Letters and digits of a name after that.
const ACCOUNT_LENGTH_MAX: usize = 64;

/// Nothing where no directory is named.
pub fn router(app: &SharedApp) -> Router<SharedApp> {
    if app.config.wechat.verification_directory.is_empty() {
        return Router::new();
    }
    Router::new().route("/{file}", get(fetch))
}

async fn fetch(State(app): State<SharedApp>, Path(file): Path<String>) -> Response {
    if !is_verification_file(&file) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read(FilePath::new(&app.config.wechat.verification_directory).join(file)).await {
        Ok(content) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `^(MP_verify_[A-Za-z0-9]+|[A-Za-z0-9]{6,32})\.txt$`: a name that leads nowhere else.
fn is_verification_file(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".txt") else { return false };
    let (word, lengths) = match stem.strip_prefix(OF_THE_ACCOUNT) {
        Some(word) => (word, 1..=ACCOUNT_LENGTH_MAX),
        None => (stem, 6..=32),
    };
    lengths.contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_wechat_gives_are_names_of_verification_files() {
        for name in ["MP_verify_AbC123xyz.txt", "MP_verify_1.txt", "a1B2c3.txt", "abcdefghij0123456789ABCDEFGHIJKL.txt"]
        {
            assert!(is_verification_file(name), "{name}");
        }
        for name in [
            "MP_verify_.txt",
            "MP_verify_a",
            "mp_verify_a.txt",
            "MP_verify_a.TXT",
            "MP_verify_a.txt.txt",
            "MP_verify_../a.txt",
            "../MP_verify_a.txt",
            "MP_verify_a/b.txt",
            "MP_verify_a\u{0}.txt",
            ".txt",
            "a.txt",
            "abcde.txt",
            "abcdefghij0123456789ABCDEFGHIJKLM.txt",
            "abc_def.txt",
            "验证文件验证.txt",
            "own.toml",
        ] {
            assert!(!is_verification_file(name), "{name}");
        }
    }
}
