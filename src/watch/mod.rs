//! What the operator sees: whether the process lives and can serve, and figures of the business that an alarm can be set
//! on (`deploy/prometheus/alerts.yml`, `deploy/grafana/tejian.json`).
//!
//! Rates, errors and durations of requests are counted where requests pass ([`crate::web`]); what can only be seen in the
//! database (work that waits, money whose fate is unknown, differences) is looked up when somebody asks for the figures,
//! at most once in a while, however many ask.

mod certificates;
mod counters;
mod figures;
mod health;
mod log_level;
mod routes;

pub use counters::begin as begin_counters;
pub use figures::LastLooks;
pub use health::{LastReadiness, Readiness, readiness};
pub use routes::{router, serve_operators};
