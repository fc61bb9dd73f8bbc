//! 对公转账 (S0-23, S0-34, S0-35): a payment notice with a 20-digit payment code from the fiscal system, which the payer's
//! bank transfer must carry.
//!
//! An order has one notice per round; a renewal opens the next round and cancels the old code. The notice is written with
//! the choice of the method, the code is asked for by a job after the commit: an outage of the fiscal system is shown and
//! asked again, what it refuses is shown and can be tried again. A notice is paid only when its own code was: any other is
//! cancelled, here and there, when its order has its money. A code that has ended stays known: the fiscal system is asked
//! about it for some days more, and money that carries it is still recognised ([`crate::bank`] looks in all of them).

mod codes;
mod entity;
mod fiscal;
mod jobs;
mod model;
mod renew;
mod store;
mod view;
mod wechat_nontax;

pub use codes::available;
pub use jobs::{JOB_ORDER_ENDED, add_job_handlers};
pub use model::{NoticeId, NoticeState};
pub use renew::renew;
pub use store::{NoticeRow, leave, newest, note_paid_with, note_spoken_for, of_codes, of_order, open, order_of_number};
pub use view::{PaymentNotice, REMARK_RULE};
