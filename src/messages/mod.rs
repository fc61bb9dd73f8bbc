//! To people: every business event becomes one inbox message per person concerned, and is sent on through the first
//! channel that works (service-account template, mini-program subscription).

use std::sync::Arc;

use foundation::jobs::Handlers;

use crate::app::App;

/// Tells the people concerned of a [`crate::happenings::Happening`].
pub const JOB_TELL: &str = "messages.tell";

/// Registers this capability's jobs.
pub fn add_job_handlers(_app: &Arc<App>, _handlers: &mut Handlers) {}
