//! Sealing what is in the tables already: rows from before fields were sealed, and rows under an older key.
//!
//! - New rows are sealed by the type of their column (`foundation::sealed`); here are those that were there before.
//! - It goes page by page, in short transactions, beside everything else; a row that somebody changes meanwhile is left to
//!   him, for he has sealed it. Ended in the middle, it goes on where something is left.
//! - `tejian migrate`, and every start that brings the schema up to date, seals what rests in the clear; every other start
//!   looks at the newest rows of each table, which is where a node of the release before writes, and where an upgrade that
//!   broke off has left some: then it looks at all. `tejian secrets rotate` seals anew what is under an older key; after it
//!   the old key may leave `secrets.keys`.
//! - A row that does not open is an error: its key is missing, and going on would hide that.

//! - Secrets of single rooms (second factors, secrets of receivers) are sealed by their rooms, by the same [`Wanted`]. No start
//!   seals anew what is under an older key: the node may have been given a key that the others lack, and is only refused
//!   later. What it then had sealed they could not open.

mod columns;
mod fit;
mod run;
mod secrets;

pub use columns::{SEALED_TABLES, SealedTable};
pub use fit::misfits;
pub use run::{Wanted, seal, seal_newest};
pub use secrets::Secrets;
