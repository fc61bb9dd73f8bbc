//! What a transaction will have counted once it is committed. What is rolled back was not: a notice that is booked once
//! more, alone or by a job, would otherwise be counted as often as it was tried.

use metrics::Counter;

/// Figures of one transaction, kept until [`Counts::tell`]; whoever is dropped before tells nothing.
#[derive(Debug, Default)]
pub(super) struct Counts(Vec<(Counter, u64)>);

impl Counts {
    /// `counter` grows by so much with the commit.
    pub(super) fn add(&mut self, counter: Counter, by: u64) {
        self.0.push((counter, by));
    }

    /// The transaction is committed.
    pub(super) fn tell(self) {
        for (counter, by) in self.0 {
            counter.increment(by);
        }
    }
}
