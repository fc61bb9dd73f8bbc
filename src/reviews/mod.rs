//! Decisions that somebody must make: remittances, refunds, credit, and whatever comes later, all by one engine.
//!
//! Rules: a subject is under at most one live review of a kind. It is `open`, may be `claimed` by one officer, and ends
//! `approved`, `rejected` (with an opinion, always) or `withdrawn`. It is due at the end of so many working days after it
//! was opened (`config/calendar.toml`, B-21). Nobody decides what he submitted himself (four eyes). What a verdict brings
//! about is the business of the room that owns the subject: it registers a [`ReviewKind`], whose effect runs in the
//! transaction of the verdict; either both happen or neither.
//!
//! A room opens a review in the transaction of the submission ([`open`]), and takes it back with [`withdraw`] when its
//! subject goes away.

mod answer;
mod due;
mod engine;
mod entity;
mod figures;
mod kind;
mod model;
mod routes;
mod store;
mod worklist;

pub use answer::{HistoryStep, MayReview, Person, ReviewAnswer, full};
pub use due::due_at;
pub use engine::{NewReview, Submitter, open, withdraw};
pub use figures::{hours_taken, overdue_count};
pub use kind::{ReviewKind, ReviewKinds};
pub use model::{Review, ReviewId, ReviewState, Verdict};
pub use routes::{ReviewQuery, review_page, router};
pub use store::{find, ids_of, live_of, newest_of};
pub use worklist::review_desks;
