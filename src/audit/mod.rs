//! Who did what: append-only, as a hash chain (desk D13). Every act of a member of staff writes an entry in the
//! transaction of the act itself; what did not happen leaves none, what happened cannot be without one.
//!
//! The hash of an entry is the SHA-256, in lower-case hexadecimal, of the UTF-8 text of this JSON array, written without
//! blanks: `[seq, at, actor, actor_name, action, object, detail, previous_hash]`, where `detail` is the stored JSON text as
//! one string. `previous_hash` is the hash of the entry with the number before; the first entry follows 64 zeros. The
//! newest number and hash stand in the one row of `audit_chain`, so that cutting off the end is noticed as well.
//!
//! That row is held from [`record`] until the end of the transaction: entries queue up on both databases. Write them last.

mod actions;
mod chain;
mod entity;
mod list;
mod routes;

pub use actions::Action;
pub use chain::{Broken, Entry, Verified, record, verify};
pub use list::{AuditEntry, AuditSearch, entries_of, page, was_done_since};
pub use routes::router;

#[cfg(test)]
mod tests;
