//! What is only ever added to, and nobody looks at after a few years: notices of WeChat Pay as they came, pushes of the
//! service account, calls of the core system. It leaves the tables for compressed files in the file store.
//!
//! - One file holds so many rows of one source, one JSON a line. The table `archives` knows it by key, hash and count.
//! - The file is written, read back and compared first. Then, in one transaction, the rows are deleted, what was deleted is
//!   compared with what was written, and the file becomes known. Ended anywhere, rows are in the table or in a known file,
//!   never in neither. The key of a file says what is in it: whoever tries again writes the same file, or, when a row has
//!   changed meanwhile, another one, and the first is left behind without anybody knowing it.
//! - One run moves a few files and comes again at once while there is more: it ends long before another worker would take
//!   it for dead.
//! - `tejian archive` lists, shows and brings back. What was brought back stays for a month.
//! - Events for other systems have an end of their own (`webhooks.kept_days`); money, orders, receipts, reports and the audit
//!   trail are never moved.

mod bringing_back;
mod moving;
mod sources;
mod store;

pub use bringing_back::{bring_back, read};
pub use moving::{Draft, add_job_handlers, move_all, prepare, schedule};
pub use sources::{SOURCES, Source};
pub use store::{Archive, ArchiveState, list};
