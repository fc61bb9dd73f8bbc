//! XLSX: the first sheet, cell by cell, after a look at how large it becomes when it is unpacked.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use calamine::{DataRef, Reader, Xlsx};
use zip::ZipArchive;

use super::{CELLS_MAX, RowSink};
use crate::imports::row::RawRow;

/// A sheet of a million rows unpacks to less; a bomb to more.
const UNPACKED_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Every part but the sheets is held in memory while it is read, all texts of the workbook among them.
const PART_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// A cell of a spreadsheet ends at 32,767 characters.
const TEXT_BYTES_MAX: usize = 256 * 1024;
const ENTRIES_MAX: usize = 200;
/// Excel itself ends here.
const ROWS_MAX: u32 = 1_048_576;
/// Whole numbers of spreadsheets are exact up to here; longer codes have lost digits.
const DIGITS_EXACT: f64 = 1e15;

/// Hands every row that is not blank to `sink`.
pub fn read(path: &Path, sink: &mut RowSink<'_>) -> anyhow::Result<()> {
    let shown = path.display();
    refuse_bombs(path).with_context(|| format!("不能读取 {shown}"))?;
    let file = BufReader::new(File::open(path)?);
    let mut workbook = Xlsx::new(file).with_context(|| format!("{shown} 不是有效的 XLSX 文件"))?;
    let Some(sheet) = workbook.sheet_names().first().cloned() else { bail!("{shown} 里没有工作表") };
    let mut cells = workbook.worksheet_cells_reader(&sheet).with_context(|| format!("无法读取工作表“{sheet}”"))?;
    let mut current: Option<(u32, Vec<String>, Option<String>)> = None;
    while let Some(cell) = cells.next_cell().with_context(|| format!("工作表“{sheet}”读到一半出错"))? {
        let (row, position) = cell.get_position();
        ensure!(row < ROWS_MAX, "工作表“{sheet}”超过 {ROWS_MAX} 行");
        let starts_new_row = current.as_ref().is_none_or(|(open, ..)| *open != row);
        if starts_new_row {
            if let Some(finished) = current.take()
                && !hand_over(finished, sink)?
            {
                return Ok(());
            }
            current = Some((row, Vec::new(), None));
        }
        let position = position as usize;
        if let Some((_, texts, fault)) = current.as_mut()
            && position < CELLS_MAX
        {
            let text = cell_text(cell.get_value()).unwrap_or_else(|reason| {
                *fault = Some(format!("第 {} 列{reason}", position + 1));
                String::new()
            });
            if texts.len() <= position {
                texts.resize(position + 1, String::new());
            }
            texts[position] = text;
        }
    }
    if let Some(finished) = current {
        hand_over(finished, sink)?;
    }
    Ok(())
}

fn hand_over((row, cells, fault): (u32, Vec<String>, Option<String>), sink: &mut RowSink<'_>) -> anyhow::Result<bool> {
    if fault.is_none() && cells.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(true);
    }
    sink(RawRow { line: u64::from(row) + 1, cells, fault })
}

fn cell_text(value: &DataRef<'_>) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() >= DIGITS_EXACT => {
            return Err("是数字格式，超过 15 位的编号已丢失末位，请改为文本格式重新填写".to_owned());
        }
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(duration) => number_text(duration.as_f64()),
        DataRef::Error(error) => return Err(format!("是错误值 {error}")),
    })
}

/// A number as a person reads it in the cell: no exponent, no tail of binary rounding.
fn number_text(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The directory of the archive tells the sizes; because it can lie, every part is unpacked once, into nothing, up to its
/// limit. A text or tag of a part is held in memory while it is read, so its length has a limit, too; and what no
/// spreadsheet needs, document types and CDATA among it, is refused.
fn refuse_bombs(path: &Path) -> anyhow::Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?)).context("不是有效的 XLSX 文件")?;
    ensure!(archive.len() <= ENTRIES_MAX, "压缩包里的文件太多");
    let mut told = 0u64;
    for index in 0..archive.len() {
        told = told.saturating_add(archive.by_index_raw(index)?.size());
    }
    ensure!(told <= UNPACKED_BYTES_MAX, "解压后太大，请拆成几个文件");
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let name = entry.name()?.to_ascii_lowercase();
        let is_sheet = name.starts_with("xl/worksheets/");
        let is_read = name.ends_with(".xml") || name.ends_with(".rels");
        let max = if is_sheet { left } else { left.min(PART_BYTES_MAX) };
        let mut look = MarkupLook { is_read, ..MarkupLook::default() };
        let size = std::io::copy(&mut entry.take(max + 1), &mut look).map_err(|error| {
            // Our own refusals are sentences already.
            anyhow::anyhow!(if error.kind() == ErrorKind::Unsupported {
                error.to_string()
            } else {
                "压缩包已损坏".to_owned()
            })
        })?;
        ensure!(size <= max, "文字内容太大，请拆成几个文件");
        left -= size;
    }
    Ok(())
}

/// Looks at markup as it flows by.
#[derive(Default)]
struct MarkupLook {
    is_read: bool,
    since_tag: usize,
    before: u8,
}

impl Write for MarkupLook {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_read {
            for byte in bytes {
                self.since_tag = if *byte == b'<' { 0 } else { self.since_tag + 1 };
                if self.since_tag > TEXT_BYTES_MAX {
                    return Err(io::Error::new(ErrorKind::Unsupported, "有一个单元格太长"));
                }
                if self.before == b'<' && *byte == b'!' {
                    return Err(io::Error::new(ErrorKind::Unsupported, "含有表格里不应有的内容，请另存为 XLSX 后再传"));
                }
                self.before = *byte;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
