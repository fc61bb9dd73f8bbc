//! Who belongs to a unit, and who decides that (S1-59, S1-60, B-02).
//!
//! Rules: owner and administrators manage members; only an owner makes or removes administrators, and nobody takes the
//! place of an owner but by hand-over, which is confirmed with an SMS code (or, by a unit account without a phone, with its
//! password). A unit never loses its last owner. Colleagues join by an invitation: a link for whoever gets it, or for one
//! phone alone; it works once, for some days, and only while its maker may still invite. Somebody without a phone of his
//! own gets a sub-account that the unit makes and whose password it may reset. A member's limits ([`crate::accounts::Limits`])
//! and his removal count from the next request of every phone he is signed in on. Every change stays in the unit's history.

mod accept;
mod change;
mod devices;
mod entity;
mod events;
mod facts;
mod handover;
mod invitation_routes;
mod invite;
mod roles;
mod routes;
mod sub_account_routes;
mod sub_accounts;

pub use facts::{InvitationFacts, invitation_facts};
use utoipa_axum::router::OpenApiRouter;

use crate::app::SharedApp;

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    routes::router().merge(invitation_routes::router()).merge(sub_account_routes::router())
}
