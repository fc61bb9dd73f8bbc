//! Headers of strangers, for tests that throw bytes at them (`crate::doors`).

use axum::http::HeaderMap;

use super::client_address::ClientAddress;

/// The address that limits count, behind a proxy of ours.
pub fn address_of(headers: &HeaderMap) -> String {
    ClientAddress::of(headers, None, true).0
}
