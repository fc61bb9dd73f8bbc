//! 企业信息 (S1-57, S1-58, S2-06, S2-41, S4-03): what a unit keeps of itself, what changes only by review, and for what it
//! is qualified.
//!
//! Rules: owner and admin keep kind, district, industry, phone, e-mail and contacts themselves. Name, credit code, legal
//! representative and address of record change by review `profile_change`, one at a time. Two contact roles have messages of
//! their own: the safety manager hears of opinions and deadlines, the applicant of his applications (S2-06). A
//! manufacturing qualification (S1-58) is reviewed, ends on its day, and its end is told of beforehand.

mod answer;
mod change;
mod contacts;
mod desk;
mod entity;
mod papers;
mod profile;
mod qualification;
mod qualification_routes;
mod remind;
mod reviews;
mod routes;

pub use change::{ChangeFacts, change_facts};
pub use contacts::{ContactRole, contact_phone, put_contact};
pub use papers::uses_upload;
pub use qualification::{QualificationFacts, QualificationId, is_qualified, qualification_facts};
pub use remind::add_job_handlers;
pub use reviews::{ProfileChangeReview, QualificationReview};
pub use routes::router;

/// Routes of staff.
pub use desk::staff_router;
