//! Waiting for what jobs bring about, while the workers of the demonstration are at work.

use std::time::Duration;

use crate::app::App;

/// What `look` finds, as soon as it finds something; it looks again whenever jobs have run. Nothing when `patience` is over.
///
/// # Errors
/// When looking fails.
pub async fn until_found<T>(
    app: &App,
    patience: Duration,
    look: impl AsyncFn() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    let search = async {
        loop {
            let ran = app.jobs_ran.notified();
            tokio::pin!(ran);
            // Listens before it looks: what happens in between is not missed.
            ran.as_mut().enable();
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            ran.await;
        }
    };
    tokio::time::timeout(patience, search).await.unwrap_or(Ok(None))
}
