//! Answers that break off after their beginning was sent: the access log has called them good by then, and whoever asked sees
//! half a file.

use std::fmt::Display;

use bytes::Bytes;
use futures_util::stream::{Stream, TryStreamExt};
use tracing::Span;

/// The pieces of an answer. If they break off, that is told in the log under the id of the request, and counted.
pub fn telling_breaks<E: Display>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
) -> impl Stream<Item = Result<Bytes, E>> {
    let request = Span::current();
    pieces.inspect_err(move |error| {
        metrics::counter!("tejian_answers_broken_total").increment(1);
        tracing::error!(parent: &request, error = %format!("{error:#}"), "an answer broke off");
    })
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn what_breaks_off_is_counted_and_still_breaks_off() {
        let recorded = foundation::telemetry::metrics_handle();
        let pieces = [Ok(Bytes::from_static(b"half")), Err("the store is gone")];
        let read: Result<Vec<Bytes>, _> = telling_breaks(stream::iter(pieces)).try_collect().await;
        assert_eq!(read, Err("the store is gone"));
        assert!(recorded.render().contains("tejian_answers_broken_total 1"), "{}", recorded.render());
    }
}
