//! Tables over as many pages as they need: texts are broken into lines, rows never across pages, and what stands below the
//! last row never alone on a page.

use std::ops::Range;

use super::sheet::{Align, Sheet, Style, black, grey, rule_ink, tint};
use super::typeface::Typeface;

const HEAD_HEIGHT: f32 = 22.0;
const TEXT_SIZE: f32 = 8.5;
const LINE_HEIGHT: f32 = 11.0;
const ROW_PADDING: f32 = 8.0;
/// Room between a text and the rule beside it.
pub(super) const CELL_PADDING: f32 = 5.0;
/// Lines of one cell.
const LINES_MAX: usize = 3;

/// A column.
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) width: f32,
    pub(super) align: Align,
}

/// A row whose texts are broken into lines.
pub(super) struct Row {
    cells: Vec<Vec<String>>,
    height: f32,
}

/// Height of the head and of these rows.
pub(super) fn height(rows: &[Row]) -> f32 {
    HEAD_HEIGHT + rows.iter().map(|row| row.height).sum::<f32>()
}

/// Breaks the texts of a row.
pub(super) fn measure(typeface: &Typeface, columns: &[Column], texts: &[String]) -> Row {
    let cells: Vec<Vec<String>> = columns
        .iter()
        .zip(texts)
        .map(|(column, text)| typeface.wrap(text, TEXT_SIZE, column.width - 2.0 * CELL_PADDING, LINES_MAX))
        .collect();
    let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
    Row { cells, height: lines as f32 * LINE_HEIGHT + ROW_PADDING }
}

/// Which rows go on which page. The last page has room for `end_height` below its rows.
pub(super) fn paginate(rows: &[Row], first_top: f32, next_top: f32, bottom: f32, end_height: f32) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let mut start = 0;
    let mut y = first_top + HEAD_HEIGHT;
    for (index, row) in rows.iter().enumerate() {
        if y + row.height > bottom && index > start {
            pages.push(start..index);
            start = index;
            y = next_top + HEAD_HEIGHT;
        }
        y += row.height;
    }
    if y + end_height > bottom && rows.len() > start + 1 {
        // The end never stands alone: it takes the last row with it.
        pages.push(start..rows.len() - 1);
        start = rows.len() - 1;
    }
    pages.push(start..rows.len());
    pages
}

/// Draws head and rows from `left` on; returns the lower edge.
pub(super) fn draw(sheet: &mut Sheet<'_, '_>, columns: &[Column], rows: &[Row], left: f32, top: f32) -> f32 {
    let right = left + columns.iter().map(|column| column.width).sum::<f32>();
    sheet.fill_box(left, top, right - left, HEAD_HEIGHT, tint());
    let heads: Vec<Vec<String>> = columns.iter().map(|column| vec![column.head.to_owned()]).collect();
    cells(sheet, columns, &heads, (left, top), HEAD_HEIGHT, Style::new(TEXT_SIZE, grey()).bold());
    let mut y = top + HEAD_HEIGHT;
    for row in rows {
        cells(sheet, columns, &row.cells, (left, y), row.height, Style::new(TEXT_SIZE, black()));
        sheet.line((left, y), (right, y), rule_ink(), 0.4);
        y += row.height;
    }
    let mut x = left;
    for column in &columns[..columns.len() - 1] {
        x += column.width;
        sheet.line((x, top), (x, y), rule_ink(), 0.4);
    }
    sheet.frame(left, top, right - left, y - top, black(), 0.8);
    y
}

fn cells(
    sheet: &mut Sheet<'_, '_>,
    columns: &[Column],
    cells: &[Vec<String>],
    (left, top): (f32, f32),
    height: f32,
    style: Style,
) {
    let mut x = left;
    for (column, lines) in columns.iter().zip(cells) {
        let anchor = match column.align {
            Align::Left => x + CELL_PADDING,
            Align::Center => x + column.width / 2.0,
            Align::Right => x + column.width - CELL_PADDING,
        };
        let first = top + (height - lines.len() as f32 * LINE_HEIGHT) / 2.0 + 8.4;
        for (position, line) in lines.iter().enumerate() {
            sheet.text(anchor, first + position as f32 * LINE_HEIGHT, line, style.align(column.align));
        }
        x += column.width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_items_fills_pages_without_loss_and_leaves_room_for_the_end() {
        let (first_top, next_top, bottom, end_height) = (350.0, 66.0, 780.0, 98.0);
        for count in 1..300 {
            let height = |index: usize| if index.is_multiple_of(7) { 41.0 } else { 19.0 };
            let rows: Vec<Row> = (0..count).map(|index| Row { cells: Vec::new(), height: height(index) }).collect();
            let pages = paginate(&rows, first_top, next_top, bottom, end_height);
            let covered: Vec<usize> = pages.iter().cloned().flatten().collect();
            assert_eq!(covered, (0..count).collect::<Vec<_>>());
            for (position, page) in pages.iter().enumerate() {
                assert!(!page.is_empty());
                let top = if position == 0 { first_top } else { next_top };
                let end = if position + 1 == pages.len() { end_height } else { 0.0 };
                let used: f32 = rows[page.clone()].iter().map(|row| row.height).sum();
                assert!(top + HEAD_HEIGHT + used + end <= bottom, "{count} items, page {position}");
            }
        }
    }
}
