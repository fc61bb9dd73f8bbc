//! Tries with a login that does not exist are counted and locked as those of a real account are, so that nobody can find
//! out by trying who has an account.

use std::time::Duration;

use foundation::problem::Problem;
use foundation::secret_hash::token_hash;

use crate::accounts::PasswordTry;
use crate::app::App;

/// Failures of a real account are kept until a success; here a month has to do.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// As [`crate::accounts::count_password_try`], in the cache.
pub(super) async fn count_password_try(app: &App, login: &str) -> Result<PasswordTry, Problem> {
    let settings = &app.config.login;
    count_unknown_try(app, "login", login, settings.failures_max, settings.lock_minutes * 60_000).await
}

/// Counts a try of one sort (`what`): the one that reaches `tries_max` locks for `lock_ms`, after which it begins anew. A
/// login is the same in small letters and in capitals.
pub async fn count_unknown_try(
    app: &App,
    what: &str,
    login: &str,
    tries_max: i64,
    lock_ms: i64,
) -> Result<PasswordTry, Problem> {
    let now = app.now_ms();
    let hash = token_hash(&login.to_ascii_lowercase());
    let (lock_key, count_key) = (format!("{what}:lock:{hash}"), format!("{what}:count:{hash}"));
    let locked_until = app.cache.get(&lock_key).await?.and_then(|text| text.parse::<i64>().ok());
    match locked_until {
        Some(until) if until > now => return Ok(PasswordTry::Locked(until)),
        Some(_) => {
            app.cache.remove(&lock_key).await?;
            app.cache.remove(&count_key).await?;
        }
        None => {}
    }
    let tries_max = u64::try_from(tries_max).unwrap_or(1);
    let count = app.cache.count_up(&count_key, KEPT).await?;
    if count > tries_max {
        return Ok(PasswordTry::Locked(now + lock_ms));
    }
    if count == tries_max {
        app.cache.set(&lock_key, &(now + lock_ms).to_string(), KEPT).await?;
    }
    Ok(PasswordTry::Compare(None))
}
