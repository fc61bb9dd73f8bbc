//! What every capability stands on: money, ids, clock, calendar, configuration, database, cache, files, jobs,
//! problems told to people, telemetry. This crate names no capability of the product.

pub mod addresses;
pub mod batches;
pub mod cache;
pub mod calendar;
pub mod clock;
pub mod complaints;
pub mod config;
pub mod database;
pub mod files;
pub mod ids;
pub mod jobs;
pub mod money;
pub mod outage;
pub mod paging;
pub mod problem;
pub mod reader;
mod replica;
pub mod scratch;
pub mod sealed;
pub mod search;
pub mod secret_hash;
pub mod signed_token;
pub mod telemetry;
pub mod text;
mod upgrade;
pub mod vault;
