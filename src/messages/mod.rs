//! To people: every business event becomes one inbox message per person concerned, and is sent on through the first
//! channel of its kind that works (service-account template, mini-program subscription, text message; B-28).
//!
//! A new kind of message: a line in `kinds.rs`, a section in `config/messages.toml` (who of a unit, which channels, texts),
//! the longest values of new `{names}` in `longest.rs`, and an arm in `told/mod.rs` that says whom it concerns
//! ([`told::Audience`]) and fills the names.
//!
//! Pace: what can wait keeps to the quiet hours and takes its turn (`pace.rs`); a reader may switch kinds off or have one
//! message a day (`preferences.rs`, `digest.rs`); what WeChat says it could not deliver goes on to the next channel; what
//! is given up waits for a person (`desk.rs`), who sends it again (`monitor.rs`) or says that it is settled (`settling.rs`).
//!
//! Rules: the same event tells the same account once; the inbox has everything, whatever WeChat says; a link leads to
//! the very page (three taps from a message to paid, B-05); texts stand in `config/messages.toml` and are checked at
//! the start against WeChat's field limits; a consent is counted and used once.

mod channels;
mod deliver;
mod deliveries;
mod desk;
mod digest;
mod entity;
mod grants;
mod hours;
mod inbox;
mod kinds;
mod kinds_page;
mod longest;
mod monitor;
mod pace;
pub mod pattern;
mod preferences;
mod routes;
mod settling;
mod tell;
mod told;
mod wording;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, Outcome};

pub use channels::Channel;
pub use deliver::JOB_DELIVER;
pub use deliveries::close;
pub use desk::{DeadMessageDesk, dead_count};
pub use grants::{Consent, add as add_consent, clear as clear_consents};
pub use hours::Hours;
pub use inbox::{Message, forget_inbox, latest_unread, page as inbox_page, seal_stale, unread_count};
pub use kinds::MessageKind;
pub use monitor::{Figures, MessageSearch, StaffMessage, figures, message_page, staff_router};
pub use routes::router;
pub use told::Audience;
pub use wording::{Template, Wording};

use crate::app::App;

/// Tells the people concerned of a [`crate::happenings::Happening`].
pub const JOB_TELL: &str = "messages.tell";

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_TELL, Arc::new(Tell(app.clone())));
    handlers.add(JOB_DELIVER, Arc::new(DeliverOne(app.clone())));
    handlers.add(digest::JOB_DIGEST, Arc::new(TellDigest(app.clone())));
}

struct Tell(Arc<App>);

#[async_trait]
impl Handler for Tell {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        tell::tell(&self.0, &serde_json::from_str(payload)?).await
    }
}

struct TellDigest(Arc<App>);

#[async_trait]
impl Handler for TellDigest {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        digest::tell_digest(&self.0, &serde_json::from_str(payload)?).await
    }
}

struct DeliverOne(Arc<App>);

#[async_trait]
impl Handler for DeliverOne {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        deliver::deliver(&self.0, &serde_json::from_str(payload)?).await
    }
}
