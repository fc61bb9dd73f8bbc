//! What the institute's people see of what several rooms know together: orders in full, one search over everything, figures
//! for the dashboard. It only puts together; what is decided and changed is the business of the rooms.

mod dashboard;
mod finders;
mod orders;
mod reports;
mod routes;
mod search;

pub use finders::finders;
pub use orders::OrderQuery;
pub use routes::router;
pub use search::{Finder, Finders, Found, FoundGroup};
