//! Writing a spreadsheet row by row: only the present row is in memory, the rest lies in a temporary file that has no name
//! any more once it is open.

use anyhow::Context;
use foundation::calendar::beijing_minute_text;
use foundation::ids::new_id_text;
use rust_xlsxwriter::{Format, Workbook};
use tokio::sync::mpsc;

use super::list::Cell;

/// Width of a column, characters.
const COLUMN_WIDTH: f64 = 20.0;

/// Writes what comes until the sender is gone; gives the file, ready to be read from its beginning.
pub fn write(title: &str, header: &[&str], mut rows: mpsc::Receiver<Vec<Vec<Cell>>>) -> anyhow::Result<std::fs::File> {
    let bold = Format::new().set_bold();
    let money = Format::new().set_num_format("#,##0.00");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(title)?;
    for (column, text) in (0u16..).zip(header) {
        sheet.set_column_width(column, COLUMN_WIDTH)?;
        sheet.write_string_with_format(0, column, *text, &bold)?;
    }
    let mut line = 0;
    while let Some(batch) = rows.blocking_recv() {
        for cells in batch {
            line += 1;
            for (column, cell) in (0u16..).zip(cells) {
                match cell {
                    Cell::Text(text) => sheet.write_string(line, column, text)?,
                    // A spreadsheet knows no other numbers; up to 2^53 fen they are exact enough to be shown to the fen.
                    Cell::Money(fen) => sheet.write_number_with_format(line, column, fen as f64 / 100.0, &money)?,
                    Cell::Number(number) => sheet.write_number(line, column, number as f64)?,
                    Cell::Moment(Some(at)) => sheet.write_string(line, column, beijing_minute_text(at))?,
                    Cell::Moment(None) => continue,
                };
            }
        }
    }
    let path = std::env::temp_dir().join(format!("{}.xlsx", new_id_text("export")));
    workbook.save(&path).context("无法写导出文件")?;
    let file = std::fs::File::open(&path).context("无法读导出文件");
    std::fs::remove_file(&path).context("无法删除导出文件")?;
    file
}
