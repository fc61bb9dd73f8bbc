//! Money in and back.

use std::sync::Arc;

use foundation::jobs::Handlers;

use crate::app::App;

/// Registers this capability's jobs.
pub fn add_job_handlers(_app: &Arc<App>, _handlers: &mut Handlers) {}
