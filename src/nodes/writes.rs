//! Whether what this node writes arrives, from memory: asking for it costs nothing.

use std::sync::atomic::{AtomicU32, Ordering};

/// One write that fails may have met a restart or a crowd; the second in a row, a moment later, is told.
const FAILURES_TOLERATED: u32 = 1;

/// How the last beats of this node went.
#[derive(Debug, Default)]
pub struct LastWrites {
    failed_in_a_row: AtomicU32,
}

impl LastWrites {
    /// A beat ended so.
    pub(super) fn note(&self, arrived: bool) {
        if arrived {
            self.failed_in_a_row.store(0, Ordering::Release);
        } else {
            self.failed_in_a_row.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Nothing while writes arrive, or while nothing was written yet.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn verdict(&self) -> anyhow::Result<()> {
        let failed = self.failed_in_a_row.load(Ordering::Acquire);
        anyhow::ensure!(failed <= FAILURES_TOLERATED, "数据库写不进去：只读、磁盘已满，或同步备机不在");
        Ok(())
    }
}
