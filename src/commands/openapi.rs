//! `tejian openapi`: the document that `docs/openapi.json` is a copy of.

use std::process::ExitCode;

use super::output::say;

/// Prints the document.
pub fn run() -> anyhow::Result<ExitCode> {
    say(crate::web::document_text());
    Ok(ExitCode::SUCCESS)
}
