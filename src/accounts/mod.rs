//! Who: accounts (a person by 报检人电话 or a unit by 单位账号), units, who may act for which unit, and sessions.
//!
//! Rules: one account has many units; it always acts for exactly one (B-02). An applicant sees only what carries his
//! phone, the other roles see all of the unit (S0-07) or, as its administrator decided, some devices and kinds of it
//! (S1-59). [`Scope`] is that limit as a type: payers' queries start from [`Scope::select`], so a query without an owner
//! cannot be written by accident, and every table that payers read says what lies within a member's limits
//! ([`ScopedEntity::within`]). What a unit may do at all depends on how far it is certified ([`Policy`]).

mod cookies;
mod devices;
pub mod earlier_phones;
mod entity;
mod everybody;
pub mod intake;
mod level;
mod limits;
mod lookup;
mod memberships;
mod model;
mod policy;
mod registering;
mod scope;
mod sessions;
mod store;
mod unit_card;
mod view;
mod visitor;
mod wechat_users;

pub use cookies::{cookie, cookie_text, own_cookie, refuse_cross_site, session_cookie};
pub use devices::{SessionFacts, SessionLine, is_new_device, list_sessions, session_facts, shown_address};
pub use everybody::{forget_every_wechat, living_sessions, sign_everybody_out};
pub use level::UnitLevel;
pub use limits::{DEVICES_MAX, KINDS_MAX, Limits, PLACES_MAX};
pub use lookup::{
    AccountOverview, PayerFound, find_accounts, find_units, labels_of, overview, overview_page, unit_by_uscc,
};
pub use memberships::*;
pub use model::{Account, AccountId, AccountKind, Role, SessionId, Unit, UnitAccess, UnitId};
pub use policy::{Act, Policy};
pub use registering::{
    NewUnit, certify_unit, insert_unit, is_login_of_person, leave_merged_unit, login_name_is_free, make_owner,
    registered_or_known, release_login_name, set_login_name,
};
pub use scope::{Scope, role_may_not_manage};
pub use sessions::{
    Client, NewSession, Session, StartedSession, end_session, remember_unit, session_of_link, sign_out_everywhere,
    sign_out_one, start_session, switch_unit,
};
pub use store::*;
pub use unit_card::{
    KeyFields, MemberLine, OwnFields, UnitCard, member_lines, set_key_fields, set_own_fields, unit_card, unit_cards,
};
pub use view::{ScopedEntity, View};
pub use visitor::Visitor;
pub use wechat_users::*;

/// Begins the external id of a unit that the core system does not know (yet).
pub const SELF_REGISTERED: &str = "self:";
