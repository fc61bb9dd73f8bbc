//! Who: accounts (a person by 报检人电话 or a unit by 单位账号), units, who may act for which unit, and sessions.
//!
//! Rules: one account has many units; it always acts for exactly one (B-02). An applicant sees only what carries his
//! phone, the other roles see all of the unit (S0-07) or, as its administrator decided, some devices and kinds of it
//! (S1-59). [`Scope`] is that limit as a type: payers' queries start from [`Scope::select`], so a query without an owner
//! cannot be written by accident, and every table that payers read says what lies within a member's limits
//! ([`ScopedEntity::within`]).

pub mod earlier_phones;
mod entity;
pub mod intake;
mod limits;
mod lookup;
mod memberships;
mod model;
mod scope;
mod sessions;
mod store;
mod view;
mod wechat_users;

pub use limits::{DEVICES_MAX, KINDS_MAX, Limits, PLACES_MAX};
pub use lookup::{PayerFound, find_accounts, find_units, labels_of, unit_by_uscc};
pub use memberships::*;
pub use model::{Account, AccountId, AccountKind, Role, SessionId, Unit, UnitAccess, UnitId};
pub use scope::Scope;
pub use sessions::{
    Client, NewSession, Session, StartedSession, Visitor, cookie, cookie_text, end_all_sessions, end_session,
    list_sessions, refuse_cross_site, remember_unit, session_cookie, start_session, switch_unit,
};
pub use store::*;
pub use view::{ScopedEntity, View};
pub use wechat_users::*;
