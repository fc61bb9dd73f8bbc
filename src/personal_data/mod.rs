//! What the law gives a person over his data (B-45): a copy of it, and an end to his account.
//!
//! Rules: both are confirmed by SMS code (or password, where there is no phone). The copy is made by a job as a ZIP with the
//! same content for people (HTML) and for programs (JSON), lies behind the login, and is removed after a day. A deletion
//! waits for a cooling-off time, in which any sign-in calls it off; then phone, name, password, question, devices, WeChat
//! bindings, messages and memberships go, and the account stays as an empty shell. What the unit's books must keep by law
//! (orders, receipts, reports and their timeline) stays with the unit and is named before. The last owner of a unit hands it
//! over first.

mod content;
mod deletion;
mod entity;
mod export;
mod page;
mod routes;

use std::sync::Arc;

use foundation::jobs::Handlers;

pub use export::is_export;
pub use routes::{files_router, router};

use crate::app::App;

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(export::JOB_MAKE, Arc::new(export::Make(app.clone())));
    handlers.add(export::JOB_FORGET, Arc::new(export::Forget(app.clone())));
    handlers.add(deletion::JOB_DELETE, Arc::new(deletion::Delete(app.clone())));
}
