//! The institute's bank accounts (B-18): statements are read, every line once, and lines find the orders they paid. A line that
//! may be known from another file is kept, and takes part in nothing until a person says what it is.
//!
//! A line is scored against orders by payment code, order number, work-order or contract number, serial number, amount and
//! payer. A score that leaves no doubt, at exactly the amount, claims by itself; everything else waits in a work list with
//! proposals. Nothing claims by itself on words that a payer can choose for somebody else's money: what he tells of a
//! transfer counts there only once a reviewer found it right, and for money of his own unit; nor does money claim by itself,
//! or prove a remittance, that came to the account of another payee than the order's. Money of a line is never lost:
//! Σ live claims + what goes back to the sender + rest = amount. A line may pay several orders, an order may be paid by
//! several lines; late money revives a voided order whose fees are still payable, and otherwise stays where it is. A claim
//! can be taken back until a receipt was asked for or the day is closed.

mod answer;
mod automatic;
mod candidates;
mod claims;
mod desk;
#[cfg(any(test, fuzzing))]
pub mod door;
mod entity;
mod going_back;
mod import;
mod known;
mod lines;
mod mapping;
mod model;
mod named;
mod paid_out;
mod payee_accounts;
mod payout;
mod remittance_review;
mod return_changes;
mod returns;
mod routes;
mod score;
mod statements;
mod store;
mod told;
mod twins;

pub use answer::{BankTransaction, Claim, ClaimHow, ClaimState, Statement, claim_answers};
pub use automatic::{add_job_handlers, match_line};
pub use candidates::{Proposal, proposals};
pub use claims::{Wish, claim};
pub use desk::BankDesk;
pub use going_back::{GoingBack, going_back};
pub use import::{NewStatement, import};
pub use model::{BankTransactionId, ClaimId, Claimer, MappingId, StatementId, StatementState, TransactionState};
pub use named::{NamedOrder, named_without_need};
pub use payout::paid_out_to;
pub use remittance_review::{RemittanceReview, RemittanceSubject};
pub use return_changes::{LineReturnChangeReview, LineReturnChangeSubject};
pub use returns::{LineReturnReview, LineReturnSubject};
pub use routes::{TransactionQuery, router};
pub use statements::{StatementError, StatementRow, mapping_by_name};
pub use store::{
    ClaimRow, TransactionRow, TransactionSearch, claimed_of_statement, claims_for_order, claims_of, transaction_page,
};
pub use twins::Twin;
