//! Tests made from `/openapi.json` itself: a route that is added is tested without anybody thinking of it.

mod bad_values;
mod careful;
mod document;
mod limits;
mod named;
pub mod operations;
mod rooms;
mod secrets;
mod strangers;
mod town;
