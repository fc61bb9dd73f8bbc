//! What a reader wishes: which kinds are not pushed, and whether the rest comes once a day. The inbox has everything in
//! any case, and what is urgent comes in any case.

use std::collections::{BTreeMap, BTreeSet};

use foundation::problem::Problem;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channels::Channel;
use super::entity::message_preferences as preferences;
use super::kinds::MessageKind;
use super::wording::Wording;
use crate::accounts::AccountId;
use crate::app::App;

/// What one reader wishes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// What can wait comes once a day in one message.
    pub digest: bool,
    /// Kinds that are not pushed.
    pub muted: BTreeSet<MessageKind>,
}

/// What an account wishes; the usual when it said nothing.
pub async fn of<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<Preferences, Problem> {
    let row = preferences::Entity::find_by_id(account.as_str()).one(connection).await?;
    Ok(row.map_or_else(Preferences::default, |row| Preferences {
        digest: row.digest,
        muted: row.muted.split(',').filter_map(MessageKind::from_stored).collect(),
    }))
}

async fn set<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    wished: &Preferences,
    now_ms: i64,
) -> Result<(), Problem> {
    let muted: Vec<&str> = wished.muted.iter().map(|kind| kind.as_str()).collect();
    let row = preferences::ActiveModel {
        account_id: Set(account.to_string()),
        digest: Set(wished.digest),
        muted: Set(muted.join(",")),
        updated_at: Set(now_ms),
    };
    let mut conflict = OnConflict::column(preferences::Column::AccountId);
    conflict.update_columns([preferences::Column::Digest, preferences::Column::Muted, preferences::Column::UpdatedAt]);
    preferences::Entity::insert(row).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// What can be wished, and what is.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageSettings {
    /// What can wait comes once a day in one message.
    pub digest: bool,
    /// When that is, `09:00`.
    pub digest_at: String,
    /// Between these times nothing is pushed that can wait: `21:30–08:00`.
    pub quiet_hours: String,
    /// The kinds, group by group.
    pub groups: Vec<MessageGroup>,
}

/// Kinds that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageGroup {
    /// For people.
    pub title: String,
    /// Its kinds.
    pub kinds: Vec<MessageChoice>,
}

/// A kind and whether it is pushed.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageChoice {
    /// Which.
    pub kind: MessageKind,
    /// For people.
    pub name: String,
    /// Whether it is pushed.
    pub on: bool,
    /// Whether it can be switched off.
    pub can_mute: bool,
    /// Beside the inbox, in the order in which they are tried, for people.
    pub channels: Vec<String>,
}

/// What is wished from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSettingsRequest {
    /// What can wait comes once a day in one message.
    pub digest: bool,
    /// Kinds that are not to be pushed.
    #[schema(max_items = 100)]
    pub muted: BTreeSet<MessageKind>,
}

/// What an account can wish, and does.
pub async fn settings(app: &App, account: &AccountId) -> Result<MessageSettings, Problem> {
    let wished = of(app.database.reader(), account).await?;
    let config = &app.config.messages;
    Ok(MessageSettings {
        digest: wished.digest,
        digest_at: config.digest_at.clone(),
        quiet_hours: format!("{}–{}", config.quiet_from, config.quiet_until),
        groups: groups(&app.wording, &wished),
    })
}

fn groups(wording: &Wording, wished: &Preferences) -> Vec<MessageGroup> {
    let mut groups: BTreeMap<usize, MessageGroup> = BTreeMap::new();
    let mut titles: Vec<&str> = Vec::new();
    for kind in MessageKind::ALL.iter().copied().filter(|kind| *kind != MessageKind::Digest) {
        let title = wording.group(kind);
        let place = titles.iter().position(|known| *known == title).unwrap_or_else(|| {
            titles.push(title);
            titles.len() - 1
        });
        let group = groups.entry(place).or_insert_with(|| MessageGroup { title: title.to_owned(), kinds: Vec::new() });
        let can_mute = !wording.is_urgent(kind);
        group.kinds.push(MessageChoice {
            kind,
            name: wording.name(kind).to_owned(),
            on: !can_mute || !wished.muted.contains(&kind),
            can_mute,
            channels: wording.channels(kind).iter().map(|channel: &Channel| channel.text().to_owned()).collect(),
        });
    }
    groups.into_values().collect()
}

/// Keeps what an account wishes. What is urgent cannot be switched off: it is left out.
pub async fn change(
    app: &App,
    account: &AccountId,
    wished: MessageSettingsRequest,
) -> Result<MessageSettings, Problem> {
    let muted = wished.muted.into_iter().filter(|kind| !app.wording.is_urgent(*kind)).collect();
    let wished = Preferences { digest: wished.digest, muted };
    let transaction = app.database.begin_write().await?;
    set(&*transaction, account, &wished, app.now_ms()).await?;
    transaction.commit().await?;
    settings(app, account).await
}
