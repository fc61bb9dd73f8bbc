//! What WeChat pushes to the account: messages of people and events. Each is worked on once, however often WeChat
//! repeats it (mp §4): the row that remembers it and what it causes are one transaction.

use foundation::jobs::{NewJob, enqueue};
use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};
use wechat::mp::{Event, Inbound, InboundKind};

use super::entity::inbound_messages;
use super::followers::{self, JOB_RECOGNISE, Recognise};
use super::replies::{self, Replies};
use crate::accounts;
use crate::app::App;
use crate::conversations::{self, Arrived};
use crate::messages::{self, Channel, Consent};
use crate::scene_codes::{self, Scanned};

/// Of a text as much is kept as helps the service desk.
const CONTENT_CHARACTERS_MAX: usize = 600;

/// Works on one push; gives the text to answer with, if any.
pub async fn take(app: &App, inbound: &Inbound) -> Result<Option<String>, Problem> {
    let now = app.now_ms();
    let replies = replies::current(app).await?;
    let transaction = app.database.begin_write().await?;
    if !remember(&*transaction, inbound, now).await? {
        return Ok(None);
    }
    let reply = match &inbound.kind {
        InboundKind::Event(event) => on_event(app, &*transaction, &replies, inbound, event).await?,
        said => on_said(app, &*transaction, &replies, &inbound.from_user, said).await?,
    };
    note_following(app, &*transaction, inbound).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(reply)
}

/// What a person says: a word that we know is answered at once; the rest, and everything while the service desk is talking
/// with him, goes there.
async fn on_said<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    replies: &Replies,
    openid: &str,
    said: &InboundKind,
) -> Result<Option<String>, Problem> {
    let app_id = app.config.wechat.mp.app_id.as_str();
    let (arrived, spoken) = match said {
        InboundKind::Text { content } => (Arrived::Text(content), replies.to_text(content)),
        InboundKind::Voice { recognition: Some(words), .. } => (Arrived::Text(words), replies.to_text(words)),
        InboundKind::Image { media_id, .. } => (Arrived::Picture(media_id), replies.to_picture()),
        InboundKind::Voice { .. } => (Arrived::Other("[语音]"), replies.to_picture()),
        InboundKind::Location { label, .. } => (Arrived::Other(label), replies.to_picture()),
        _ => (Arrived::Other("[其他消息]"), replies.to_picture()),
    };
    let at_the_desk = conversations::is_open(connection, app_id, openid).await?;
    if at_the_desk || spoken.hand_over {
        conversations::hear(connection, app_id, openid, arrived, app.now_ms()).await?;
    }
    Ok((!at_the_desk).then(|| spoken.text.to_owned()))
}

/// Works on one push of the mini-program: receipts and consents. People do not write to it.
pub async fn take_of_mini(app: &App, inbound: &Inbound) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    if remember(&*transaction, inbound, app.now_ms()).await?
        && let InboundKind::Event(event) = &inbound.kind
    {
        let app_id = app.config.wechat.mini.app_id.as_str();
        on_consent_or_receipt(&*transaction, app_id, inbound, event, app.now_ms()).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(())
}

