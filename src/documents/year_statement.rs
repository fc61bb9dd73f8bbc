//! 年度缴费对账单: what a unit's accountant files; every payment and refund with its receipt, sums by month, the total in
//! figures and capitals.

use foundation::calendar::{beijing_date, beijing_minute_text, print_date};
use foundation::money::Fen;
use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::sheet::{Align, PAGE_HEIGHT, PAGE_WIDTH, Sheet, Style, black, grey, rule_ink, tint};
use super::table::{self, Column, Row};
use super::typeface::Typeface;

const LEFT: f32 = 42.0;
const RIGHT: f32 = PAGE_WIDTH - 42.0;
const FIRST_TOP: f32 = 138.0;
const NEXT_TOP: f32 = 66.0;
const BODY_BOTTOM: f32 = PAGE_HEIGHT - 62.0;
/// Between the table of lines and that of months, and around the total.
const GAP: f32 = 16.0;
const TOTAL_HEIGHT: f32 = 44.0;

const LINE_COLUMNS: [Column; 7] = [
    Column { head: "日期", width: 58.0, align: Align::Left },
    Column { head: "订单号", width: 86.0, align: Align::Left },
    Column { head: "内容", width: 87.0, align: Align::Left },
    Column { head: "方式", width: 46.0, align: Align::Center },
    Column { head: "票据号码", width: 112.28, align: Align::Left },
    Column { head: "缴费（元）", width: 64.0, align: Align::Right },
    Column { head: "退款（元）", width: 58.0, align: Align::Right },
];
const MONTH_COLUMNS: [Column; 5] = [
    Column { head: "月份", width: 101.28, align: Align::Left },
    Column { head: "订单数", width: 80.0, align: Align::Right },
    Column { head: "缴费（元）", width: 110.0, align: Align::Right },
    Column { head: "退款（元）", width: 110.0, align: Align::Right },
    Column { head: "净额（元）", width: 110.0, align: Align::Right },
];

/// Everything that stands on a statement.
#[derive(Debug, Clone)]
pub struct YearStatement {
    /// The institute that makes it.
    pub institute_name: String,
    /// 咨询电话.
    pub service_phone: String,
    /// Whose.
    pub unit_name: String,
    /// The masked phone of the applicant whose orders alone are on it; nothing when it is about the whole unit.
    pub limited_to: Option<String>,
    /// Year in Beijing.
    pub year: i32,
    /// Oldest first.
    pub lines: Vec<StatementLine>,
    /// Months in which something happened.
    pub months: Vec<MonthOfStatement>,
    /// Epoch milliseconds.
    pub made_at: i64,
}

/// A payment or a refund.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// The order that was paid; nothing for a refund.
    pub order_id: Option<String>,
    /// When the money came or went, epoch milliseconds.
    pub at: i64,
    /// 缴款订单号.
    pub order_no: String,
    /// For what.
    pub content: String,
    /// Reports in it; 0 for a refund.
    pub count: i64,
    /// 线上支付, 对公转账 …
    pub method_text: String,
    /// 发票号码 or 票据号码; empty while there is none.
    pub receipt_no: String,
    /// Fen that came.
    pub paid: Fen,
    /// Fen that went back.
    pub returned: Fen,
}

/// Sums of a month.
#[derive(Debug, Clone)]
pub struct MonthOfStatement {
    /// 1–12.
    pub month: u8,
    /// Orders that were paid.
    pub orders: i64,
    /// Fen that came.
    pub paid: Fen,
    /// Fen that went back.
    pub returned: Fen,
}

impl MonthOfStatement {
    /// What is left.
    pub fn net(&self) -> Fen {
        Fen(self.paid.0 - self.returned.0)
    }
}

impl YearStatement {
    /// Its headline.
    pub fn title(&self) -> String {
        format!("{} 年度特种设备检验缴费对账单", self.year)
    }

    /// Whose it is, and what it leaves out.
    pub fn whose(&self) -> String {
        match &self.limited_to {
            None => format!("缴款单位：{}", self.unit_name),
            Some(phone) => format!("缴款单位：{}（仅含{phone} 的订单）", self.unit_name),
        }
    }

    /// What came, fen.
    pub fn paid(&self) -> Fen {
        self.lines.iter().map(|line| line.paid).sum()
    }

