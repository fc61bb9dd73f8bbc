//! What customers leave for the institute to do, and what everybody was promised.

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
    /// What was answered for and must be there at the end.
    pub promised: Promised,
}

/// What an answer "it is done" was given for.
#[derive(Default)]
pub struct Promised {
    /// Ids of orders.
    pub orders: Queue,
    /// Numbers of reports whose file was handed in.
    pub reports: Queue,
    /// Ids of slips that were handed in with their form.
    pub slips: Queue,
}

/// Ids, first come, first served.
#[derive(Default)]
pub struct Queue(Mutex<VecDeque<String>>);

impl Queue {
    /// One more at the end.
    pub fn add(&self, id: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(id);
    }

    /// The next one.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
