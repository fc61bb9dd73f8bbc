//! What the institute itself sets in the console (desk D13): who receives the money, which days are worked. What needs a
//! restart, and every secret, stays in the configuration file.

mod calendar;
mod entity;
mod routes;

pub use calendar::load_days;
pub use routes::router;
