//! The API of the institute's core system, `/integration/v1/…`: every request is signed, nothing is done twice.

pub(in crate::imports) mod batch;
mod routes;
mod signature;

pub use routes::router;
pub use signature::{SignatureHeaders, SignedRequest};
