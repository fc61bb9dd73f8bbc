//! Clients and cryptography for WeChat: Pay v3 ([`pay`]), service account ([`mp`]), mini-program ([`mini`]).
//!
//! The crate knows nothing of what is paid for. Base addresses, clock and token store are given by the caller, so
//! that the same code talks to WeChat and to a stand-in. [`crypto`] is pure and serves both sides of a conversation.
//!
//! Money is `i64` fen; a fraction where fen are expected is an error. Instants are `time::OffsetDateTime` or unix
//! seconds, never local time. Errors never contain secrets or URLs (an access token travels in the query).

#![warn(missing_docs)]

pub mod api;
pub mod clock;
pub mod config;
pub mod crypto;
mod http;
pub mod mini;
pub mod mp;
pub mod pay;
pub mod random;
pub mod token;
pub mod uscc;
