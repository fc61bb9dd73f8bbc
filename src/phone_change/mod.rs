//! Another phone for an account (S0-06, B-03), three ways: by a code to the old phone; by an administrator of one's unit;
//! by papers that staff review. Each time a code to the new phone shows that it is held.
//!
//! Rules: fees and reports carry the applicant's phone as the core system knows it, and stay as they are. After a change
//! proved with the old phone or approved by staff the account still sees what carries the old one
//! ([`crate::accounts::earlier_phones`]); after a colleague's word alone it does not, because he cannot speak for other
//! units. A phone that has an account of its own is not taken from it and nothing is merged in silence: only an account that
//! was never used for anything (no unit, no order) gives its phone up. Every change is told to both phones and ends the
//! account's other sessions.

mod entity;
mod own;
mod proved;
mod replace;
mod requests;
mod review;
mod routes;
mod store;

pub use proved::uses_upload;
pub use replace::{NewPhone, replace_phone};
pub use review::PhoneChangeReview;
pub use routes::router;
pub use store::{PhoneChangeFacts, facts};
