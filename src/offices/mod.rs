//! Where the institute and its partners are to be found: head office, service halls, stations, and the supervision bureaus
//! of the districts that make unit accounts (S2-49, S3-03). Open to visitors; kept by staff (D11).
//!
//! The installation comes with `config/offices.toml`; the first edit in the console takes that list into the database, and
//! from then on the database has it. A place that is taken off the list stays in its row: orders name it.

mod entity;
mod model;
mod office;
mod routes;
mod store;

pub use model::{Office, OfficeKind, Place};
pub use office::staff_router;
pub use routes::router;
pub use store::{demand_hands_out, place};

#[cfg(test)]
mod tests;
