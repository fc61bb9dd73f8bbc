//! How often one address, or everybody for one number, may do something within an hour.

use std::time::Duration;

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::secret_hash::token_hash;
use serde_json::json;

use crate::app::App;

const HOUR: Duration = Duration::from_secs(3_600);
const HOUR_MS: i64 = 3_600_000;

/// Counts one more of `what` by (or for) `whom`; refused (429) when there were `max` already in this hour.
pub(super) async fn demand_few(app: &App, what: &str, whom: &str, max: u64) -> Result<(), Problem> {
    let now = app.now_ms();
    let key = format!("guest:{what}:{}:{}", token_hash(whom), now.div_euclid(HOUR_MS));
    if app.cache.count_up(&key, HOUR).await? <= max {
        return Ok(());
    }
    let retry_after_s = (HOUR_MS - now.rem_euclid(HOUR_MS)) / 1_000 + 1;
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "guest_too_often", "操作得太频繁，这次没有办理，没有扣款")
        .advice("请稍后再试；缴款单位登录后可以直接付款")
        .details(json!({ "retry_after_s": retry_after_s }))
        .retry_after_s(u64::try_from(retry_after_s).unwrap_or(1)))
}
