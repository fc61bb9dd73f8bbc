//! What WeChat pushes to the account: messages of people and events. Each is worked on once, however often WeChat
//! repeats it (mp §4): the row that remembers it and what it causes are one transaction.

use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};
use wechat::mp::{Event, Inbound, InboundKind};

use super::entity::inbound_messages;
use crate::accounts;
use crate::app::App;
use crate::messages::{self, Channel, Consent};

/// Of a text as much is kept as helps the service desk.
const CONTENT_CHARACTERS_MAX: usize = 600;

/// Works on one push; gives the text to answer with, if any.
pub async fn take(app: &App, inbound: &Inbound) -> Result<Option<String>, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    if !remember(&*transaction, inbound, now).await? {
        return Ok(None);
    }
    let reply = match &inbound.kind {
        InboundKind::Text { content } => Some(app.replies.to_text(content)),
        InboundKind::Voice { recognition: Some(words), .. } => Some(app.replies.to_text(words)),
        InboundKind::Event(event) => on_event(app, &*transaction, inbound, event).await?,
        _ => Some(app.replies.to_text("")),
    };
    note_following(app, &*transaction, inbound).await?;
    transaction.commit().await?;
    Ok(reply.map(str::to_owned))
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

async fn on_event<'a, C: ConnectionTrait>(
    app: &'a App,
    connection: &C,
    inbound: &Inbound,
    event: &Event,
) -> Result<Option<&'a str>, Problem> {
    let now = app.now_ms();
    let app_id = app.config.wechat.mp.app_id.as_str();
    match event {
        Event::Subscribe { .. } => return Ok(Some(app.replies.welcome())),
        Event::Click { key } => return Ok(Some(app.replies.to_key(key))),
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
    Ok(None)
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
