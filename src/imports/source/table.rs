//! CSV: UTF-8 with or without mark, GB18030, UTF-16 with mark; separated by comma, tab or semicolon.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use anyhow::Context;
use csv::{ReaderBuilder, StringRecord};

use super::encoding::{Utf8Reader, detect};
use super::line_ends::LineEnds;
use super::{CELLS_MAX, ROW_BYTES_MAX, RowSink};
use crate::imports::row::RawRow;

/// What stands behind the last row: a control character that no file of texts holds.
const END: &str = "\n\u{1}\n";

/// Hands every row that is not blank to `sink`.
pub fn read(path: &Path, sink: &mut RowSink<'_>) -> anyhow::Result<()> {
    let shown = path.display();
    let mut file = File::open(path).with_context(|| format!("无法打开文件 {shown}"))?;
    let encoding = detect(&mut file).with_context(|| format!("无法读取文件 {shown}"))?;
    let separator = detect_separator(&mut Utf8Reader::new(&mut file, encoding))?;
    io::Seek::rewind(&mut file)?;
    let since_last_row = Rc::new(Cell::new(0));
    let limited = RowLimit { inner: Utf8Reader::new(file, encoding), since_last_row: since_last_row.clone() };
    // Every row ends with a line end, the last one too: then a row's last line is the one before the reader's place. The
    // row that follows is ours; if it is swallowed, a quotation mark was never closed.
    let whole = LineEnds::new(limited).chain(END.as_bytes());
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(whole);
    let mut record = StringRecord::new();
    let mut first_unread = 1;
    while reader.read_record(&mut record).with_context(|| format!("文件 {shown} 从第 {first_unread} 行起无法读取"))?
    {
        since_last_row.set(0);
        first_unread = reader.position().line();
        if record.len() == 1 && record.get(0) == Some(END.trim()) {
            break;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // The reader's own place of a row is where it began to look for one, blank lines included.
        let lines_inside = record.iter().flat_map(str::bytes).filter(|byte| *byte == b'\n').count() as u64;
        let was_never_closed = record.iter().next_back().is_some_and(|cell| cell.ends_with(END));
        let line_ends = lines_inside + u64::from(!was_never_closed);
        let line = reader.position().line().saturating_sub(line_ends);
        let cells = record.iter().take(CELLS_MAX).map(|cell| cell.trim_end_matches(END).to_owned()).collect();
        let fault = was_never_closed.then(|| "引号没有成对，从这一行到文件末尾都没有读入".to_owned());
        if !sink(RawRow { line, cells, fault })? {
            break;
        }
    }
    Ok(())
}

/// The separator that the first line holds most of.
fn detect_separator(reader: &mut impl Read) -> io::Result<u8> {
    let mut head = vec![0u8; 16 * 1024];
    let read = reader.read(&mut head)?;
    let first_line = head[..read].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first_line.iter().filter(|byte| **byte == separator).count();
    Ok(*[b',', b'\t', b';'].iter().rev().max_by_key(|separator| count(**separator)).unwrap_or(&b','))
}

/// Stops a reader that swallows the rest of a file because of one quotation mark.
struct RowLimit<R> {
    inner: R,
    since_last_row: Rc<Cell<usize>>,
}

impl<R: Read> Read for RowLimit<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.since_last_row.get() > ROW_BYTES_MAX {
            return Err(io::Error::other("有一行超过 256 KB：可能有引号没有成对"));
        }
        let read = self.inner.read(output)?;
        self.since_last_row.set(self.since_last_row.get() + read);
        Ok(read)
    }
}
