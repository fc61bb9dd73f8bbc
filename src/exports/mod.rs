//! Every list of the institute's people as a spreadsheet: with the same filter, page by page from the database into a file
//! and from there to the browser, never whole in memory. Who takes a list away must be allowed to see it and to export, and
//! that he did is written into the audit trail before the first row leaves.

mod filter;
#[macro_use]
mod list;
mod lists;
mod money_lists;
mod routes;
mod workbook;

pub use list::{Cell, ExportList, Exports, parse_query};
pub use lists::exports;
pub use routes::router;
