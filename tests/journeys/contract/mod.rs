//! Tests made from `/openapi.json` itself: a route that is added is tested without anybody thinking of it.

mod bad_values;
mod document;
mod limits;
mod named;
pub mod operations;
mod strangers;
mod town;
