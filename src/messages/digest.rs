//! One message a day instead of many (B-30): what can wait is only in the inbox, and the next morning one message says how
//! much of it is unread.

use foundation::calendar::{beijing_date, print_date};
use foundation::clock::DAY_MS;
use foundation::jobs::{NewJob, Outcome, enqueue};
use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::inbox;
use super::kinds::MessageKind;
use super::tell;
use super::told::{Audience, Told, moment_text, set};
use super::wording::Values;
use crate::accounts::AccountId;
use crate::app::App;

/// Tells one account how much it has not read.
pub const JOB_DIGEST: &str = "messages.digest";

/// The payload of [`JOB_DIGEST`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Digest {
    /// Whose.
    pub account_id: String,
    /// Makes the message unique: the day of the digest.
    pub on_day: String,
}

/// The next digest of an account will come; once, however many messages wait for it.
pub async fn plan(app: &App, account: &AccountId) -> anyhow::Result<()> {
    let due = Hours::of(&app.config.messages)?.next_digest(app.now_ms());
    let on_day = print_date(beijing_date(due));
    let key = format!("digest:{account}:{on_day}");
    let payload = Digest { account_id: account.to_string(), on_day };
    let transaction = app.database.begin_write().await?;
    enqueue(&*transaction, NewJob::new(JOB_DIGEST, &payload, due).once(key)).await?;
    Ok(transaction.commit().await?)
}

/// Puts the digest into the inbox and on its way, unless everything was read.
pub async fn tell_digest(app: &App, digest: &Digest) -> anyhow::Result<Outcome> {
    let account = AccountId::from_stored(digest.account_id.clone());
    let reader = app.database.reader();
    let unread = inbox::unread_since(reader, &account, app.now_ms() - DAY_MS).await?;
    let Some(latest) = unread.first() else { return Ok(Outcome::Done) };
    let mut values = Values::new();
    set(&mut values, "count", &unread.len().to_string());
    set(&mut values, "title", &latest.title);
    set(&mut values, "time", &moment_text(app.now_ms()));
    let told = Told {
        kind: MessageKind::Digest,
        key: format!("digest:{}", digest.on_day),
        audience: Audience::Account(account),
        values,
    };
    tell::put_told(app, &told).await?;
    app.wake_workers.notify_one();
    Ok(Outcome::Done)
}
