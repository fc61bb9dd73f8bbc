//! How large the measurement is, from the environment.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;

/// Sizes of one measurement.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `TEJIAN_BENCH_ROWS`: reports with a payable fee, spread over one unit per 50.
    pub rows: i64,
    /// `TEJIAN_BENCH_SECONDS`: how long each single figure is measured, per round.
    pub duration: Duration,
    /// `TEJIAN_BENCH_ROUNDS`: how often everything is repeated, interleaved; medians are shown.
    pub rounds: usize,
    /// `TEJIAN_BENCH_GROWTH`: numbers of reports, each in a database of its own, that list and search are measured on
    /// beside `rows`.
    pub growth: Vec<i64>,
    /// `TEJIAN_BENCH_DOCUMENTS`: the folder whose `benchmarks.md` is given the tables, and `benchmarks.svg` the chart.
    pub documents: Option<PathBuf>,
    databases: String,
    parts: String,
}

impl Settings {
    /// Reads the variables; what is not set has its default.
    pub fn from_environment() -> anyhow::Result<Self> {
        let seconds: f64 = number("TEJIAN_BENCH_SECONDS", "3")?;
        anyhow::ensure!(seconds > 0.0 && seconds < 3_600.0, "TEJIAN_BENCH_SECONDS should be between 0 and 3600");
        Ok(Self {
            rows: number("TEJIAN_BENCH_ROWS", "1000000")?,
            duration: Duration::from_secs_f64(seconds),
            rounds: number("TEJIAN_BENCH_ROUNDS", "3")?,
            growth: growth()?,
            documents: std::env::var_os("TEJIAN_BENCH_DOCUMENTS").filter(|name| !name.is_empty()).map(PathBuf::from),
            databases: std::env::var("TEJIAN_BENCH_DATABASES").unwrap_or_default(),
            parts: std::env::var("TEJIAN_BENCH_PARTS").unwrap_or_default(),
        })
    }

    /// Units over which the rows are spread.
    pub fn units(&self) -> i64 {
        (self.rows / 50).max(2)
    }

    /// The same measurement of another size.
    pub fn with_rows(&self, rows: i64) -> Self {
        Self { rows, ..self.clone() }
    }

    /// Whether `sqlite` or `postgres` is wanted: `TEJIAN_BENCH_DATABASES`, separated by commas; empty = both.
    pub fn wants(&self, database: &str) -> bool {
        names(&self.databases, database)
    }

    /// Whether `lists`, `callbacks`, `checkout`, `pushes`, `downloads`, `imports`, `outbox`, `nodes` or `growth` is wanted:
    /// `TEJIAN_BENCH_PARTS`, separated by commas; empty = all.
    pub fn wants_part(&self, part: &str) -> bool {
        names(&self.parts, part)
    }
}

fn growth() -> anyhow::Result<Vec<i64>> {
    let text = std::env::var("TEJIAN_BENCH_GROWTH").unwrap_or_else(|_| "10_000, 100_000".to_owned());
    let numbers = text.split(',').map(|number| number.trim().replace('_', "")).filter(|number| !number.is_empty());
    numbers.map(|number| number.parse().context("TEJIAN_BENCH_GROWTH should be numbers")).collect()
}

fn names(list: &str, name: &str) -> bool {
    list.is_empty() || list.split(',').any(|listed| listed.trim() == name)
}

fn number<T: std::str::FromStr>(name: &str, default: &str) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = std::env::var(name).unwrap_or_else(|_| default.to_owned());
    text.replace('_', "").parse().with_context(|| format!("{name} should be a number, not {text}"))
}