/// False when it is known already.
async fn remember<C: ConnectionTrait>(connection: &C, inbound: &Inbound, now_ms: i64) -> Result<bool, DbErr> {
    let (kind, content) = match &inbound.kind {
        InboundKind::Text { content } => ("text", Some(content.as_str())),
        InboundKind::Image { .. } => ("image", None),
        InboundKind::Voice { recognition, .. } => ("voice", recognition.as_deref()),
        InboundKind::Location { .. } => ("location", None),
        InboundKind::Event(Event::Click { key }) => ("click", Some(key.as_str())),
        InboundKind::Event(Event::Subscribe { scene, .. }) => ("subscribe", scene.as_deref()),
        InboundKind::Event(Event::Unsubscribe) => ("unsubscribe", None),
        InboundKind::Event(_) => ("event", None),
        _ => ("other", None),
    };
    let row = inbound_messages::ActiveModel {
        dedup_key: Set(inbound.dedup_key()),
        openid: Set(inbound.from_user.clone()),
        kind: Set(kind.to_owned()),
        content: Set(content.map(|text| text.chars().filter(|one| *one != '\0').take(CONTENT_CHARACTERS_MAX).collect())),
        received_at: Set(now_ms),
    };
    let inserted = inbound_messages::Entity::insert(row)
        .on_conflict(OnConflict::column(inbound_messages::Column::DedupKey).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(inserted == 1)
}

async fn on_event<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    replies: &Replies,
    inbound: &Inbound,
    event: &Event,
) -> Result<Option<String>, Problem> {
    let openid = inbound.from_user.as_str();
    match event {
        Event::Subscribe { scene, .. } => {
            followers::count(connection, true, app.now_ms()).await?;
            let job = Recognise { openid: openid.to_owned() };
            enqueue(connection, NewJob::new(JOB_RECOGNISE, &job, app.now_ms())).await?;
            let scene = scene.as_deref().unwrap_or_default();
            return Ok(Some(match scene_codes::scanned(app, connection, openid, scene, true).await? {
                Scanned::Answer(text) => text,
                Scanned::Unknown => replies.welcome().to_owned(),
            }));
        }
        Event::Scan { scene, .. } => {
            if let Scanned::Answer(text) = scene_codes::scanned(app, connection, openid, scene, false).await? {
                return Ok(Some(text));
            }
        }
        Event::Unsubscribe => followers::count(connection, false, app.now_ms()).await?,
        Event::Click { key } => return Ok(Some(replies.to_key(key).to_owned())),
        event => {
            let app_id = app.config.wechat.mp.app_id.as_str();
            on_consent_or_receipt(connection, app_id, inbound, event, app.now_ms()).await?;
        }
    }
    Ok(None)
}

/// What both the service account and the mini-program tell of messages.
async fn on_consent_or_receipt<C: ConnectionTrait>(
    connection: &C,
    app_id: &str,
    inbound: &Inbound,
    event: &Event,
    now: i64,
) -> Result<(), Problem> {
    match event {
        Event::TemplateSendJobFinish { message_id, status } => {
            let failure = (status != "success").then_some(status.as_str());
            messages::close(connection, Channel::Template, &message_id.to_string(), failure, now).await?;
        }
        Event::SubscribePopup(choices) => {
            for choice in choices.iter().filter(|choice| choice.accepted) {
                let consent = Consent { app_id, openid: &inbound.from_user, template_id: &choice.template_id };
                messages::add_consent(connection, consent, now).await?;
            }
        }
        Event::SubscribeChange(choices) => {
            for choice in choices.iter().filter(|choice| !choice.accepted) {
                let consent = Consent { app_id, openid: &inbound.from_user, template_id: &choice.template_id };
                messages::clear_consents(connection, consent, now).await?;
            }
        }
        Event::SubscribeSent(deliveries) => {
            for sent in deliveries {
                let failure = (sent.error_code != 0).then_some(sent.error_status.as_str());
                messages::close(connection, Channel::Subscription, &sent.message_id, failure, now).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Who writes, taps the menu or scans is a follower, whatever we missed; who leaves is none.
async fn note_following<C: ConnectionTrait>(app: &App, connection: &C, inbound: &Inbound) -> Result<(), DbErr> {
    let following = match &inbound.kind {
        InboundKind::Event(Event::Unsubscribe) => false,
        InboundKind::Event(Event::Subscribe { .. } | Event::Scan { .. } | Event::Click { .. } | Event::View { .. }) => {
            true
        }
        InboundKind::Event(_) => return Ok(()),
        _ => true,
    };
    let app_id = app.config.wechat.mp.app_id.as_str();
    accounts::set_following(connection, app_id, &inbound.from_user, following, app.now_ms()).await
}
