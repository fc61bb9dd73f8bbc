//! `tejian openapi`: the document that `docs/openapi.json` is a copy of.

use std::process::ExitCode;

/// Prints the document.
pub fn run() -> anyhow::Result<ExitCode> {
    print!("{}", crate::web::document_text());
    Ok(ExitCode::SUCCESS)
}
