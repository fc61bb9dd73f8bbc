//! What was paid for: inspection reports, downloadable once their fee is paid and never before (S0-46, S2-30).

mod entity;
pub mod intake;
mod readiness;
mod release;

pub use readiness::{OrderFiles, downloadable, order_files};
pub use release::release_for_order;
