//! The documents others would issue: fiscal receipts and e-invoices, as PDF with Chinese text.

use std::sync::LazyLock;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use serde_json::Value;

use crate::instants;
use crate::world::invoices::Invoice;
use crate::world::providers::Receipt;

static FONT_BYTES: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-GB2312.ttf");

static FONT: LazyLock<Font> =
    LazyLock::new(|| Font::new(FONT_BYTES.into(), 0).expect("the font in the repository is sound"));

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 400.0;
const LEFT: f32 = 40.0;

/// One fiscal receipt.
pub(crate) fn fiscal_receipt(receipt: &Receipt) -> Vec<u8> {
    let request = &receipt.request;
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let sheet = Sheet {
        title: "非税收入一般缴款电子票据（模拟）",
        head: vec![
            format!("票据代码：{}", receipt.receipt_code),
            format!("票据号码：{}", receipt.receipt_number),
            format!("校验码：{}", receipt.check_code),
            format!("开票日期：{}", instants::day(receipt.issued_at.unwrap_or_default())),
        ],
        body: vec![format!("交款人：{}", text("payer_name")), format!("统一社会信用代码：{}", text("payer_tax_no"))],
        rows: rows(&request["items"], "name", "amount_fen"),
        total_fen: request["amount_fen"].as_i64().unwrap_or_default(),
        foot: vec![format!("备注：{}", text("remark")), "收款单位：特种设备检验机构（模拟）".into()],
    };
    sheet.draw()
}

/// One e-invoice; `buyer` is the title as applied for.
pub(crate) fn invoice(invoice: &Invoice, buyer: &Value, seller: &str) -> Vec<u8> {
    let text = |name: &str| buyer[name].as_str().unwrap_or_default().to_owned();
    let title = if invoice.red_number.is_some() {
        "电子发票（普通发票）· 已红冲（模拟）"
    } else {
        "电子发票（普通发票）（模拟）"
    };
    let sheet = Sheet {
        title,
        head: vec![
            format!("发票号码：{}", invoice.number),
            format!("开票日期：{}", instants::day(invoice.issued_at.unwrap_or_default())),
        ],
        body: vec![
            format!("购买方名称：{}", text("name")),
            format!("统一社会信用代码/纳税人识别号：{}", text("taxpayer_id")),
            format!("销售方名称：{seller}"),
        ],
        rows: rows(&invoice.items, "goods_name", "total_amount"),
        total_fen: invoice.total_fen,
        foot: vec![
            format!("其中税额：{}", yuan(invoice.tax_fen)),
            format!("备注：{}", invoice.remark.clone().unwrap_or_default()),
        ],
    };
    sheet.draw()
}

fn rows(items: &Value, name: &str, amount: &str) -> Vec<(String, i64)> {
    items.as_array().map_or_else(Vec::new, |items| {
        let read = |item: &Value| {
            let label = item[name].as_str().or(item["tax_code"].as_str()).unwrap_or("检验检测费");
            (label.to_owned(), item[amount].as_i64().unwrap_or_default())
        };
        items.iter().map(read).collect()
    })
}