    /// What went back, fen.
    pub fn returned(&self) -> Fen {
        self.lines.iter().map(|line| line.returned).sum()
    }

    /// What is left, fen.
    pub fn net(&self) -> Fen {
        Fen(self.paid().0 - self.returned().0)
    }
}

/// Makes the PDF.
pub fn year_statement(typeface: &Typeface, statement: &YearStatement) -> anyhow::Result<Vec<u8>> {
    let rows: Vec<Row> = statement.lines.iter().map(|line| line_row(typeface, line)).collect();
    let months: Vec<Row> = statement.months.iter().map(|month| month_row(typeface, statement.year, month)).collect();
    let end_height = TOTAL_HEIGHT + GAP * 2.0 + table::height(&months) + GAP * 2.0;
    let pages = table::paginate(&rows, FIRST_TOP, NEXT_TOP, BODY_BOTTOM, end_height);
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(statement.title())
            .authors(vec![statement.institute_name.clone()])
            .language("zh-CN".to_owned()),
    );
    let page_count = pages.len();
    for (index, range) in pages.into_iter().enumerate() {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size");
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        let mut sheet = Sheet::new(&mut surface, typeface);
        let top = if index == 0 { head(&mut sheet, statement) } else { continued(&mut sheet, statement) };
        let bottom = table::draw(&mut sheet, &LINE_COLUMNS, &rows[range], LEFT, top);
        if index + 1 == page_count {
            end(&mut sheet, statement, &months, bottom);
        }
        foot(&mut sheet, statement, index + 1, page_count);
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}

fn money(amount: Fen) -> String {
    if amount == Fen::ZERO { String::new() } else { amount.to_yuan_text() }
}

fn line_row(typeface: &Typeface, line: &StatementLine) -> Row {
    let texts = [
        print_date(beijing_date(line.at)),
        line.order_no.clone(),
        line.content.clone(),
        line.method_text.clone(),
        if line.receipt_no.is_empty() { "—".to_owned() } else { line.receipt_no.clone() },
        money(line.paid),
        money(line.returned),
    ];
    table::measure(typeface, &LINE_COLUMNS, &texts)
}

fn month_row(typeface: &Typeface, year: i32, month: &MonthOfStatement) -> Row {
    let texts = [
        format!("{year} 年 {} 月", month.month),
        month.orders.to_string(),
        month.paid.to_yuan_text(),
        month.returned.to_yuan_text(),
        month.net().to_yuan_text(),
    ];
    table::measure(typeface, &MONTH_COLUMNS, &texts)
}

/// Headline, whose it is, and what it comes to; returns where the table starts.
fn head(sheet: &mut Sheet<'_, '_>, statement: &YearStatement) -> f32 {
    let middle = (LEFT + RIGHT) / 2.0;
    sheet.text(middle, 62.0, &statement.title(), Style::new(18.0, black()).bold().align(Align::Center));
    sheet.text(middle, 82.0, &statement.institute_name, Style::new(9.5, grey()).align(Align::Center));
    sheet.text(LEFT, 106.0, &statement.whose(), Style::new(10.0, black()));
    let orders = statement.lines.iter().filter(|line| line.order_id.is_some()).count();
    let sums = format!("共 {orders} 个订单　缴费 {} 元　退款 {} 元", statement.paid(), statement.returned());
    sheet.text(LEFT, 124.0, &sums, Style::new(10.0, black()));
    FIRST_TOP
}

fn continued(sheet: &mut Sheet<'_, '_>, statement: &YearStatement) -> f32 {
    sheet.text(LEFT, 50.0, &format!("{}（续）", statement.title()), Style::new(11.0, black()).bold());
    sheet.text(RIGHT, 50.0, &statement.unit_name, Style::new(9.0, grey()).align(Align::Right));
    NEXT_TOP
}

