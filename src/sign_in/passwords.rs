//! Passwords: Argon2id, never in a log, never on the threads that answer requests.

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier, Version};
use foundation::config::Config;
use foundation::problem::Problem;
use tokio::sync::Semaphore;

/// So many passwords are worked on at once; each costs `login.argon2_memory_kib` of memory.
static WORKING: Semaphore = Semaphore::const_new(4);

const CHARACTERS_MIN: usize = 8;
const CHARACTERS_MAX: usize = 64;

/// The Argon2id text of a password, with the cost of `[login]`.
pub async fn hash_password(config: &Config, password: &str) -> Result<String, Problem> {
    let argon2 = argon2(config)?;
    #[cfg(test)]
    work::note(argon2.params(), password);
    let password = password.to_owned();
    off_the_request_threads(move || {
        argon2.hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string()).map_err(Problem::internal)
    })
    .await
}

/// Whether the password belongs to the hash. Without a hash the same work is done, so that the time of the answer does
/// not tell whether the account exists.
pub async fn verify(config: &Config, password: &str, hash: Option<String>) -> Result<bool, Problem> {
    let Some(hash) = hash else {
        hash_password(config, password).await?;
        return Ok(false);
    };
    let argon2 = argon2(config)?;
    #[cfg(test)]
    work::note_of(&hash, password);
    let password = password.to_owned();
    off_the_request_threads(move || match argon2.verify_password(password.as_bytes(), hash.as_str()) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(Problem::internal(error)),
    })
    .await
}

/// What a new password must be; the answer names what is missing.
pub fn check_new_password(password: &str) -> Result<(), Problem> {
    let characters = password.chars().count();
    let complaint = if characters < CHARACTERS_MIN {
        "密码至少 8 位"
    } else if characters > CHARACTERS_MAX {
        "密码最多 64 位"
    } else if !password.chars().any(char::is_alphabetic) || !password.chars().any(|one| one.is_ascii_digit()) {
        "密码要同时有字母和数字"
    } else {
        return Ok(());
    };
    Err(Problem::unacceptable("password_too_weak", "新密码不符合要求，没有修改")
        .field("new_password", complaint)
        .advice(format!("{complaint}，请换一个密码")))
}

fn argon2(config: &Config) -> Result<Argon2<'static>, Problem> {
    let params = Params::new(config.login.argon2_memory_kib, config.login.argon2_passes, 1, None)
        .map_err(|error| Problem::internal(format!("login.argon2_*: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn off_the_request_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let _place = WORKING.acquire().await.map_err(Problem::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?
}

/// The work that passwords cost, counted for tests: what takes as long is told by what is done, not by a clock.
#[cfg(test)]
pub mod work {
    use std::cell::RefCell;

    use argon2::Params;
    use argon2::password_hash::phc::PasswordHash;

    thread_local! {
        static DONE: RefCell<Vec<(u32, u32, usize)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(params: &Params, password: &str) {
        DONE.with_borrow_mut(|done| done.push((params.m_cost(), params.t_cost(), password.len())));
    }

    /// What a hash costs is written in itself.
    pub(super) fn note_of(hash: &str, password: &str) {
        let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
        note(&params.expect("a hash of ours"), password);
    }

    /// Memory in KiB, passes and length of every password that was worked on since the last call on this thread.
    pub fn since_last_look() -> Vec<(u32, u32, usize)> {
        DONE.take()
    }
}
