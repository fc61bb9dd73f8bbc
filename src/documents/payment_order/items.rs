//! The table of items.

use foundation::money::Fen;

use super::{LEFT, PaymentOrderItem, RIGHT};
use crate::documents::sheet::{Align, Sheet, Style, black, tint};
use crate::documents::table::{self, CELL_PADDING, Column, Row};
use crate::documents::typeface::Typeface;

/// Height of the closing line.
pub(super) const TOTAL_HEIGHT: f32 = 24.0;

pub(super) const COLUMNS: [Column; 6] = [
    Column { head: "序号", width: 32.0, align: Align::Center },
    Column { head: "报告编号", width: 112.0, align: Align::Left },
    Column { head: "设备名称", width: 121.0, align: Align::Left },
    Column { head: "注册代码", width: 108.0, align: Align::Left },
    Column { head: "出厂编号", width: 74.0, align: Align::Left },
    Column { head: "金额（元）", width: 64.28, align: Align::Right },
];

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
    table::measure(typeface, &COLUMNS, &texts)
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
