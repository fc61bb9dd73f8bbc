//! The table of items, over as many pages as it needs.

use std::ops::Range;

use foundation::money::Fen;

use super::{LEFT, PaymentOrderItem, RIGHT};
use crate::documents::sheet::{Align, Sheet, Style, black, grey, rule_ink, tint};
use crate::documents::typeface::Typeface;

/// Height of the closing line.
pub(super) const TOTAL_HEIGHT: f32 = 24.0;

const HEAD_HEIGHT: f32 = 22.0;
const TEXT_SIZE: f32 = 8.5;
const LINE_HEIGHT: f32 = 11.0;
const ROW_PADDING: f32 = 8.0;
const CELL_PADDING: f32 = 5.0;

struct Column {
    head: &'static str,
    width: f32,
    align: Align,
}

const COLUMNS: [Column; 6] = [
    Column { head: "序号", width: 32.0, align: Align::Center },
    Column { head: "报告编号", width: 112.0, align: Align::Left },
    Column { head: "设备名称", width: 121.0, align: Align::Left },
    Column { head: "注册代码", width: 108.0, align: Align::Left },
    Column { head: "出厂编号", width: 74.0, align: Align::Left },
    Column { head: "金额（元）", width: 64.28, align: Align::Right },
];

/// A row whose texts are broken into lines.
pub(super) struct Row {
    cells: [Vec<String>; 6],
    height: f32,
}

/// Breaks the texts of all items.
pub(super) fn measure(typeface: &Typeface, items: &[PaymentOrderItem]) -> Vec<Row> {
    items.iter().enumerate().map(|(position, item)| measure_one(typeface, position + 1, item)).collect()
}

fn measure_one(typeface: &Typeface, number: usize, item: &PaymentOrderItem) -> Row {
    let texts = [
        number.to_string(),
        item.report_no.clone(),
        item.device_name.clone(),
        item.registration_code.clone(),
        item.factory_serial_no.clone().unwrap_or_else(|| "—".to_owned()),
        item.amount.to_yuan_text(),
    ];
    let mut column = 0;
    let cells = texts.map(|text| {
        let width = COLUMNS[column].width - 2.0 * CELL_PADDING;
        column += 1;
        typeface.wrap(&text, TEXT_SIZE, width, 3)
    });
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

/// Draws head and rows; returns the lower edge.
pub(super) fn draw(sheet: &mut Sheet<'_, '_>, rows: &[Row], top: f32) -> f32 {
    sheet.fill_box(LEFT, top, RIGHT - LEFT, HEAD_HEIGHT, tint());
    let heads = COLUMNS.each_ref().map(|column| vec![column.head.to_owned()]);
    cells(sheet, &heads, top, HEAD_HEIGHT, Style::new(TEXT_SIZE, grey()).bold());
    let mut y = top + HEAD_HEIGHT;
    for row in rows {
        cells(sheet, &row.cells, y, row.height, Style::new(TEXT_SIZE, black()));
        sheet.line((LEFT, y), (RIGHT, y), rule_ink(), 0.4);
        y += row.height;
    }
    let mut x = LEFT;
    for column in &COLUMNS[..COLUMNS.len() - 1] {
        x += column.width;
        sheet.line((x, top), (x, y), rule_ink(), 0.4);
    }
    sheet.frame(LEFT, top, RIGHT - LEFT, y - top, black(), 0.8);
    y
}

/// Draws the closing line; returns the lower edge.
pub(super) fn draw_total(sheet: &mut Sheet<'_, '_>, count: usize, amount: Fen, top: f32) -> f32 {
    sheet.fill_box(LEFT, top, RIGHT - LEFT, TOTAL_HEIGHT, tint());
    sheet.frame(LEFT, top, RIGHT - LEFT, TOTAL_HEIGHT, black(), 0.8);
    let baseline = top + TOTAL_HEIGHT / 2.0 + 3.4;
    sheet.text(LEFT + 10.0, baseline, &format!("合计　共 {count} 份报告"), Style::new(9.5, black()).bold());
    let style = Style::new(9.5, black()).bold().align(Align::Right);
    sheet.text(RIGHT - CELL_PADDING, baseline, &amount.to_yuan_text(), style);
    top + TOTAL_HEIGHT
}

fn cells(sheet: &mut Sheet<'_, '_>, cells: &[Vec<String>; 6], top: f32, height: f32, style: Style) {
    let mut x = LEFT;
    for (column, lines) in COLUMNS.iter().zip(cells) {
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
            let rows: Vec<Row> =
                (0..count).map(|index| Row { cells: Default::default(), height: height(index) }).collect();
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
