//! 领取凭证 (S1-52): a unit ticks paid reports and gets one voucher with a QR code; at the window it is scanned, the reports
//! are printed, and who took them is written down: name and the last four characters of the identity card.
//!
//! A report is on at most one open voucher. A voucher is handed over once; one that is not wanted any more is taken back by
//! the unit.

mod desk;
mod entity;
mod found;
mod model;
mod print;
mod routes;
mod staff_routes;
mod store;

pub use desk::VoucherDesk;
pub use found::{VoucherFound, matching};
pub use model::VoucherId;
pub use print::files_router;
pub use routes::router;
pub use staff_routes::staff_router;
