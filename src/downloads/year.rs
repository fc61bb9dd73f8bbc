//! Papers of a whole year: all receipts in one ZIP, and the statement of what was paid and went back.

use foundation::calendar::{beijing_date, print_date};
use foundation::problem::Problem;

use super::archive::Packed;
use super::found::{Content, Found, pdf_name};
use super::link::FileKind;
use super::names::UniqueNames;
use crate::accounts::Scope;
use crate::app::App;
use crate::{invoices, orders, statements};

/// The paper, if there is anything to put on it. 404 for a year that is none.
pub(super) async fn find(app: &App, scope: &Scope, kind: FileKind, year: &str) -> Result<Found, Problem> {
    let year = year.parse::<i32>().ok().filter(|year| (2000..=2999).contains(year));
    let year = year.ok_or_else(|| Problem::not_found("year_not_found", "年份不对，应为 2026 的写法"))?;
    if kind == FileKind::YearInvoicesZip {
        return receipts(app, scope, year).await;
    }
    let statement = Box::new(statements::of_year(app, scope, year).await?);
    let title = format!("{year}年度缴费对账单_{}", scope.unit_name());
    Ok(match kind {
        FileKind::YearStatementXlsx => {
            Found { file_name: format!("{}.xlsx", super::names::safe_name(&title)), content: Content::Sheet(statement) }
        }
        _ => Found { file_name: pdf_name(&title), content: Content::Statement(statement) },
    })
}

async fn receipts(app: &App, scope: &Scope, year: i32) -> Result<Found, Problem> {
    let reader = app.database.reader();
    let issued = invoices::issued_in_year(reader, scope, year).await?;
    if issued.is_empty() {
        return Err(Problem::conflict("no_receipts", format!("{year} 年还没有开好的票据"))
            .advice("票据开好后会通知您，请稍后再来"));
    }
    let mut names = UniqueNames::default();
    let mut files = Vec::with_capacity(issued.len());
    for chunk in issued.chunks(1_000) {
        let orders = orders::names_of(reader, chunk.iter().map(|receipt| receipt.order_id.as_str())).await?;
        for receipt in chunk {
            let on = receipt.issued_at.map(|at| print_date(beijing_date(at))).unwrap_or_default();
            let order_no = orders.get(&receipt.order_id).map_or("", |name| name.order_no.as_str());
            let number = receipt.invoice_number.as_deref().unwrap_or("");
            let title = format!("{on}_{}_{number}_{order_no}", receipt.kind.text());
            for (key, extension) in [(&receipt.file_key, "pdf"), (&receipt.ofd_key, "ofd")] {
                if let Some(key) = key {
                    // Every round of a receipt has files of its own.
                    let name = names.unique(&title, extension);
                    files.push(Packed { name, key: key.clone(), version: String::new() });
                }
            }
        }
    }
    let title = super::names::safe_name(&format!("{year}年票据_{}", scope.unit_name()));
    Ok(Found { file_name: format!("{title}.zip"), content: Content::Archive(files) })
}
