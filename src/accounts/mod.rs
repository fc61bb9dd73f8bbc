//! Who: accounts (a person by 报检人电话 or a unit by 单位账号), units, who may act for which unit, and sessions.
//!
//! Rules: one account has many units; it always acts for exactly one (B-02). An applicant sees only what carries his
//! phone, the other roles see all of the unit (S0-07). [`Scope`] is that limit as a type: payers' queries start from
//! [`Scope::select`], so a query without an owner cannot be written by accident.

mod entity;
pub mod intake;
mod lookup;
mod model;
mod scope;
mod sessions;
mod store;
mod wechat_users;

pub use lookup::{PayerFound, find_accounts, find_units, labels_of, unit_by_uscc};
pub use model::{Account, AccountId, AccountKind, Role, SessionId, Unit, UnitAccess, UnitId};
pub use scope::{Scope, ScopedEntity};
pub use sessions::{
    Client, NewSession, Session, StartedSession, Visitor, cookie, cookie_text, end_session, list_sessions,
    refuse_cross_site, remember_unit, session_cookie, start_session, switch_unit,
};
pub use store::*;
pub use wechat_users::*;
