//! Reading rows out of files, one after the other, in bounded memory.

mod encoding;
mod line_ends;
mod sheet;
mod table;

use std::path::Path;

use anyhow::{Context, bail};

use super::row::RawRow;

/// Longest row in bytes; more than that is a quotation mark that was never closed, or no table at all.
const ROW_BYTES_MAX: usize = 256 * 1024;
/// Cells of a row that are looked at.
const CELLS_MAX: usize = 200;

/// Takes the rows of a file, the header first; `Ok(false)` stops the reading.
pub type RowSink<'a> = dyn FnMut(RawRow) -> anyhow::Result<bool> + 'a;

/// Reads a CSV or XLSX file; which of the two is told by its content.
pub fn read_rows(path: &Path, sink: &mut RowSink<'_>) -> anyhow::Result<()> {
    let shown = path.display();
    let mut file = std::fs::File::open(path).with_context(|| format!("无法打开文件 {shown}"))?;
    let mut head = [0u8; 8];
    let read = std::io::Read::read(&mut file, &mut head).with_context(|| format!("无法读取文件 {shown}"))?;
    drop(file);
    match &head[..read] {
        [] => bail!("文件 {shown} 是空的"),
        [b'P', b'K', 3, 4, ..] => sheet::read(path, sink),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => bail!("{shown} 是旧版 Excel（.xls）文件，请另存为 .xlsx 或 CSV（UTF-8）"),
        _ => table::read(path, sink),
    }
}