/// The total, then the months.
fn end(sheet: &mut Sheet<'_, '_>, statement: &YearStatement, months: &[Row], top: f32) {
    sheet.fill_box(LEFT, top, RIGHT - LEFT, TOTAL_HEIGHT, tint());
    sheet.frame(LEFT, top, RIGHT - LEFT, TOTAL_HEIGHT, black(), 0.8);
    let sums = format!("合计　缴费 {} 元　退款 {} 元", statement.paid(), statement.returned());
    sheet.text(LEFT + 10.0, top + 17.0, &sums, Style::new(9.5, black()).bold());
    let net = statement.net();
    let figures = Style::new(12.0, black()).bold().align(Align::Right);
    let width = sheet.text(RIGHT - 8.0, top + 34.0, &format!("净额 ¥{}", net.to_yuan_text()), figures);
    let capitals = format!("（大写）{}", net.to_capitals());
    let room = RIGHT - LEFT - width - 30.0;
    let natural = sheet.typeface().width(&capitals, 11.0);
    let size = if natural > room { 11.0 * room / natural } else { 11.0 };
    sheet.text(LEFT + 10.0, top + 34.0, &capitals, Style::new(size, black()).bold());
    let title = top + TOTAL_HEIGHT + GAP + 8.0;
    sheet.text(LEFT, title, "按月合计", Style::new(10.0, black()).bold());
    let bottom = table::draw(sheet, &MONTH_COLUMNS, months, LEFT, title + 8.0);
    let note = format!("本对账单用于核对账目，不作为收据或发票。如有疑问，请致电 {}。", statement.service_phone);
    sheet.text(LEFT, bottom + GAP, &note, Style::new(8.5, grey()));
}

fn foot(sheet: &mut Sheet<'_, '_>, statement: &YearStatement, page: usize, page_count: usize) {
    let y = PAGE_HEIGHT - 34.0;
    sheet.line((LEFT, y - 12.0), (RIGHT, y - 12.0), rule_ink(), 0.5);
    let style = Style::new(8.0, grey());
    sheet.text(LEFT, y, &format!("制表时间：{}", beijing_minute_text(statement.made_at)), style);
    let number = format!("第 {page} 页，共 {page_count} 页");
    sheet.text(RIGHT, y, &number, style.align(Align::Right));
}

#[cfg(test)]
mod tests {
    use foundation::calendar::{parse_date, start_of_beijing_day_ms};

    use super::*;

    fn statement(count: i64) -> YearStatement {
        let first = start_of_beijing_day_ms(parse_date("2026-01-05").unwrap());
        let line = |number: i64| StatementLine {
            order_id: (number % 9 != 0).then(|| format!("ord_{number}")),
            at: first + number * 86_400_000 * 2,
            order_no: format!("WT2026{number:09}"),
            content: if number % 9 == 0 {
                "退款：重复检验".to_owned()
            } else {
                "曳引驱动乘客电梯 等 20 份报告".to_owned()
            },
            count: 20,
            method_text: "线上支付".to_owned(),
            receipt_no: format!("26500000000{number:09}"),
            paid: if number % 9 == 0 { Fen::ZERO } else { Fen(2_530_000) },
            returned: if number % 9 == 0 { Fen(60_500) } else { Fen::ZERO },
        };
        let month = |month| MonthOfStatement { month, orders: 12, paid: Fen(30_360_000), returned: Fen(121_000) };
        YearStatement {
            institute_name: "示例特种设备检验检测院".to_owned(),
            service_phone: "023-00000000".to_owned(),
            unit_name: "示例物业管理（集团）有限公司".to_owned(),
            limited_to: None,
            year: 2026,
            lines: (1..=count).map(line).collect(),
            months: (1..=12).map(month).collect(),
            made_at: first,
        }
    }

    #[test]
    fn any_number_of_orders_is_printed_whole_with_the_total_at_the_end() {
        for count in [1, 20, 21, 22, 23, 24, 150] {
            let made = statement(count);
            let bytes = year_statement(&Typeface::built_in(), &made).unwrap();
            let document = lopdf::Document::load_mem(&bytes).unwrap();
            let pages: Vec<u32> = document.get_pages().into_keys().collect();
            let text = document.extract_text(&pages).unwrap();
            for number in 1..=count {
                assert!(text.contains(&format!("WT2026{number:09}")), "{count} lines, line {number}");
            }
            let last = document.extract_text(&pages[pages.len() - 1..]).unwrap();
            assert!(last.contains(&made.net().to_capitals()) && last.contains("2026 年 12 月"), "{count}: {last}");
            assert!(last.contains(&format!("WT2026{count:09}")), "the total never stands alone");
        }
    }
}
