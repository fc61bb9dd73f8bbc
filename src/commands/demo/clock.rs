//! The demonstration's clock: the machine's, but for the moments in which yesterday is being made.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use foundation::clock::{Clock, SystemClock};
use wechat::clock::UnixClock;

/// The machine's clock, which can be turned back.
#[derive(Debug, Default)]
pub struct DemoClock {
    back_ms: AtomicI64,
}

impl DemoClock {
    /// Shows so much less than the machine from now on; 0 = the machine's time.
    pub fn turn_back(&self, by_ms: i64) {
        self.back_ms.store(by_ms, Ordering::SeqCst);
    }

    /// The same clock for simulated WeChat, in seconds.
    pub fn for_wechat(self: &Arc<Self>) -> UnixClock {
        let clock = Arc::clone(self);
        Arc::new(move || clock.now_ms().div_euclid(1_000))
    }
}

impl Clock for DemoClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() - self.back_ms.load(Ordering::SeqCst)
    }
}
