//! A sheet with nothing but a text on it, pale and slanting, over and over: laid upon other papers.

use krilla::Document;
use krilla::page::PageSettings;

use super::sheet::{Align, PAGE_HEIGHT, PAGE_WIDTH, Sheet, Style, grey};
use super::typeface::Typeface;

const SIZE: f32 = 13.0;
const ROW_HEIGHT: f32 = 118.0;
const SLANT_DEGREES: f32 = -28.0;
/// 0–1.
const OPACITY: f32 = 0.22;

/// Makes the PDF: one A4 page.
pub fn watermark_sheet(typeface: &Typeface, text: &str) -> anyhow::Result<Vec<u8>> {
    let mut document = Document::new();
    let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size");
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let mut sheet = Sheet::new(&mut surface, typeface);
    let lines = typeface.wrap(text, SIZE, PAGE_WIDTH * 0.6, 2);
    let step = typeface.width(&lines[0], SIZE) + 70.0;
    sheet.turned(SLANT_DEGREES, (PAGE_WIDTH / 2.0, PAGE_HEIGHT / 2.0), OPACITY, |sheet| {
        let style = Style::new(SIZE, grey()).align(Align::Center);
        let mut row = 0;
        let mut y = -PAGE_HEIGHT * 0.3;
        while y < PAGE_HEIGHT * 1.3 {
            let mut x = if row % 2 == 0 { -PAGE_WIDTH * 0.4 } else { -PAGE_WIDTH * 0.4 + step / 2.0 };
            while x < PAGE_WIDTH * 1.5 {
                for (position, line) in lines.iter().enumerate() {
                    sheet.text(x, y + position as f32 * SIZE * 1.4, line, style);
                }
                x += step;
            }
            y += ROW_HEIGHT;
            row += 1;
        }
    });
    surface.finish();
    page.finish();
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}
