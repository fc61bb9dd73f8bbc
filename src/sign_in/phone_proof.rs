//! Who has just shown that he holds the phone may set a new password without knowing the old one.

use std::time::Duration;

use foundation::problem::Problem;

use crate::accounts::SessionId;
use crate::app::App;

const TTL_MS: i64 = 1_800_000;
const TTL: Duration = Duration::from_secs(1_800);

/// Remembers that this session began with a code sent to the phone.
pub async fn keep(app: &App, session: &SessionId) -> Result<(), Problem> {
    Ok(app.cache.set(&key(session), &app.now_ms().to_string(), TTL).await?)
}

/// Whether this session began so, within the last half hour.
pub async fn is_fresh(app: &App, session: &SessionId) -> Result<bool, Problem> {
    let proved_at = app.cache.get(&key(session)).await?.and_then(|text| text.parse::<i64>().ok());
    Ok(proved_at.is_some_and(|proved_at| app.now_ms() - proved_at < TTL_MS))
}

fn key(session: &SessionId) -> String {
    format!("login:phone-proved:{session}")
}
