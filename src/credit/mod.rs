//! 欠费申请 (S1-49, S1-50, S1-55, S1-56): reports before they are paid for, with a day of payment and a limit.
//!
//! Rules: a unit asks with a reason and a day; a fee is in at most one live request; while something of the unit is
//! overdue, or what it owes would pass its limit, it cannot ask. A person decides within working days and grants the day
//! (and, if he wants, another limit). Granted: the reports are open at once, the fees stay payable and are paid through the
//! normal checkout; a report that was opened so stays open whatever happens to an order later. The payer is told at every
//! step, reminded before and after the day, and when all is paid. What is owed is never written down: it is always the sum
//! of the fees that are still payable.

mod answer;
mod arrears;
mod check;
mod entity;
mod facts;
mod found;
mod limits;
mod model;
mod remind;
mod review;
mod routes;
mod staff_routes;
mod store;
mod submit;
mod withdraw;

use std::sync::Arc;

use foundation::jobs::Handlers;

pub use arrears::{Arrears, ArrearsSearch, arrears_page};
pub use check::JOB_CHECK;
pub use facts::{CreditFacts, CreditLineFacts, facts, is_seen};
pub use found::{CreditFound, matching};
pub use model::{CreditId, CreditState};
pub use review::CreditReview;
pub use routes::router;
pub use staff_routes::staff_router;

use crate::app::App;

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_CHECK, Arc::new(check::Check(app.clone())));
    handlers.add(remind::JOB_REMIND, Arc::new(remind::Remind(app.clone())));
}
