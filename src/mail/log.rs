//! Writes mails into the log: for trying out without a mail server.

use async_trait::async_trait;

use super::{Mail, MailSender, NotSent};

pub(super) struct LogMail;

#[async_trait]
impl MailSender for LogMail {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let files: Vec<&str> = mail.attachments.iter().map(|file| file.file_name.as_str()).collect();
        let to = foundation::text::mask_email(&mail.to);
        // Loud, because nobody gets anything: whoever tries it out looks for it here.
        tracing::warn!(to, subject = mail.subject, ?files, "邮件只写入日志，没有真的发出（mail.provider = log）");
        Ok(())
    }
}
