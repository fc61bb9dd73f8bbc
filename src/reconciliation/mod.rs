//! 对账 (B-19): every day, what WeChat says it took and gave back is laid beside our own books, and beside what the core
//! system booked. What does not fit is listed by kind with a proposed fix; a day without open differences can be closed.
//!
//! The bill comes the next morning ([`daily`]). Money that WeChat has and our books do not is asked for by number and
//! booked by the same function as every payment, so that a lost notice mends itself here at the latest ([`run`]). The
//! comparison itself ([`compare`]) knows neither database nor network.

mod bills;
mod compare;
mod core_ledger;
mod daily;
mod entity;
mod model;
mod read;
mod remedy;
mod routes;
mod run;
mod settle;
mod store;
mod worklist;

pub use bills::{BillKind, bill_file};
pub use core_ledger::{LedgerEntry, keep_ledger};
pub use daily::{add_job_handlers, last_compared_age_ms, schedule};
pub use model::{DayState, DifferenceId, DifferenceKind, Remedy};
pub use read::{Day, Difference, DifferenceState, day, days_of_month, open_differences};
pub use routes::{DifferenceQuery, router};
pub use run::{RunProblem, run};
pub use settle::{close_day, settle_difference};
pub use store::{is_closed, open_in_all};
pub use worklist::DifferenceDesk;
