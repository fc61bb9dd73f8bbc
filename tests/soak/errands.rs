//! What customers leave for the institute to do.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Orders by what has to happen to them.
#[derive(Default)]
pub struct Errands {
    /// Their payers transfer the money.
    pub bank: Queue,
    /// Their payers stand at the counter.
    pub counter: Queue,
    /// Their payers want their money back.
    pub refund: Queue,
}

/// Order ids, first come, first served.
#[derive(Default)]
pub struct Queue(Mutex<VecDeque<String>>);

impl Queue {
    /// One more at the end.
    pub fn add(&self, order: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(order);
    }

    /// The next one.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
