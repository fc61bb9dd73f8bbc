//! The first page: what is due, orders by state, news (S0-09, S0-10).

mod routes;

pub use routes::router;
