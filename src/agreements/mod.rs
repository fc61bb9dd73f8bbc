//! What people agree to: one statement per purpose, in versions, with an optional minimum reading time (S1-04, S2-04).
//!
//! Rules: a text that is marked `timed` can be agreed to only when it has been open for `agreements.reading_seconds`; the
//! server measures that by a token it made when it handed out the text, not by what the page says. A consent names purpose,
//! version and the hash of the words, when, and from where. Whoever was invited or has a sub-account is asked before his
//! first act for the unit (`Scope` refuses what changes anything until then). A new version needs a new consent. Consents that no act depends
//! on (`optional`) can be withdrawn; the others end with the account.
//!
//! The installation comes with its texts; the console writes newer ones (`versions`): a draft, published from a day on,
//! never changed afterwards. What is timed or optional belongs to the purpose and cannot be written away.

mod consents;
mod entity;
mod office;
mod opened;
mod routes;
mod texts;
mod versions;

pub use consents::{Consent, agreed_by, demand, demand_of_member, missing_of_member, outdated_titles};
pub use office::staff_router;
pub use routes::router;
pub use texts::{Agreement, Agreements, Purpose};
