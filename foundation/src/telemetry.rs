//! Logs and metrics. Personal data never enters a log line; request ids do.

use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// What is logged, and how it is changed.
struct Level {
    text: Mutex<String>,
    filter: reload::Handle<EnvFilter, Registry>,
}

static LEVEL: OnceLock<Level> = OnceLock::new();

/// Starts structured logs: `json` for machines, otherwise one readable line each. Calling it twice does nothing.
pub fn start_logs(level: &str, json: bool) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(true);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() };
    // A second start (tests in one process) keeps the first.
    if tracing_subscriber::registry().with(filter).with(lines).try_init().is_ok() {
        let _first = LEVEL.set(Level { text: Mutex::new(level.to_owned()), filter: handle });
    }
}

/// What is logged now, in the language of `service.log_level`; `off` before logs were started.
pub fn log_level() -> String {
    LEVEL
        .get()
        .map_or_else(|| "off".to_owned(), |level| level.text.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// Changes what is logged until the process ends.
///
/// # Errors
/// A text that names no level; nothing is changed then.
pub fn set_log_level(wanted: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(wanted).context("看不懂这个级别，例如 info,tejian=debug")?;
    let level = LEVEL.get().context("日志还没有启动")?;
    level.filter.reload(filter)?;
    *level.text.lock().unwrap_or_else(PoisonError::into_inner) = wanted.to_owned();
    Ok(())
}

/// The process's metrics in Prometheus text form.
pub fn metrics_handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets(&[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
                .expect("buckets are not empty")
                .install_recorder()
                .expect("no other recorder is installed in this process")
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_changes_at_run_time_and_nonsense_changes_nothing() {
        assert!(set_log_level("debug").is_err(), "before the start there is nothing to change");
        start_logs("warn", false);
        assert!(!tracing::enabled!(tracing::Level::DEBUG));
        set_log_level("debug").unwrap();
        assert!(tracing::enabled!(tracing::Level::DEBUG));
        assert!(set_log_level("tejian=loud=very").is_err());
        assert_eq!(log_level(), "debug");
    }
}
