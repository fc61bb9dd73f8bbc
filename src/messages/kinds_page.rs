//! What the institute sends: kinds, their channels, the consents in store, and how much of each day is used (desk D11).

use axum::extract::State;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::channels::Channel;
use super::grants;
use super::kinds::MessageKind;
use super::pace::{self, Limits, Manner};
use crate::app::{App, SharedApp};
use crate::staff::{May, may};
use crate::web::Json;

pub(super) fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(kinds))
}

/// What is sent, and how much of it today.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageKinds {
    /// Nothing that can wait goes out between these times: `21:30–08:00`.
    quiet_hours: String,
    /// Today, channel by channel.
    quotas: Vec<ChannelQuota>,
    /// Every kind.
    kinds: Vec<KindLine>,
}

/// How much a channel has sent or planned today.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelQuota {
    /// Which.
    channel: Channel,
    /// For people.
    text: String,
    /// Sent or planned today.
    used: i64,
    /// Allowed a day.
    per_day: i64,
    /// Allowed a minute.
    per_minute: i64,
    /// Of a day, kept for what is urgent.
    kept_for_urgent: i64,
}

/// A kind of message.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindLine {
    /// Which.
    kind: MessageKind,
    /// For people.
    name: String,
    /// Its group, for people.
    group: String,
    /// Channels beside the inbox in their order, for people.
    channels: Vec<String>,
    /// Goes out at once and cannot be switched off.
    urgent: bool,
    /// Goes out at night too.
    at_night: bool,
    /// Roles of a unit that hear of it.
    audience: Vec<crate::accounts::Role>,
    /// Whether the service account's template is set.
    has_template: bool,
    /// Whether the mini-program's template is set.
    has_subscription: bool,
    /// People who allow a message through the mini-program now.
    consenting: i64,
    /// Messages that they allow in all.
    consents: i64,
}

/// Kinds of messages, their channels, and today's quotas.
#[utoipa::path(get, path = "/staff/v1/message-kinds", tag = "staff", responses((status = 200, body = MessageKinds)))]
async fn kinds(State(app): State<SharedApp>, _officer: May<may::MessagesRead>) -> Result<Json<MessageKinds>, Problem> {
    let config = &app.config.messages;
    let mut quotas = Vec::new();
    for channel in Channel::ALL {
        let limits = Limits::of(config, channel)?;
        quotas.push(ChannelQuota {
            channel,
            text: channel.text().to_owned(),
            used: pace::used_on(app.database.reader(), channel, app.now_ms()).await?,
            per_day: limits.per_day,
            per_minute: limits.per_minute,
            kept_for_urgent: limits.kept_for_urgent,
        });
    }
    let mut kinds = Vec::new();
    for kind in MessageKind::ALL {
        kinds.push(line(&app, *kind).await?);
    }
    let quiet_hours = format!("{}–{}", config.quiet_from, config.quiet_until);
    Ok(Json(MessageKinds { quiet_hours, quotas, kinds }))
}

async fn line(app: &App, kind: MessageKind) -> Result<KindLine, Problem> {
    let wording = &app.wording;
    let templates = &app.config.wechat.templates;
    let subscription = templates.subscription(kind.as_str());
    let (consenting, consents) =
        if subscription.is_empty() { (0, 0) } else { grants::left_of(app.database.reader(), subscription).await? };
    Ok(KindLine {
        kind,
        name: wording.name(kind).to_owned(),
        group: wording.group(kind).to_owned(),
        channels: wording.channels(kind).iter().map(|channel| channel.text().to_owned()).collect(),
        urgent: wording.is_urgent(kind),
        at_night: wording.manner(kind) != Manner::Ordinary,
        audience: wording.audience(kind).to_vec(),
        has_template: !templates.template(kind.as_str()).is_empty(),
        has_subscription: !subscription.is_empty(),
        consenting,
        consents,
    })
}
