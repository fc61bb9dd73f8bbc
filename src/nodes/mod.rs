//! Processes that serve, and what each of them can open.
//!
//! - Every `tejian serve` writes a row when it begins, again every twenty seconds, and takes it away when it is told to
//!   stop. One that is not heard of for five minutes is gone, and whoever writes next clears its row.
//! - When a node was heard of is written and judged by the database's clock alone, so that a wrong clock hides nobody. How far
//!   the node's own clock is from it stands beside. A node of an older version still writes by its own clock.
//! - A row names the keys of personal fields by name and fingerprint, never a key: `tejian secrets rotate` goes on when every
//!   living node opens what it is about to seal, `tejian doctor` tells where versions, keys or clocks differ.
//! - A node whose keys do not fit those of a node that was heard of within the last minute does not begin. Looking at the
//!   others and making oneself known is one step, taken by one node after the other: of two that begin at once the second sees
//!   the first. Older rows, and what is left of the process that listened at the same place, hold nobody up: after a minute
//!   without any node, whoever comes first begins.
//! - A row that was cleared too soon (a machine that slept, a database whose clock leapt at a fail-over) is written again at the
//!   next beat: nothing but this sight of things depends on it. Jobs are handed out by lease alone.
//! - The beat is also the one write that every node does for certain: `/readyz` tells from memory whether it arrived.

mod model;
mod presence;
mod store;
mod writes;

pub use model::{Node, at_odds, lacking_keys, name_of_key};
pub use presence::Presence;
pub use store::{AHEAD_MAX_MS, GONE_AFTER_MS, living};
pub use writes::LastWrites;

#[cfg(test)]
mod tests;
