//! A link to a report for somebody else (B-27): it ends by itself, can be taken back, and shows and hands out a copy with a
//! watermark that says who shared it and until when. Known to us as a hash; every opening is counted, the first two hundred
//! are written down.

mod entity;
mod public;
mod routes;
mod staff;
mod store;

pub use public::public_router;
pub use routes::router;
pub use staff::staff_router;
