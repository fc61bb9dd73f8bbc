//! Sending one receipt: with its files, again for a day when the mail server is in trouble.

use async_trait::async_trait;
use foundation::calendar::{beijing_date, print_date};
use foundation::jobs::{Handler, Outcome};
use foundation::text::mask_email;

use super::mails::{self, MailJob, MailRow};
use super::model::{Invoice, InvoiceId, InvoiceState};
use super::store;
use crate::app::{App, SharedApp};
use crate::mail::{Attachment, Mail, NotSent};
use crate::orders::{self, Actor, TimelineKind};

/// Pauses after a try that came to nothing, minutes: about a day in all.
const PAUSES_MINUTES: [i64; 7] = [1, 5, 15, 60, 180, 360, 720];

/// Handler of [`mails::JOB_MAIL`].
pub(super) struct MailReceipt(pub(super) SharedApp);

#[async_trait]
impl Handler for MailReceipt {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: MailJob = serde_json::from_str(payload)?;
        let app = &self.0;
        let reader = app.database.reader();
        let Some(row) = mails::find(reader, &job.mail_id).await? else { return Ok(Outcome::Done) };
        if row.state != mails::MailState::Waiting.as_str() {
            return Ok(Outcome::Done);
        }
        let invoice = store::find(reader, &InvoiceId::from_stored(row.invoice_id.clone())).await?;
        let same = |invoice: &Invoice| invoice.state == InvoiceState::Issued && invoice.issue_round == row.issue_round;
        let Some(invoice) = invoice.filter(same) else {
            return end(app, &row, Some("票据已红冲或换开，没有发送")).await;
        };
        let mail = compose(app, &row, &invoice).await?;
        match app.mail.send(&mail).await {
            Ok(()) => end(app, &row, None).await,
            Err(NotSent::Refused(reason)) => end(app, &row, Some(&reason)).await,
            Err(NotSent::Trouble(error)) => {
                tracing::warn!(mail = row.id, error = %format!("{error:#}"), "a receipt could not be mailed yet");
                match PAUSES_MINUTES.get(usize::try_from(row.tries)?) {
                    None => end(app, &row, Some("邮件服务器一直没有响应，请稍后重新发送或下载票据")).await,
                    Some(minutes) => {
                        let transaction = app.database.begin_write().await?;
                        mails::count_try(&*transaction, &row, app.now_ms()).await?;
                        transaction.commit().await?;
                        Ok(Outcome::AgainAt(app.now_ms() + minutes * 60_000))
                    }
                }
            }
        }
    }
}

async fn compose(app: &App, row: &MailRow, invoice: &Invoice) -> anyhow::Result<Mail> {
    let order = orders::facts(app.database.reader(), &row.order_id).await?;
    let order = order.ok_or_else(|| anyhow::anyhow!("receipt {} without an order", invoice.id))?;
    let base = format!("{}_{}", invoice.kind.text(), order.order_no);
    let mut attachments = Vec::new();
    for (key, extension, media_type) in
        [(&invoice.file_key, "pdf", "application/pdf"), (&invoice.ofd_key, "ofd", "application/ofd")]
    {
        let Some(key) = key else { continue };
        let content = app.files.get(key).await?;
        attachments.push(Attachment { file_name: format!("{base}.{extension}"), media_type, content });
    }
    let service = &app.config.service;
    let text = format!(
        "您好：\n\n附件是{}的{}。\n\n抬头：{}\n金额：{} 元\n票据号码：{}\n开票日期：{}\n缴款订单：{}\n\n\
         如有疑问，请致电 {}（{}）。\n\n{}\n（本邮件由系统发送，请勿回复）\n",
        order.unit_name,
        invoice.kind.text(),
        invoice.title.name,
        invoice.amount,
        invoice.invoice_number.as_deref().unwrap_or("—"),
        invoice.issued_at.map(|at| print_date(beijing_date(at))).unwrap_or_default(),
        order.order_no,
        service.service_phone,
        service.service_hours,
        service.institute_name,
    );
    Ok(Mail {
        to: row.address.clone().into(),
        subject: format!("{} {} 元（{}）", invoice.kind.text(), invoice.amount, service.institute_name),
        text,
        number: row.id.replace('_', ""),
        attachments,
    })
}

async fn end(app: &App, row: &MailRow, failure: Option<&str>) -> anyhow::Result<Outcome> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    if mails::end(&*transaction, &row.id, failure, now).await? {
        let outcome = if failure.is_none() { "sent" } else { "failed" };
        metrics::counter!("tejian_receipt_mails_total", "outcome" => outcome).increment(1);
        if failure.is_none() {
            let detail = Some(mask_email(&row.address));
            orders::record(&*transaction, &row.order_id, TimelineKind::InvoiceMailed, &Actor::System, detail, now)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(Outcome::Done)
}
