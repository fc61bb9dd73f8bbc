//! Paying without a login: by payer's name and number (S2-38), or by a link that a colleague was given (B-09).
//!
//! Whoever pays, order and receipt stay the unit's; the payer sees as much of the order as he needs to know that it is the
//! right one, and no name whole. A wrong name and an unknown number look the same, cost the same and are counted the same;
//! each try costs the answer to a question that only people answer, and the tries of one address and for one number are
//! limited. What was found is held by a short-lived signed ticket that is good for this one order. A link to a colleague is
//! known to us as a hash; it ends by time, when the order is given up, or when the unit takes it back.

mod answer;
mod ask_routes;
mod asks;
mod entity;
mod find;
mod limits;
mod routes;
mod ticket;

pub use routes::router;
