//! Takes a message from the inbox to the phone through the first channel of its kind that works: template message of the
//! service account (followers), subscription message of the mini-program (while a consent is left), text message; else
//! the inbox only.

use foundation::calendar::next_beijing_day_ms;
use foundation::clock::DAY_MS;
use foundation::jobs::Outcome;
use serde::{Deserialize, Serialize};
use wechat::api::ApiError;
use wechat::mini::EnvironmentVersion;
use wechat::mp::{SubscribeMessage, TemplateMessage};

use super::channels::Channel;
use super::deliveries::{self, State, Way};
use super::entity::messages;
use super::grants::{self, Consent};
use super::inbox::{self, MessageId};
use super::kinds::MessageKind;
use super::pace::{self, Limits, Manner};
use super::wording::Values;
use super::{digest, preferences};
use crate::accounts::{self, AccountId, WechatIdentity};
use crate::app::App;
use crate::service_account::oauth_entry;
use crate::sms::{NotSent, Notice};

/// Takes one message further.
pub const JOB_DELIVER: &str = "messages.deliver";
/// News of the day before yesterday is not pushed any more; it stays in the inbox.
const FRESH_MS: i64 = 2 * DAY_MS;

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
    /// The channel that did not get it there: it goes on with the next one.
    #[serde(default)]
    pub after: Option<Channel>,
}

impl Deliver {
    /// The first delivery of a message.
    pub fn new(message: &MessageId, values: Values) -> Self {
        Self { message_id: message.to_string(), values, again_at: None, after: None }
    }

    /// What a person sends again goes out now.
    fn manner(&self, app: &App, kind: MessageKind) -> Manner {
        if self.again_at.is_some() { Manner::Urgent } else { app.wording.manner(kind) }
    }
}

/// What came of one way.
enum Tried {
    Sent,
    /// This way is closed; the next may be open.
    NextWay,
    /// Its turn comes at this moment, epoch milliseconds.
    Later(i64),
    /// WeChat says that today's quota is used up.
    QuotaUsedUp,
}

/// Runs one delivery. Errors are worth repeating, until the message has been tried `messages.tries_max` times: then it
/// waits for a person. Everything else is settled here.
pub async fn deliver(app: &App, job: &Deliver) -> anyhow::Result<Outcome> {
    match deliver_once(app, job).await {
        Err(error) => {
            let transaction = app.database.begin_write().await?;
            let tries = inbox::count_try(&*transaction, &job.message_id).await?;
            let given_up = tries >= app.config.messages.tries_max;
            if given_up {
                inbox::give_up(&*transaction, &job.message_id, "多次发送都没有成功", app.now_ms()).await?;
            }
            transaction.commit().await?;
            if given_up { Ok(Outcome::Done) } else { Err(error) }
        }
        outcome => outcome,
    }
}

async fn deliver_once(app: &App, job: &Deliver) -> anyhow::Result<Outcome> {
    let reader = app.database.reader();
    let Some(message) = inbox::find(reader, &job.message_id).await? else { return Ok(Outcome::Done) };
    let Some(kind) = MessageKind::from_stored(&message.kind) else { return Ok(Outcome::Done) };
    let delivery = Delivery {
        app,
        message: &message,
        kind,
        values: &job.values,
        again_at: job.again_at,
        manner: job.manner(app, kind),
    };
    if job.again_at.is_none() && delivery.is_settled().await? {
        return Ok(Outcome::Done);
    }
    let reach = delivery.reach().await?;
    let mut quota_used_up = false;
    // A phone alone has no other way, whatever the kind's channels for accounts are.
    let chain = if message.account_id.is_empty() { &[Channel::Sms] } else { app.wording.channels(kind) };
    let begin = job.after.and_then(|after| chain.iter().position(|channel| *channel == after)).map_or(0, |at| at + 1);
    for channel in chain.iter().skip(begin) {
        match delivery.through(*channel, &reach).await? {
            Tried::Sent => return Ok(Outcome::Done),
            Tried::Later(at) => return Ok(Outcome::AgainAt(at)),
            Tried::QuotaUsedUp => quota_used_up = true,
            Tried::NextWay => {}
        }
    }
    if quota_used_up {
        // The quota of WeChat ends with the day in Beijing (45009).
        let tomorrow = next_beijing_day_ms(app.now_ms());
        return Ok(Outcome::AgainAt(tomorrow));
    }
    if let Some(why) = deliveries::last_failure(reader, &message.id).await? {
        let transaction = app.database.begin_write().await?;
        inbox::give_up(&*transaction, &message.id, &why, app.now_ms()).await?;
        transaction.commit().await?;
    }
    Ok(Outcome::Done)
}

