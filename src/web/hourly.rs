//! Counting how often something is done within an hour.

use std::time::Duration;

use foundation::clock::HOUR_MS;
use foundation::problem::Problem;
use foundation::secret_hash::token_hash;

use crate::app::App;

const HOUR: Duration = Duration::from_secs(3_600);

/// Counts one more of `what` by (or for) `whom`; with more than `max` in this hour, the seconds until the next one. `whom`
/// is kept as a hash only.
pub async fn wait_after_hourly(app: &App, what: &str, whom: &str, max: u64) -> Result<Option<u64>, Problem> {
    let now = app.now_ms();
    let key = format!("{what}:{}:{}", token_hash(whom), now.div_euclid(HOUR_MS));
    if app.cache.count_up(&key, HOUR).await? <= max {
        return Ok(None);
    }
    let wait_s = (HOUR_MS - now.rem_euclid(HOUR_MS)) / 1_000 + 1;
    Ok(Some(u64::try_from(wait_s).unwrap_or(1)))
}
