//! Mails through a server of the institute.

use std::time::Duration;

use anyhow::{Context, bail};
use async_trait::async_trait;
use foundation::config::MailConfig;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Mail, MailSender, NotSent};

/// A receipt is some hundred kilobytes; a server that takes longer is in trouble.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMail {
    pub(super) fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let from: Mailbox = config.from.parse().context("mail.from 不是邮箱地址")?;
        let host = config.host.as_str();
        let builder = match config.security.as_str() {
            "tls" => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            "starttls" => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            "none" => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
            other => bail!("mail.security 应为 tls、starttls 或 none，而不是 {other}"),
        };
        let mut builder = builder.context("mail.host 不是邮件服务器")?.port(config.port).timeout(Some(TIMEOUT));
        if !config.user.is_empty() {
            // The server asks for it.
            let password = config.password.expose().to_owned();
            builder = builder.credentials(Credentials::new(config.user.clone(), password));
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn message(&self, mail: &Mail) -> Result<Message, NotSent> {
        let to: Address = mail.to.parse().map_err(|_| NotSent::Refused("邮箱地址不对".to_owned()))?;
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(mail.text.clone()));
        for file in &mail.attachments {
            let kind = ContentType::parse(file.media_type).map_err(anyhow::Error::new)?;
            parts = parts.singlepart(Attachment::new(file.file_name.clone()).body(file.content.to_vec(), kind));
        }
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}@{}>", mail.number, self.from.email.domain())))
            .multipart(parts);
        Ok(message.map_err(anyhow::Error::new)?)
    }
}

#[async_trait]
impl MailSender for SmtpMail {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let message = self.message(mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                tracing::info!(%error, "the mail server refuses a mail");
                Err(NotSent::Refused("邮件服务器拒收，请核对邮箱地址".to_owned()))
            }
            Err(error) => Err(NotSent::Trouble(anyhow::Error::new(error))),
        }
    }
}