struct Delivery<'a> {
    app: &'a App,
    message: &'a messages::Model,
    kind: MessageKind,
    values: &'a Values,
    again_at: Option<i64>,
    manner: Manner,
}

/// How somebody can be reached.
struct Reach {
    identities: Vec<WechatIdentity>,
    phone: Option<String>,
}

impl Delivery<'_> {
    /// Nothing is pushed any more: it is there, was read, is old, or its reader does not wish it.
    async fn is_settled(&self) -> anyhow::Result<bool> {
        let reader = self.app.database.reader();
        let message = self.message;
        if message.read_at.is_some() || deliveries::is_on_its_way(reader, &message.id).await? {
            return Ok(true);
        }
        let planned_at = deliveries::last_planned_at(reader, &message.id).await?.unwrap_or_default();
        if self.app.now_ms() - message.created_at.max(planned_at) > FRESH_MS {
            let transaction = self.app.database.begin_write().await?;
            inbox::give_up(&*transaction, &message.id, "两天内没有发出", self.app.now_ms()).await?;
            transaction.commit().await?;
            return Ok(true);
        }
        if self.manner == Manner::Urgent || message.account_id.is_empty() {
            return Ok(false);
        }
        let account = AccountId::from_stored(message.account_id.clone());
        let wished = preferences::of(reader, &account).await?;
        if wished.muted.contains(&self.kind) {
            return Ok(true);
        }
        let waits = wished.digest && self.manner == Manner::Ordinary && self.kind != MessageKind::Digest;
        if waits {
            digest::plan(self.app, &account).await?;
        }
        Ok(waits)
    }

    /// Whether it is the turn of a way; else when it is.
    async fn turn(&self, way: &Way<'_>) -> anyhow::Result<Option<i64>> {
        let now = self.app.now_ms();
        if let Some(at) = deliveries::planned_at(self.app.database.reader(), way).await? {
            return Ok((at > now).then_some(at));
        }
        let limits = Limits::of(&self.app.config.messages, way.channel)?;
        let transaction = self.app.database.begin_write().await?;
        let at = pace::admit(&*transaction, way.channel, &limits, self.manner, now).await?;
        if at > now {
            deliveries::keep(&*transaction, way, &State::Planned(at), now).await?;
        }
        transaction.commit().await?;
        Ok((at > now).then_some(at))
    }

    async fn reach(&self) -> anyhow::Result<Reach> {
        if let Some(phone) = inbox::open_phone(self.app, self.message)? {
            return Ok(Reach { identities: Vec::new(), phone: Some(phone) });
        }
        let reader = self.app.database.reader();
        let account = AccountId::from_stored(self.message.account_id.clone());
        let identities = accounts::wechat_identities(reader, &account).await?;
        let phone = accounts::account(reader, &account).await?.and_then(|account| account.phone);
        Ok(Reach { identities, phone })
    }

    async fn through(&self, channel: Channel, reach: &Reach) -> anyhow::Result<Tried> {
        let (wechat, templates) = (&self.app.wechat, &self.app.config.wechat.templates);
        let kind = self.kind.as_str();
        let (app_id, template_id) = match channel {
            Channel::Template => (wechat.mp().map(|mp| mp.app_id()), templates.template(kind)),
            Channel::Subscription => (wechat.mini().map(|mini| mini.app_id()), templates.subscription(kind)),
            Channel::Sms => return self.sms(reach.phone.as_deref()).await,
        };
        match app_id {
            Some(app_id) if !template_id.is_empty() => {
                self.through_wechat(channel, &reach.identities, app_id, template_id).await
            }
            _ => Ok(Tried::NextWay),
        }
    }

    /// Tries all phones of the account on one channel; one that gets it is enough for [`Tried::Sent`].
    async fn through_wechat(
        &self,
        channel: Channel,
        identities: &[WechatIdentity],
        app_id: &str,
        template_id: &str,
    ) -> anyhow::Result<Tried> {
        let mut result = Tried::NextWay;
        let mut anybody = false;
        for identity in identities.iter().filter(|identity| identity.app_id == app_id) {
            anybody = true;
            let way = Way { message_id: &self.message.id, channel, app_id, openid: &identity.openid, template_id };
            let tried = match channel {
                Channel::Subscription => self.subscription(&way).await?,
                _ => self.template(&way, identity.following).await?,
            };
            match tried {
                Tried::Sent => result = Tried::Sent,
                Tried::Later(at) if !matches!(result, Tried::Sent) => result = Tried::Later(at),
                Tried::QuotaUsedUp if matches!(result, Tried::NextWay) => result = Tried::QuotaUsedUp,
                _ => {}
            }
        }
        if !anybody {
            let way = Way { message_id: &self.message.id, channel, app_id, openid: "", template_id };
            self.keep(&way, &State::Skipped("没有绑定微信".to_owned())).await?;
        }
        Ok(result)
    }

    async fn sms(&self, phone: Option<&str>) -> anyhow::Result<Tried> {
        let way = Way { message_id: &self.message.id, channel: Channel::Sms, app_id: "", openid: "", template_id: "" };
        let Some(phone) = phone else { return self.skip(&way, "没有手机号").await };
        if let Some(later) = self.turn(&way).await? {
            return Ok(Tried::Later(later));
        }
        let (text, params) = self.app.wording.sms(self.kind, self.values)?;
        self.keep(&way, &State::Queued).await?;
        let notice = Notice {
            phone: phone.to_owned(),
            template: self.kind.as_str().to_owned(),
            params,
            text,
            number: client_message_id(&self.message.id, self.again_at),
        };
        match self.app.sms.send_notice(&notice).await {
            Ok(number) => {
                self.keep(&way, &State::Sent(number)).await?;
                Ok(Tried::Sent)
            }
            Err(NotSent::Refused(why)) => {
                self.keep(&way, &State::Failed(why)).await?;
                Ok(Tried::NextWay)
            }
            Err(NotSent::Trouble(cause)) => {
                self.keep(&way, &State::Failed("短信服务商没有应答".to_owned())).await?;
                Err(cause)
            }
        }
    }

    async fn template(&self, way: &Way<'_>, following: bool) -> anyhow::Result<Tried> {
        let Some(mp) = self.app.wechat.mp() else { return Ok(Tried::NextWay) };
        if !following {
            return self.skip(way, "没有关注服务号").await;
        }
        if let Some(later) = self.turn(way).await? {
            return Ok(Tried::Later(later));
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
        if !grants::is_left(self.app.database.reader(), consent).await? {
            return self.skip(way, "没有同意接收订阅消息").await;
        }
        if let Some(later) = self.turn(way).await? {
            return Ok(Tried::Later(later));
        }
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
            Ok(number) => {
                self.keep(way, &State::Sent(number.map(|number| number.to_string()))).await?;
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
            let limits = Limits::of(&self.app.config.messages, way.channel)?;
            let transaction = self.app.database.begin_write().await?;
            pace::use_up(&*transaction, way.channel, &limits, self.app.now_ms()).await?;
            transaction.commit().await?;
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
