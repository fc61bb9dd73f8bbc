//! Tries to sign in with a login that does not exist are counted and locked as those of a real account are, so that
//! nobody can find out by trying who has an account.

use std::time::Duration;

use foundation::problem::Problem;
use foundation::secret_hash::token_hash;

use crate::accounts::PasswordTry;
use crate::app::App;

/// Failures of a real account are kept until a success; here a month has to do.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// As [`crate::accounts::count_password_try`], in the cache.
pub async fn count_password_try(app: &App, login: &str) -> Result<PasswordTry, Problem> {
    let now = app.now_ms();
    let lock_ms = app.config.login.lock_minutes * 60_000;
    let hash = token_hash(login);
    let (lock_key, count_key) = (format!("login:lock:{hash}"), format!("login:count:{hash}"));
    let locked_until = app.cache.get(&lock_key).await?.and_then(|text| text.parse::<i64>().ok());
    match locked_until {
        Some(until) if until > now => return Ok(PasswordTry::Locked(until)),
        Some(_) => {
            app.cache.remove(&lock_key).await?;
            app.cache.remove(&count_key).await?;
        }
        None => {}
    }
    let failures_max = u64::try_from(app.config.login.failures_max).unwrap_or(1);
    let count = app.cache.count_up(&count_key, KEPT).await?;
    if count > failures_max {
        return Ok(PasswordTry::Locked(now + lock_ms));
    }
    if count == failures_max {
        app.cache.set(&lock_key, &(now + lock_ms).to_string(), KEPT).await?;
    }
    Ok(PasswordTry::Compare(None))
}
