//! Back in without the password (S2-43, S4-04, S1-17): by a code to the phone, or by the answer to a security question.
//!
//! Rules: known and unknown accounts get the same answers at the same cost. The question is asked only of who answered a
//! question for people first; without one of his own everybody seems to have one. An answer is kept as an Argon2 hash, tried
//! three times, then locked for a day. A new password ends every session and unlocks. A question that a password alone could
//! set (the account has no phone) ends with that password, and every question ends when somebody else gives a first one. Sub-accounts are reset by their unit
//! ([`crate::members`]); what none of these ways opens is opened at the service desk.

mod answers;
mod by_phone;
mod entity;
mod questions;
mod routes;

pub use questions::forget_questions;
pub use routes::router;
