//! E-mail behind one interface: the log while trying out, a server of the institute by SMTP in production. Nothing here
//! knows what is sent; whoever sends keeps his own row and repeats by a job.

mod log;
mod smtp;

use std::sync::Arc;

use anyhow::bail;
use async_trait::async_trait;
use bytes::Bytes;
use foundation::config::MailConfig;

/// A mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// One address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same for every repeat of one mail, so that a mailbox can tell a repeat: letters and digits.
    pub number: String,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What it is called.
    pub file_name: String,
    /// What it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: Bytes,
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It never will: the address or the content is refused. The sentence is for people.
    #[error("{0}")]
    Refused(String),
    /// Not now; worth repeating.
    #[error(transparent)]
    Trouble(#[from] anyhow::Error),
}

/// Sends mails.
#[async_trait]
pub trait MailSender: Send + Sync {
    /// Whether mails can be sent at all.
    fn is_set_up(&self) -> bool {
        true
    }

    /// Hands one mail over.
    async fn send(&self, mail: &Mail) -> Result<(), NotSent>;
}

/// The sender that the configuration names: `mail.provider = "none"`, `"log"` or `"smtp"`.
pub fn mail_sender(config: &MailConfig) -> anyhow::Result<Arc<dyn MailSender>> {
    match config.provider.as_str() {
        "none" => Ok(Arc::new(NoMail)),
        "log" => Ok(Arc::new(log::LogMail)),
        "smtp" => Ok(Arc::new(smtp::SmtpMail::new(config)?)),
        other => bail!("mail.provider 应为 none、log 或 smtp，而不是 {other}"),
    }
}

/// Nothing is set up.
struct NoMail;

#[async_trait]
impl MailSender for NoMail {
    fn is_set_up(&self) -> bool {
        false
    }

    async fn send(&self, _mail: &Mail) -> Result<(), NotSent> {
        Err(NotSent::Refused("机构还没有开通邮件发送".to_owned()))
    }
}
