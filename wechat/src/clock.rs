//! The clock that every time-dependent function takes instead of asking the system.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Unix time in whole seconds, injected so that tests and replays decide what "now" is.
pub type UnixClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock of the machine.
pub fn system_clock() -> UnixClock {
    Arc::new(|| match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(elapsed) => i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX),
        // A machine before 1970 is misconfigured: every signature then fails its time window.
        Err(_) => 0,
    })
}

/// A clock that stands still at `now` (unix seconds).
pub fn fixed_clock(now: i64) -> UnixClock {
    Arc::new(move || now)
}
