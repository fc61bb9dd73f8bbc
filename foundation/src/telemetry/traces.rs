//! Traces (OpenTelemetry): the spans of a request, of the jobs it caused and of their calls to WeChat under one trace id,
//! sent to a collector by OTLP over HTTP. Off unless `traces.endpoint` is set.
//!
//! A span carries the template of a route or path, never its values, and no line of the log, in which there are numbers of
//! orders and causes of failures; a job carries the position of whatever wrote it
//! ([`position`]) in its row, so that the trace goes on in another process, hours later.

use anyhow::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::config::TracesConfig;

/// Whose spans are sent: ours. Libraries say their own things to the log.
const TARGETS: [&str; 4] = ["tejian", "foundation", "wechat", "simulator"];

/// Keeps the exporter; whatever waits is sent when this is dropped.
#[derive(Debug, Default)]
pub struct Traces(Option<SdkTracerProvider>);

impl Drop for Traces {
    fn drop(&mut self) {
        let Some(provider) = self.0.take() else { return };
        // The exporter's own thread sends; waiting for it must not hold up a thread of the runtime for long.
        if let Err(error) = provider.shutdown_with_timeout(std::time::Duration::from_secs(3)) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// What makes spans out of ours, and what sends them; nothing while `traces.endpoint` is empty.
///
/// # Errors
/// An address that is none.
pub(super) fn layer<S>(config: &TracesConfig) -> anyhow::Result<Option<(impl Layer<S> + use<S>, Traces)>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    if config.endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpJson)
        .with_endpoint(format!("{}/v1/traces", config.endpoint.trim_end_matches('/')))
        .build()
        .context("traces.endpoint 不对")?;
    // A trace that was begun is followed to its end wherever it goes on.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(f64::from(config.per_thousand) / 1_000.0)));
    let node = std::env::var("HOSTNAME").unwrap_or_default();
    let resource = Resource::builder()
        .with_service_name(config.service_name.clone())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("service.instance.id", node))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build();
    global::set_tracer_provider(provider.clone());
    // What is logged within a span would go out with it.
    let filter = Targets::new()
        .with_targets(TARGETS.map(|target| (target, Level::INFO)))
        .and(filter_fn(|metadata| metadata.is_span()));
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tejian")).with_filter(filter);
    Ok(Some((layer, Traces(Some(provider)))))
}

/// Where the current span is, in the form of W3C's `traceparent`; nothing when nobody traces.
pub fn position() -> Option<String> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

/// Makes `span` go on where `position` says; an odd text is passed over.
pub fn follow(span: &Span, position: &str) {
    let Some(parent) = parsed(position) else { return };
    let context = opentelemetry::Context::new().with_remote_span_context(parent);
    // Nobody traces in this process: then there is nothing to follow.
    let _untraced = span.set_parent(context);
}

fn parsed(position: &str) -> Option<SpanContext> {
    let mut parts = position.split('-');
    let (Some("00"), Some(trace), Some(span), Some(flags), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let found = SpanContext::new(trace, span, flags, true, TraceState::default());
    found.is_valid().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_back_and_nonsense_is_none() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let found = parsed(text).expect("W3C's own example");
        assert_eq!(found.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(found.is_sampled() && found.is_remote());
        for odd in ["", "00", "00-0-0-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "ff-a-b-c-d"] {
            assert!(parsed(odd).is_none(), "{odd}");
        }
        assert_eq!(position(), None, "nobody traces here");
    }
}