/// `¥1,265.00`
pub(crate) fn yuan(fen: i64) -> String {
    let whole = (fen / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("¥{grouped}.{:02}", fen % 100)
}

struct Sheet {
    title: &'static str,
    head: Vec<String>,
    body: Vec<String>,
    rows: Vec<(String, i64)>,
    total_fen: i64,
    foot: Vec<String>,
}

impl Sheet {
    /// Rows beyond the first page's room go onto further pages.
    fn draw(&self) -> Vec<u8> {
        const ROWS_PER_PAGE: usize = 10;
        let mut document = Document::new();
        let chunks: Vec<&[(String, i64)]> = self.rows.chunks(ROWS_PER_PAGE).collect();
        let pages = chunks.len().max(1);
        for index in 0..pages {
            let size = PageSettings::from_wh(WIDTH, HEIGHT).expect("a positive page size");
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            self.draw_page(&mut surface, chunks.get(index).copied().unwrap_or_default(), index, pages);
            surface.finish();
            page.finish();
        }
        document.finish().expect("text and lines alone always make a document")
    }

    fn draw_page(&self, surface: &mut Surface<'_>, rows: &[(String, i64)], index: usize, pages: usize) {
        red(surface);
        let title_width = width(self.title, 18.0);
        draw(surface, (WIDTH - title_width) / 2.0, 40.0, 18.0, self.title);
        frame(surface, LEFT - 10.0, 56.0, WIDTH - 2.0 * LEFT + 20.0, HEIGHT - 96.0);
        black(surface);
        for (number, line) in self.head.iter().enumerate() {
            let column = f32::from(u8::try_from(number % 2).unwrap_or(0));
            let row = f32::from(u8::try_from(number / 2).unwrap_or(0));
            draw(surface, LEFT + column * 270.0, 78.0 + row * 16.0, 10.0, line);
        }
        let mut y = 118.0;
        for line in &self.body {
            draw(surface, LEFT, y, 11.0, line);
            y += 17.0;
        }
        for (name, amount_fen) in rows {
            let label = fitted(name, 10.0, 420.0);
            draw(surface, LEFT, y, 10.0, &label);
            let amount = yuan(*amount_fen);
            draw(surface, WIDTH - LEFT - width(&amount, 10.0), y, 10.0, &amount);
            y += 14.0;
        }
        if index + 1 == pages {
            draw(surface, LEFT, HEIGHT - 82.0, 12.0, &format!("合计：{}", yuan(self.total_fen)));
            for (number, line) in self.foot.iter().enumerate() {
                let row = f32::from(u8::try_from(number).unwrap_or(0));
                let line = fitted(line, 10.0, WIDTH - 2.0 * LEFT);
                draw(surface, LEFT, HEIGHT - 64.0 + row * 14.0, 10.0, &line);
            }
        }
        draw(surface, LEFT, HEIGHT - 20.0, 8.0, &format!("模拟票据，仅供演示　第 {} 页，共 {pages} 页", index + 1));
    }
}

/// About how wide a line is: Chinese letters fill their square, others about half.
fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|letter| if letter.is_ascii() { 0.56 } else { 1.0 } * size).sum()
}

/// As much of a line as fits into `room`, with an ellipsis when something is missing.
fn fitted(text: &str, size: f32, room: f32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut taken = String::new();
    for letter in text.chars() {
        taken.push(letter);
        if width(&taken, size) > room - size {
            taken.pop();
            break;
        }
    }
    taken + "…"
}

fn draw(surface: &mut Surface<'_>, x: f32, y: f32, size: f32, text: &str) {
    surface.draw_text(Point::from_xy(x, y), FONT.clone(), size, text, false, TextDirection::Auto);
}

fn black(surface: &mut Surface<'_>) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: rgb::Color::new(20, 20, 20).into(), ..Fill::default() }));
}

fn red(surface: &mut Surface<'_>) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: rgb::Color::new(160, 40, 30).into(), ..Fill::default() }));
}

fn frame(surface: &mut Surface<'_>, x: f32, y: f32, width: f32, height: f32) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(rect);
    }
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: rgb::Color::new(160, 40, 30).into(), width: 0.8, ..Stroke::default() }));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::{fitted, yuan};

    #[test]
    fn a_long_line_ends_in_an_ellipsis_and_a_short_one_stays() {
        assert_eq!(fitted("检验费", 10.0, 30.0), "检验费");
        assert_eq!(fitted("电梯检验费", 10.0, 40.0), "电梯检…");
    }

    #[test]
    fn yuan_have_groups_and_two_decimals() {
        assert_eq!(yuan(126_500), "¥1,265.00");
        assert_eq!(yuan(1), "¥0.01");
        assert_eq!(yuan(200_000_000), "¥2,000,000.00");
    }
}
