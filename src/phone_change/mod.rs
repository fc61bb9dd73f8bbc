//! Another phone for an account (S0-06, B-03), three ways: by a code to the old phone; by an administrator of one's unit;
//! by papers that staff review. Each time a code to the new phone shows that it is held.
//!
//! Rules: fees and reports carry the applicant's phone as the core system knows it, and stay as they are. After a change
//! proved with the old phone or approved by staff the account still sees what carries the old one
//! ([`crate::accounts::earlier_phones`]); after a colleague's word alone it does not, because he cannot speak for other
//! units, and only a unit the institute knows may give that word, for a member of some standing who belongs to no other; the
//! change then waits a day, so that the old phone can object. A phone that has an account of its own is not taken from it and nothing is merged in silence: only an account that
//! was never used for anything (no unit, no order) gives its phone up. Every change is told to both phones and ends the
//! account's other sessions.

mod entity;
mod own;
mod planned;
mod proved;
mod replace;
mod requests;
mod review;
mod routes;
mod speakable;
mod store;

use std::sync::Arc;

use foundation::jobs::Handlers;

pub use proved::uses_upload;
pub use replace::{NewPhone, replace_phone};
pub use review::PhoneChangeReview;
pub use routes::router;
pub use store::{PhoneChangeFacts, facts};

use crate::app::App;

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(planned::JOB_APPLY, Arc::new(planned::Apply(app.clone())));
}
