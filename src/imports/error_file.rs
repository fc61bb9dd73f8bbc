//! The downloadable list of rows that were not taken: the original row, its line and the reason, as CSV with a byte
//! order mark, so that a spreadsheet opens it and the mended rows can be imported as they are.

use std::path::PathBuf;

use anyhow::Context;

use super::model::{ImportId, RowError};
use super::row::RawRow;

/// Rows shown in answers and on the command line.
const ERRORS_SHOWN_MAX: usize = 100;

/// Headers of the two columns in front.
pub const LINE_HEADER: &str = "行号";
/// See [`LINE_HEADER`].
pub const REASON_HEADER: &str = "未导入原因";

/// Written row by row to a temporary file, made at the first rejected row.
pub struct ErrorFile {
    path: PathBuf,
    header: Vec<String>,
    writer: Option<csv::Writer<std::fs::File>>,
    shown: Vec<RowError>,
}

impl ErrorFile {
    /// For an import of rows under this header.
    pub fn new(import: &ImportId, header: Vec<String>) -> Self {
        let path = std::env::temp_dir().join(format!("{import}-errors.csv"));
        Self { path, header, writer: None, shown: Vec::new() }
    }

    /// Adds a row.
    pub fn add(&mut self, raw: &RawRow, fee_id: &str, reason: &str) -> anyhow::Result<()> {
        if self.shown.len() < ERRORS_SHOWN_MAX {
            self.shown.push(RowError { line: raw.line, fee_id: fee_id.to_owned(), reason: reason.to_owned() });
        }
        let line = raw.line.to_string();
        let leading = [line.as_str(), reason].map(str::to_owned);
        let record = leading.into_iter().chain(raw.cells.iter().map(|cell| harmless(cell)));
        self.writer()?.write_record(record).context("无法写错误文件")
    }

    fn writer(&mut self) -> anyhow::Result<&mut csv::Writer<std::fs::File>> {
        if self.writer.is_none() {
            let mut file = std::fs::File::create(&self.path).context("无法建立错误文件")?;
            std::io::Write::write_all(&mut file, "\u{feff}".as_bytes())?;
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
            let leading = [LINE_HEADER, REASON_HEADER].map(str::to_owned);
            let header = self.header.iter().map(|cell| harmless(cell));
            writer.write_record(leading.into_iter().chain(header))?;
            self.writer = Some(writer);
        }
        self.writer.as_mut().context("无法建立错误文件")
    }

    /// The finished file, if any row was added, and the first errors.
    pub fn finish(mut self) -> anyhow::Result<(Option<PathBuf>, Vec<RowError>)> {
        let errors = std::mem::take(&mut self.shown);
        match self.writer.take() {
            Some(mut writer) => {
                writer.flush().context("无法写错误文件")?;
                Ok((Some(self.path.clone()), errors))
            }
            None => Ok((None, errors)),
        }
    }
}

impl Drop for ErrorFile {
    fn drop(&mut self) {
        if self.writer.is_some() {
            // Left over from an import that failed; a file that stays costs only space.
            std::fs::remove_file(&self.path).ok();
        }
    }
}

/// What a cell begins with that some spreadsheet takes for a formula: some take the full-width signs as well, or skip a
/// break of the line before them.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// A spreadsheet must not take a cell for a formula; the apostrophe is removed again when the row is imported.
fn harmless(cell: &str) -> String {
    if cell.starts_with(FORMULA_STARTS) { format!("'{cell}") } else { cell.to_owned() }
}
