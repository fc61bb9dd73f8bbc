//! 注册: how a person, a unit or a manufacturer becomes known here (S1-03…14, S2-03…09, S4-01).
//!
//! Rules: whoever registers is a person whose phone is proved; the draft is his, kept at every change, and so are the
//! verdict and its reason. A person or an uncertified unit is active at once (S1-14). A certified unit or manufacturer
//! hands in 营业执照 and the sealed 注册申请书 and is reviewed in working days (S1-11): approved, the unit is made, or the
//! one that the core system already knows by its 统一社会信用代码 is taken, and the registrant becomes its owner; rejected,
//! everything is kept and can be handed in again. An uncertified unit may be certified later. Paper that came by post or
//! over the counter is entered by staff with its scan (S2-09) and reviewed by somebody else.
//!
//! The check of a credit code tells whether a unit is registered, never by whom, and only so often.

mod answer;
mod check;
mod code_check;
mod decide;
mod dictionaries;
mod draft;
mod entity;
mod form;
mod model;
mod offline;
mod review;
mod routes;
mod staff_routes;
mod store;
mod submit;

pub use answer::{Registration, RegistrationLine, answer};
pub use check::demand_login_name;
pub use dictionaries::Dictionaries;
pub use form::files_router;
pub use model::{RegistrationId, RegistrationKind, RegistrationState};
pub use review::{RegistrationReview, RegistrationSubject};
pub use routes::router;
pub use staff_routes::staff_router;
pub use store::{RegistrationFacts, RegistrationRow, facts, of_unit, uses_upload};
