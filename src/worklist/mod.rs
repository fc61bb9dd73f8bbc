//! What waits for somebody, over all desks: counts, due times, whose it is.
//!
//! A room with something to do registers a [`Desk`] in `App::open`; reviews bring one per kind by themselves. An officer
//! sees the desks that his permissions open.

mod desk;
mod routes;

pub use desk::{Desk, DeskCounts, Desks, Task};
pub use routes::router;
