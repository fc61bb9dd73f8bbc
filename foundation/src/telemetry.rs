//! Logs, traces and metrics. Personal data never enters a log line or a span; request ids do.

mod traces;

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::config::{ServiceConfig, TracesConfig};
pub use traces::{Traces, follow, position};

/// How often durations are sorted into their buckets.
const SORTED_EVERY: Duration = Duration::from_secs(5);
/// Buckets of durations, seconds.
const DURATIONS_S: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Buckets of ages of what was dated by somebody else's clock, seconds: below nothing, our own clock is behind.
const AGES_S: [f64; 14] = [-120.0, -60.0, -30.0, -10.0, -2.0, 0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 240.0];

/// What sends spans.
type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;
/// Spans go out below the log, so that its level does not touch them.
type Traced = Layered<Option<TraceLayer>, Registry>;

/// What is logged, and how it is changed.
struct Level {
    text: Mutex<String>,
    filter: reload::Handle<EnvFilter, Traced>,
}

static LEVEL: OnceLock<Level> = OnceLock::new();

/// Starts structured logs: `json` for machines, otherwise one readable line each. Calling it twice does nothing.
pub fn start_logs(level: &str, json: bool) {
    start_layers(level, json, None);
}

/// Starts logs and, where a collector is set, traces. Keep what it returns until the process ends: the last traces are sent
/// when it is dropped.
///
/// # Errors
/// When `traces.endpoint` is no address.
pub fn start(service: &ServiceConfig, traces: &TracesConfig) -> anyhow::Result<Traces> {
    let (layer, traces) = traces::layer(traces)?.unzip();
    start_layers(&service.log_level, service.log_json, layer.map(Layer::boxed));
    Ok(traces.unwrap_or_default())
}

fn start_layers(level: &str, json: bool, traces: Option<TraceLayer>) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let lines = lines(json, std::io::stderr);
    // The level is of the log alone: quiet logs make no holes in traces. A second start (tests in one process) keeps the
    // first.
    if tracing_subscriber::registry().with(traces).with(lines.with_filter(filter)).try_init().is_ok() {
        let _first = LEVEL.set(Level { text: Mutex::new(level.to_owned()), filter: handle });
    }
}

/// Writes every event as one line.
fn lines<S, W>(json: bool, to: impl Fn() -> W + Send + Sync + 'static) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    W: Write + 'static,
{
    // Colours are control characters, too.
    let lines = fmt::layer().with_ansi(false).with_writer(move || OneLine(to())).with_target(true);
    if json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() }
}

/// A line of the log as it may be written: whatever text of a stranger stands in it, it is one line, and moves no cursor
/// of a terminal. Control characters come out as `\n` or `\u{1b}`; bytes that are no text are replaced.
pub fn one_line(line: &[u8]) -> Cow<'_, [u8]> {
    if !String::from_utf8_lossy(line).contains(char::is_control) {
        return Cow::Borrowed(line);
    }
    let mut tamed = String::with_capacity(line.len() + 16);
    for character in String::from_utf8_lossy(line).chars() {
        if character.is_control() {
            tamed.extend(character.escape_default());
        } else {
            tamed.push(character);
        }
    }
    Cow::Owned(tamed.into_bytes())
}

/// Takes an event with the line end behind it, as the formatter hands it over: in one piece.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = event.strip_suffix(b"\n").unwrap_or(event);
        let mut whole = one_line(line).into_owned();
        whole.extend_from_slice(&event[line.len()..]);
        self.0.write_all(&whole)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
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
            let handle = measuring().install_recorder().expect("no other recorder is installed in this process");
            keep_small(handle.clone());
            handle
        })
        .clone()
}

/// A recorder that measures as the process does and is nobody's but the caller's, for tests that count:
/// `metrics::set_default_local_recorder(&recorder)`.
pub fn recorder() -> PrometheusRecorder {
    measuring().build_recorder()
}

fn measuring() -> PrometheusBuilder {
    PrometheusBuilder::new()
        .set_buckets(&DURATIONS_S)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_age_seconds".to_owned()), &AGES_S))
        .expect("buckets are not empty")
}

/// Sorts durations into their buckets every few seconds. Otherwise every single one is kept until somebody asks for the
/// metrics, and the memory of a node that nobody asks grows with every request.
fn keep_small(handle: PrometheusHandle) {
    let sort = move || {
        loop {
            std::thread::sleep(SORTED_EVERY);
            handle.run_upkeep();
        }
    };
    if let Err(error) = std::thread::Builder::new().name("metrics".to_owned()).spawn(sort) {
        tracing::error!(%error, "durations are only sorted when the metrics are asked for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Kept(std::sync::Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn whatever_a_stranger_writes_an_event_stays_one_line_of_the_log() {
        let forged = "x\n2026-08-03T02:00:00Z  INFO money: paid order=ord_1 \r\u{1b}[2J\u{9b}2J\u{7}\u{2028}";
        for json in [false, true] {
            let kept = Kept::default();
            let sink = kept.clone();
            let subscriber = tracing_subscriber::registry().with(lines(json, move || sink.clone()));
            tracing::subscriber::with_default(subscriber, || {
                let span = tracing::info_span!("request", route = %forged, method = ?forged);
                let _entered = span.enter();
                tracing::info!(name = %forged, other = ?forged, "said {forged}");
                tracing::warn!("{forged}");
            });
            let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
            assert_eq!(written.lines().count(), 2, "{written}");
            assert!(written.ends_with('\n') && !written.trim_end().replace('\n', "").contains(char::is_control));
            assert!(!written.contains("\n2026-08-03T02:00:00Z"), "no line of a stranger's making: {written}");
        }
    }

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
