//! Takes a message from the inbox to the phone through the first channel that works: template message of the service
//! account (followers), subscription message of the mini-program (while a consent is left), else the inbox only.

use foundation::calendar::{beijing_date, start_of_beijing_day_ms};
use foundation::jobs::Outcome;
use serde::{Deserialize, Serialize};
use wechat::api::ApiError;
use wechat::mini::EnvironmentVersion;
use wechat::mp::{SubscribeMessage, TemplateMessage};

use super::deliveries::{self, Channel, State, Way};
use super::entity::messages;
use super::grants::{self, Consent};
use super::inbox;
use super::wording::{MessageKind, Values};
use crate::accounts::{self, AccountId, WechatIdentity};
use crate::app::App;
use crate::service_account::oauth_entry;

/// Takes one message further.
pub const JOB_DELIVER: &str = "messages.deliver";
/// News of the day before yesterday is not pushed any more; it stays in the inbox.
const FRESH_MS: i64 = 2 * 86_400_000;

/// The payload of [`JOB_DELIVER`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Deliver {
    /// Which message.
    pub message_id: String,
    /// What fills its template fields.
    pub values: Values,
    /// When somebody asked for it once more, epoch milliseconds: then it is sent whatever became of it before.
    #[serde(default)]
    pub again_at: Option<i64>,
}

/// What came of one way.
enum Tried {
    Sent,
    /// This way is closed; the next may be open.
    NextWay,
    /// Today's quota is used up.
    QuotaUsedUp,
}

/// Runs one delivery. Errors are worth repeating; everything else is settled here.
pub async fn deliver(app: &App, job: &Deliver) -> anyhow::Result<Outcome> {
    let reader = app.database.reader();
    let Some(message) = inbox::find(reader, &job.message_id).await? else { return Ok(Outcome::Done) };
    let Some(kind) = MessageKind::from_stored(&message.kind) else { return Ok(Outcome::Done) };
    let is_stale = app.now_ms() - message.created_at > FRESH_MS;
    let settled = is_stale || message.read_at.is_some() || deliveries::is_on_its_way(reader, &message.id).await?;
    if job.again_at.is_none() && settled {
        return Ok(Outcome::Done);
    }
    let account = AccountId::from_stored(message.account_id.clone());
    let identities = accounts::wechat_identities(reader, &account).await?;
    let delivery = Delivery { app, message: &message, kind, values: &job.values, again_at: job.again_at };
    let mut quota_used_up = false;
    for channel in [Channel::Template, Channel::Subscription] {
        match delivery.through(channel, &identities).await? {
            Tried::Sent => return Ok(Outcome::Done),
            Tried::QuotaUsedUp => quota_used_up = true,
            Tried::NextWay => {}
        }
    }
    if quota_used_up {
        // The quota of WeChat ends with the day in Beijing (45009).
        let tomorrow = start_of_beijing_day_ms(beijing_date(app.now_ms())) + 86_400_000;
        return Ok(Outcome::AgainAt(tomorrow));
    }
    Ok(Outcome::Done)
}

struct Delivery<'a> {
    app: &'a App,
    message: &'a messages::Model,
    kind: MessageKind,
    values: &'a Values,
    again_at: Option<i64>,
}

