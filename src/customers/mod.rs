//! The service desk for payers' accounts (desk D10, S0-06, S2-43): find one by phone, name or unit; unlock it, sign it out,
//! reset its password, change its phone after looking at a proof.
//!
//! Rules: what is shown is masked; the whole phone is shown on demand, for a reason, and that goes into the audit trail like
//! every other act here. Who may look ([`crate::staff::Permission::PayersRead`]) is not yet who may mend
//! (`PayersMend`), and mending demands password and code again. A proof is named (which paper, seen by whom), and a
//! changed phone keeps showing what carries the old one only when the officer says that it is the same person.

mod acts;
mod find;
mod routes;

pub use routes::staff_router;
