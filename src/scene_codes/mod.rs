//! QR codes of the service account that say where they hang (B-31): a counter, an inspector's card, a report. Who scans
//! one follows (or is recognised), is led to the page it is about, and is counted. A code for one person
//! (`bindings.rs`) joins his WeChat to the account he is signed in with elsewhere, once.
//!
//! Rules: what stands in a code is opaque; what it means is known here alone. A code that nobody knows is harmless. A scan
//! is counted with the push that told of it, so once.

mod bindings;
mod entity;
mod routes;
mod scans;
mod store;

pub use routes::{router, staff_router};
pub use scans::{Scanned, scanned};
