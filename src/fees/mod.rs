//! What is owed: one fee per report, in one of two receipt classes (S0-25), for one payee.
//!
//! A fee is `payable` → `locked` (in a live order) → `paid`; voiding the order makes it payable again (S0-33). It is in
//! at most one live order: locking is one conditional update, and whoever comes second finds it gone. What is settled
//! elsewhere, or costs nothing, arrives `paid`; what the institute takes back is `cancelled`. A payable fee may be on credit:
//! its report is open before it is paid ([`crate::credit`]).

mod answer;
mod credit;
mod desk;
mod desk_list;
mod desk_routes;
pub mod device_intake;
mod device_list;
mod entity;
pub mod intake;
mod model;
mod payable_list;
mod payable_total;
mod payee_change;
mod payee_desk;
mod payee_review;
mod price_basis;
mod routes;
mod store;

pub use answer::FeeAnswer;
pub use credit::{
    CreditStanding, FeeStanding, OwedOnCredit, claim_for_credit, credit_standing, credits_of_order, grant_credit,
    is_still_owed, leave_credit, owed_in_scope, owed_on_credit, standing_of,
};
pub use desk_list::{StaffFee, StaffFeeSearch, staff_fee_page};
pub use desk_routes::staff_router;
pub use device_list::{DeviceGroup, DeviceLine, device_groups, device_page};
pub use model::{Fee, FeeId, Payee, PayeeId, ReceiptClass};
pub use payable_total::{add_job_handlers, payable_total_of_all, schedule};
pub use payee_change::{PayeeRequest, ask_payee_change};
pub use payee_desk::{PayeeLine, payee_lines};
pub use payee_review::{PayeeChangeSubject, PayeeReview};
pub use price_basis::{PriceBasis, PriceItem};
pub use routes::router;
pub use store::*;
