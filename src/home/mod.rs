//! The first page: what is due, orders by state, news (S0-09, S0-10); and where papers are handed out.

mod offices;
mod routes;

#[cfg(test)]
mod tests;

pub use offices::{Office, OfficeKind, offices};
pub use routes::router;
