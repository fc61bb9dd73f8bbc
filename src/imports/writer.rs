//! Writing import files: for the demo data and for the generator of large files.

use std::io::Write;

use super::columns::{COLUMNS, Field};

/// One row under construction; what is not set stays blank.
#[derive(Debug, Clone)]
pub struct Cells([String; COLUMNS.len()]);

impl Default for Cells {
    fn default() -> Self {
        Self(std::array::from_fn(|_| String::new()))
    }
}

impl Cells {
    /// Sets one cell.
    pub fn set(&mut self, field: Field, text: impl Into<String>) -> &mut Self {
        self.0[field as usize] = text.into();
        self
    }

    /// All cells in the order of the columns.
    pub fn into_texts(self) -> Vec<String> {
        self.0.into()
    }

    /// What a cell holds.
    pub fn get(&self, field: Field) -> &str {
        &self.0[field as usize]
    }
}

/// Writes rows under the headers of the template, with a byte order mark for spreadsheets.
pub struct TableWriter<W: Write> {
    inner: csv::Writer<W>,
}

impl<W: Write> TableWriter<W> {
    /// Writes the header.
    pub fn new(mut output: W) -> anyhow::Result<Self> {
        output.write_all("\u{feff}".as_bytes())?;
        let mut inner = csv::Writer::from_writer(output);
        inner.write_record(COLUMNS.iter().map(|column| column.header))?;
        Ok(Self { inner })
    }

    /// Writes a row.
    pub fn write(&mut self, cells: &Cells) -> anyhow::Result<()> {
        Ok(self.inner.write_record(&cells.0)?)
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.inner.flush()?)
    }
}
