//! The institute's own people (desk D13): who they are, how they prove it, and what they may do.
//!
//! Rules: login and password, then always a second factor (TOTP, RFC 6238; a code works once); who has none yet sets one
//! up before anything else. Five wrong passwords or codes in a row lock the account, except for browsers in which its
//! officer has been (`known_browser`) and his sign-ins, which have counts of their own. Sessions are opaque tokens, only their
//! hash with us; they end by time, by idling, from afar, and at once when an account is disabled or its roles change.
//! Roles become permissions in one table ([`Role::permissions`]); every route of `/staff/v1` names the permission it
//! demands in its signature ([`May`]), so that it is refused before anything of the request is read. Dangerous acts demand
//! password and code again ([`Officer::demand_step_up`]). What one administrator gives alone rests until a second person
//! confirms it (`confirmation`), which is a task in that person's work list; a first password, and one that was used for too
//! long (`password_age`), opens nothing but the way to another one. Every act is written into the audit trail.

mod administration;
mod answer;
mod confirmation;
pub mod demo;
mod desk;
mod enrolment;
mod entity;
mod known_browser;
mod lockout;
mod model;
mod officer;
mod password_age;
mod permissions;
mod roles;
mod routes;
mod second_factor;
mod sessions;
mod sign_in;
mod store;
mod totp;

pub use administration::{NewOfficer, add, in_one_hand, reset_by_login};
pub use confirmation::confirm_by_login;
pub use desk::ConfirmationDesk;
pub use model::{StaffId, StaffSessionId};
pub use officer::{May, Officer, officer_of_session};
pub use permissions::{Permission, may};
pub use roles::{Role, prepares_and_reviews};
pub use routes::router;
pub use second_factor::seal_secrets;
pub use sessions::{living_sessions, sign_everybody_out};
pub use store::names_of;
pub use totp::code_at as current_code;
