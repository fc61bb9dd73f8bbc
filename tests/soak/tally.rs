//! What was injected and what was survived, counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Of what kind something counted is; in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Faults.
    Injected,
    /// What people did and were answered for.
    Done,
    /// What they were told could not be done just now.
    Refused,
    /// What the books and the channel say at the end.
    Found,
}

impl Group {
    fn heading(self) -> &'static str {
        match self {
            Self::Injected => "injected and survived",
            Self::Done => "done by people while it happened",
            Self::Refused => "refused meanwhile, with a reason",
            Self::Found => "in the books and at the channel at the end",
        }
    }
}

/// Counts by name.
#[derive(Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<(Group, String), u64>>,
}

impl Tally {
    /// So many more.
    pub fn add(&self, group: Group, name: &str, times: u64) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry((group, name.to_owned())).or_default() +=
            times;
    }

    /// Somebody did something.
    pub fn done(&self, name: &str) {
        self.add(Group::Done, name, 1);
    }

    /// A fault was injected.
    pub fn injected(&self, name: &str) {
        self.add(Group::Injected, name, 1);
    }

    /// Something could not be done.
    pub fn refused(&self, name: &str) {
        self.add(Group::Refused, name, 1);
    }

    /// How many so far.
    pub fn of(&self, group: Group, name: &str) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&(group, name.to_owned())).copied().unwrap_or_default()
    }

    /// How many of a whole kind.
    pub fn sum(&self, group: Group) -> u64 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().filter(|((of, _), _)| *of == group).map(|(_, count)| count).sum()
    }

    /// A line of progress.
    pub fn line(&self) -> String {
        let of = |name| self.of(Group::Done, name);
        let injected = self.sum(Group::Injected);
        format!("{} orders, {} payments, {injected} faults", of("orders made"), of("payments made"))
    }

    /// Everything, a line each.
    pub fn print(&self) {
        let mut told = None;
        for ((group, name), count) in self.counts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if told != Some(*group) {
                println!("  {}:", group.heading());
                told = Some(*group);
            }
            println!("  {count:>8}  {name}");
        }
    }
}
