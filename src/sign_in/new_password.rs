//! A new password for an account, whoever chose it: other sign-ins end, and the owner is told (B-04).

use foundation::clock::HOUR_MS;
use foundation::problem::Problem;
use rand::Rng;
use sea_orm::ConnectionTrait;

use crate::accounts::{self, AccountId, Session};
use crate::app::App;
use crate::happenings::{PersonEvent, publish_person};

/// Letters and digits that are not mistaken for each other, read out over a desk or a telephone.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
const DIGITS: &[u8] = b"23456789";

/// A first password that somebody tells the owner of an account.
pub fn first_password() -> String {
    let mut rng = rand::rng();
    let mut pick = |from: &[u8]| char::from(from[rng.random_range(0..from.len())]);
    let letters: String = (0..5).map(|_| pick(LETTERS)).collect();
    let digits: String = (0..5).map(|_| pick(DIGITS)).collect();
    letters + &digits
}

/// Until when a first password made now is good, epoch milliseconds (`login.temporary_password_hours`).
pub fn first_password_expires_at(app: &App) -> i64 {
    app.now_ms() + app.config.login.temporary_password_hours * HOUR_MS
}

/// Keeps the hash of a password that the owner chose. Everything but `keep` is signed out.
pub async fn change_password<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    account: &AccountId,
    hash: &str,
    keep: Option<&Session>,
) -> Result<(), Problem> {
    accounts::set_password_hash(connection, account, hash, app.now_ms()).await?;
    end_others_and_tell(app, connection, account, keep).await
}

/// Keeps the hash of a first password that somebody else made. Everything is signed out.
pub async fn give_first_password<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    account: &AccountId,
    hash: &str,
) -> Result<(), Problem> {
    let expires_at = first_password_expires_at(app);
    accounts::set_temporary_password(connection, account, hash, expires_at, app.now_ms()).await?;
    end_others_and_tell(app, connection, account, None).await
}

async fn end_others_and_tell<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    account: &AccountId,
    keep: Option<&Session>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    accounts::sign_out_everywhere(connection, account, keep, now).await?;
    let event = PersonEvent::PasswordChanged { account_id: account.to_string(), at: now };
    publish_person(connection, event, now).await?;
    Ok(())
}
