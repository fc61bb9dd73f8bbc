//! The statement as a spreadsheet of three sheets: what happened, the sums by month, and every single report.

use anyhow::Context;
use foundation::calendar::{beijing_date, beijing_minute_text, print_date};
use foundation::ids::new_id_text;
use foundation::money::Fen;
use foundation::problem::Problem;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;

use crate::app::App;
use crate::documents::YearStatement;
use crate::orders::{self, LineFacts};

/// Orders whose reports wait between the database and the writer.
const ORDERS_WAITING: usize = 8;

/// The reports of one order, with its number.
type Reports = (String, Vec<LineFacts>);

/// Writes the spreadsheet; gives the file, ready to be read from its beginning. Memory holds the orders of the year and the
/// reports of a few of them.
pub async fn sheet(app: &App, statement: YearStatement) -> Result<std::fs::File, Problem> {
    let (sender, receiver) = mpsc::channel::<Reports>(ORDERS_WAITING);
    let paid: Vec<(String, String)> =
        statement.lines.iter().filter_map(|line| Some((line.order_id.clone()?, line.order_no.clone()))).collect();
    let writing = tokio::task::spawn_blocking(move || write(&statement, receiver));
    for (order_id, order_no) in paid {
        let reports = orders::lines_of(app.database.reader(), &order_id).await?;
        if sender.send((order_no, reports)).await.is_err() {
            break;
        }
    }
    drop(sender);
    Ok(writing.await.map_err(Problem::internal)??)
}

struct Formats {
    bold: Format,
    money: Format,
    bold_money: Format,
}

fn write(statement: &YearStatement, mut reports: mpsc::Receiver<Reports>) -> anyhow::Result<std::fs::File> {
    let formats = Formats {
        bold: Format::new().set_bold(),
        money: Format::new().set_num_format("#,##0.00"),
        bold_money: Format::new().set_bold().set_num_format("#,##0.00"),
    };
    let mut workbook = Workbook::new();
    let lines = workbook.add_worksheet_with_constant_memory()?;
    lines.set_name("对账单")?;
    write_lines(lines, statement, &formats)?;
    let months = workbook.add_worksheet_with_constant_memory()?;
    months.set_name("按月合计")?;
    write_months(months, statement, &formats)?;
    let details = workbook.add_worksheet_with_constant_memory()?;
    details.set_name("报告明细")?;
    header(
        details,
        0,
        &["订单号", "报告编号", "设备名称", "注册代码", "出厂编号", "金额（元）"],
        &[20, 20, 26, 24, 18, 14],
        &formats,
    )?;
    let mut row = 0;
    while let Some((order_no, lines)) = reports.blocking_recv() {
        for line in lines {
            row += 1;
            details.write_string(row, 0, order_no.as_str())?;
            details.write_string(row, 1, line.report_no)?;
            details.write_string(row, 2, line.device_name)?;
            details.write_string(row, 3, line.registration_code)?;
            details.write_string(row, 4, line.factory_serial_no.unwrap_or_default())?;
            money(details, row, 5, Fen(line.amount_fen), &formats.money)?;
        }
    }
    let path = std::env::temp_dir().join(format!("{}.xlsx", new_id_text("statement")));
    workbook.save(&path).context("无法写对账单")?;
    let file = std::fs::File::open(&path).context("无法读对账单");
    std::fs::remove_file(&path).context("无法删除对账单")?;
    file
}

fn header(sheet: &mut Worksheet, row: u32, texts: &[&str], widths: &[u16], formats: &Formats) -> Result<(), XlsxError> {
    for ((column, text), width) in (0u16..).zip(texts).zip(widths) {
        sheet.set_column_width(column, f64::from(*width))?;
        sheet.write_string_with_format(row, column, *text, &formats.bold)?;
    }
    Ok(())
}

/// A spreadsheet knows no other numbers; up to 2^53 fen they are exact enough to be shown to the fen.
fn money(sheet: &mut Worksheet, row: u32, column: u16, amount: Fen, format: &Format) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, column, amount.0 as f64 / 100.0, format).map(drop)
}

fn write_lines(sheet: &mut Worksheet, statement: &YearStatement, formats: &Formats) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, statement.title(), &formats.bold)?;
    sheet.write_string(1, 0, statement.whose())?;
    let made = format!("{}　制表时间 {}", statement.institute_name, beijing_minute_text(statement.made_at));
    sheet.write_string(2, 0, made)?;
    let heads = ["日期", "订单号", "内容", "份数", "缴款方式", "票据号码", "缴费金额（元）", "退款金额（元）"];
    header(sheet, 3, &heads, &[12, 20, 40, 8, 12, 24, 16, 16], formats)?;
    let mut row = 3;
    for line in &statement.lines {
        row += 1;
        sheet.write_string(row, 0, print_date(beijing_date(line.at)))?;
        sheet.write_string(row, 1, line.order_no.as_str())?;
        sheet.write_string(row, 2, line.content.as_str())?;
        if line.count > 0 {
            sheet.write_number(row, 3, line.count as f64)?;
        }
        sheet.write_string(row, 4, line.method_text.as_str())?;
        sheet.write_string(row, 5, line.receipt_no.as_str())?;
        if line.paid > Fen::ZERO {
            money(sheet, row, 6, line.paid, &formats.money)?;
        }
        if line.returned > Fen::ZERO {
            money(sheet, row, 7, line.returned, &formats.money)?;
        }
    }
    sheet.write_string_with_format(row + 1, 0, "合计", &formats.bold)?;
    money(sheet, row + 1, 6, statement.paid(), &formats.bold_money)?;
    money(sheet, row + 1, 7, statement.returned(), &formats.bold_money)?;
    sheet.write_string_with_format(row + 2, 0, "净额", &formats.bold)?;
    sheet.write_string_with_format(row + 2, 2, statement.net().to_capitals(), &formats.bold)?;
    money(sheet, row + 2, 6, statement.net(), &formats.bold_money)
}

fn write_months(sheet: &mut Worksheet, statement: &YearStatement, formats: &Formats) -> Result<(), XlsxError> {
    let heads = ["月份", "订单数", "缴费金额（元）", "退款金额（元）", "净额（元）"];
    header(sheet, 0, &heads, &[12, 10, 16, 16, 16], formats)?;
    let mut row = 0;
    for month in &statement.months {
        row += 1;
        sheet.write_string(row, 0, format!("{}年{}月", statement.year, month.month))?;
        sheet.write_number(row, 1, month.orders as f64)?;
        money(sheet, row, 2, month.paid, &formats.money)?;
        money(sheet, row, 3, month.returned, &formats.money)?;
        money(sheet, row, 4, month.net(), &formats.money)?;
    }
    sheet.write_string_with_format(row + 1, 0, "合计", &formats.bold)?;
    money(sheet, row + 1, 2, statement.paid(), &formats.bold_money)?;
    money(sheet, row + 1, 3, statement.returned(), &formats.bold_money)?;
    money(sheet, row + 1, 4, statement.net(), &formats.bold_money)
}