impl Delivery<'_> {
    /// Tries all phones of the account on one channel; one that gets it is enough for [`Tried::Sent`].
    async fn through(&self, channel: Channel, identities: &[WechatIdentity]) -> anyhow::Result<Tried> {
        let wechat = &self.app.wechat;
        let app_id = match channel {
            Channel::Template => wechat.mp().map(|mp| mp.app_id()),
            Channel::Subscription => wechat.mini().map(|mini| mini.app_id()),
        };
        let template_id = self.template_id(channel);
        let (Some(app_id), false) = (app_id, template_id.is_empty()) else { return Ok(Tried::NextWay) };
        let mut result = Tried::NextWay;
        let mut anybody = false;
        for identity in identities.iter().filter(|identity| identity.app_id == app_id) {
            anybody = true;
            let way = Way { message_id: &self.message.id, channel, app_id, openid: &identity.openid, template_id };
            let tried = match channel {
                Channel::Template => self.template(&way, identity.following).await?,
                Channel::Subscription => self.subscription(&way).await?,
            };
            match tried {
                Tried::Sent => result = Tried::Sent,
                Tried::QuotaUsedUp if !matches!(result, Tried::Sent) => result = Tried::QuotaUsedUp,
                _ => {}
            }
        }
        if !anybody {
            let way = Way { message_id: &self.message.id, channel, app_id, openid: "", template_id };
            self.keep(&way, &State::Skipped("没有绑定微信".to_owned())).await?;
        }
        Ok(result)
    }

    fn template_id(&self, channel: Channel) -> &str {
        let ids = &self.app.config.wechat.templates;
        match (channel, self.kind) {
            (Channel::Template, MessageKind::FeePosted) => &ids.fee_posted,
            (Channel::Template, MessageKind::OrderPaid) => &ids.order_paid,
            (Channel::Template, MessageKind::ReportReady) => &ids.report_ready,
            (Channel::Template, MessageKind::InvoiceReady) => &ids.invoice_ready,
            (Channel::Subscription, MessageKind::FeePosted) => &ids.mini_fee_posted,
            (Channel::Subscription, MessageKind::OrderPaid) => &ids.mini_order_paid,
            (Channel::Subscription, MessageKind::ReportReady) => &ids.mini_report_ready,
            (Channel::Subscription, MessageKind::InvoiceReady) => &ids.mini_invoice_ready,
            (
                _,
                MessageKind::InvoiceFailed
                | MessageKind::OrderVoid
                | MessageKind::Refund
                | MessageKind::PartReceived
                | MessageKind::RemittanceRejected
                | MessageKind::CodeExpiring
                | MessageKind::ReviewLate
                | MessageKind::CreditSubmitted
                | MessageKind::CreditGranted
                | MessageKind::CreditRejected
                | MessageKind::CreditDue
                | MessageKind::CreditOverdue
                | MessageKind::CreditSettled
                | MessageKind::ReportsPosted,
            ) => "",
        }
    }

    async fn template(&self, way: &Way<'_>, following: bool) -> anyhow::Result<Tried> {
        let Some(mp) = self.app.wechat.mp() else { return Ok(Tried::NextWay) };
        if !following {
            return self.skip(way, "没有关注服务号").await;
        }
        self.keep(way, &State::Queued).await?;
        let message = TemplateMessage {
            to_user: way.openid.to_owned(),
            template_id: way.template_id.to_owned(),
            url: Some(oauth_entry(&self.app.config, &self.message.link)),
            mini_program: None,
            client_message_id: Some(client_message_id(&self.message.id, self.again_at)),
            data: self.app.wording.template_data(self.kind, self.values)?,
        };
        match mp.template_send(&message).await {
            Ok(number) => {
                self.keep(way, &State::Sent(Some(number.to_string()))).await?;
                Ok(Tried::Sent)
            }
            Err(error) if error.not_following() => {
                let transaction = self.app.database.begin_write().await?;
                accounts::set_following(&*transaction, way.app_id, way.openid, false, self.app.now_ms()).await?;
                transaction.commit().await?;
                self.skip(way, "没有关注服务号").await
            }
            Err(error) => self.refused(way, error).await,
        }
    }

    async fn subscription(&self, way: &Way<'_>) -> anyhow::Result<Tried> {
        let Some(mini) = self.app.wechat.mini() else { return Ok(Tried::NextWay) };
        let consent = Consent { app_id: way.app_id, openid: way.openid, template_id: way.template_id };
        let transaction = self.app.database.begin_write().await?;
        let taken = grants::take(&*transaction, consent, self.app.now_ms()).await?;
        transaction.commit().await?;
        if !taken {
            return self.skip(way, "没有同意接收订阅消息").await;
        }
        self.keep(way, &State::Queued).await?;
        let message = SubscribeMessage {
            to_user: way.openid.to_owned(),
            template_id: way.template_id.to_owned(),
            page: self.message.link.strip_prefix("/h5/#/").map(str::to_owned),
            mini_program: None,
            data: self.app.wording.subscription_data(self.kind, self.values)?,
        };
        match mini.subscribe_send(&message, EnvironmentVersion::Release).await {
            Ok(()) => {
                self.keep(way, &State::Sent(None)).await?;
                Ok(Tried::Sent)
            }
            Err(error) if error.consent_missing() => {
                let transaction = self.app.database.begin_write().await?;
                grants::clear(&*transaction, consent, self.app.now_ms()).await?;
                transaction.commit().await?;
                self.skip(way, "没有同意接收订阅消息").await
            }
            // It may be on the phone already, and nothing tells two of them apart: not sent again.
            Err(ApiError::OutcomeUnknown(cause)) => {
                self.keep(way, &State::Sent(None)).await?;
                tracing::warn!(cause, "a subscription message may have been sent");
                Ok(Tried::Sent)
            }
            Err(error) => {
                let transaction = self.app.database.begin_write().await?;
                grants::add(&*transaction, consent, self.app.now_ms()).await?;
                transaction.commit().await?;
                self.refused(way, error).await
            }
        }
    }

    /// Sorts what both channels may answer (mp §15): settled here, tomorrow, or worth repeating.
    async fn refused(&self, way: &Way<'_>, error: ApiError) -> anyhow::Result<Tried> {
        self.keep(way, &State::Failed(error.to_string())).await?;
        if error.quota_exhausted() {
            return Ok(Tried::QuotaUsedUp);
        }
        let may_work_later = error.is_busy()
            || error.rate_limited()
            || error.token_is_stale()
            || !matches!(error, ApiError::Rejected { .. } | ApiError::Invalid(_));
        if may_work_later {
            return Err(error.into());
        }
        if error.message_unfit() {
            tracing::error!(template = way.template_id, %error, "a template does not fit config/messages.toml");
        }
        Ok(Tried::NextWay)
    }

    async fn skip(&self, way: &Way<'_>, why: &str) -> anyhow::Result<Tried> {
        self.keep(way, &State::Skipped(why.to_owned())).await?;
        Ok(Tried::NextWay)
    }

    async fn keep(&self, way: &Way<'_>, state: &State) -> anyhow::Result<()> {
        let transaction = self.app.database.begin_write().await?;
        deliveries::keep(&*transaction, way, state, self.app.now_ms()).await?;
        Ok(transaction.commit().await?)
    }
}

/// At most 32 characters; WeChat drops repeats, so that a crash between sending and noting does not tell twice. What
/// somebody asked for once more is told once more.
fn client_message_id(message_id: &str, again_at: Option<i64>) -> String {
    let again = again_at.map(|at| at.to_string()).unwrap_or_default();
    let kept = 32 - again.len().min(16);
    let start = message_id.len().saturating_sub(kept);
    format!("{}{again}", &message_id[start..])
}
