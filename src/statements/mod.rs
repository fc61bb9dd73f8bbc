//! 年度缴费对账单: everything that a unit paid in a year and what went back, with the numbers of its receipts, as a paper
//! and as a spreadsheet. It only puts together what orders, refunds and receipts know.

mod facts;
mod sheet;

pub use facts::of_year;
pub use sheet::sheet;
