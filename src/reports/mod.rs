//! What was paid for: inspection reports, downloadable once their fee is paid and never before (S0-46, S2-30).
//!
//! A report is `released` by the payment of its order, in the same transaction; its file may come before or after. When
//! the last file of a paid order is there, [`crate::happenings::Happening::ReportsReady`] is told.

mod answer;
mod desk;
mod entity;
pub mod intake;
mod list;
mod readiness;
mod release;
mod routes;

pub use desk::{ReportByHand, ReportFacts, StaffReport, hold_by_number, insert_by_hand, staff_report_page};
pub use list::{
    LabelFacts, ReportFile, all_lines_within, demand, file_for, files_for, files_of_order, ids_within, is_seen,
    label_for, numbers_of, shared_file, shared_label,
};
pub use readiness::{OrderFiles, downloadable, order_files};
pub use release::{close_refunded, close_told_settled, recall, release, release_on_credit};
pub use routes::router;
