//! Printed reports by post (S0-27): an order that asks for it waits here from the beginning; when it is paid and its
//! reports are there, somebody posts them and writes down carrier and tracking number, which the payer sees and is told.

mod desk;
mod entity;
mod routes;
mod store;

pub use desk::PostingDesk;
pub use routes::staff_router;
pub use store::{Parcel, of_order, open};
