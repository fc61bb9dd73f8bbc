//! What comes in from the institute's core system: units, applicants, devices, reports with their fees, and report
//! files; as CSV or XLSX file, or by the signed integration API. Both take the same way.
//!
//! Rules: every thing is known by its external id, so the same input twice changes nothing. Good rows are taken, bad
//! rows are told by line and reason. A fee in an order or paid is never changed by an import: the row is rejected. A fee
//! of 0 (免收费) is settled at once and its report is open. People are told once per import, unit and applicant.

mod apply;
mod cleaning;
pub mod columns;
pub mod demo;
#[cfg(any(test, fuzzing))]
pub mod door;
mod entity;
mod error_file;
mod fetching;
pub mod generator;
mod integration;
mod jobs;
mod model;
mod monitor;
mod plan;
mod price;
mod records;
mod report_file;
mod row;
mod sample_codes;
mod service;
mod source;
mod store;
mod telling;
mod writer;

pub use integration::{SignatureHeaders, SignedRequest, router};
pub use jobs::add_job_handlers;
pub use model::{ImportId, ImportState, ImportSummary, RowCounts, RowError};
pub use monitor::staff_router;
pub(crate) use row::RawRow;
pub use service::{ImportProgress, import_file, save_error_file};
pub(crate) use source::read_rows;

#[cfg(test)]
mod tests;
