//! Threads as the console shows them.

use std::collections::HashMap;

use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::{conversation_messages as said, conversations};
use super::model::{ConversationState, Direction, PATIENCE_MS, SaidKind, SaidState};
use crate::accounts;
use crate::app::App;
use crate::reviews::Person;

/// A thread in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conversation {
    /// Which.
    pub id: String,
    /// Who, by the account bound to the openid; 微信用户 and its end when there is none.
    pub name: String,
    /// His phone with its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_masked: Option<String>,
    /// The units he acts for.
    pub units: Vec<String>,
    /// Open or closed.
    pub state: ConversationState,
    /// What nobody has seen yet.
    pub unread: i64,
    /// What was said last.
    pub last_text: String,
    /// Epoch milliseconds.
    pub last_at: i64,
    /// Since when he waits for an answer, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<i64>,
    /// Whether he waits too long.
    pub overdue: bool,
    /// Until when WeChat lets the desk answer, epoch milliseconds.
    pub window_until: i64,
    /// How often it still may.
    pub window_left: i64,
    /// Whether it may now.
    pub can_answer: bool,
    /// Whether an ordinary message reaches him instead: he is bound to an account.
    pub can_notify: bool,
    /// Who is at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<Person>,
}

/// Something that was said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Said {
    /// Which.
    pub id: String,
    /// Who said it.
    pub direction: Direction,
    /// What it is.
    pub kind: SaidKind,
    /// The words.
    pub text: String,
    /// Whether there is a picture to look at.
    pub has_picture: bool,
    /// How far it is.
    pub state: SaidState,
    /// Why it will not get there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Who answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_name: Option<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl From<said::Model> for Said {
    fn from(row: said::Model) -> Self {
        Self {
            direction: if row.direction == Direction::In.as_str() { Direction::In } else { Direction::Out },
            kind: SaidKind::of_stored(&row.kind),
            state: SaidState::of_stored(&row.state),
            has_picture: row.file_key.is_some(),
            id: row.id,
            text: row.content,
            failure: row.failure,
            staff_name: row.staff_name,
            created_at: row.created_at,
        }
    }
}

/// The same for several rows, with as few questions to the database as there are people.
pub async fn conversations(app: &App, rows: Vec<conversations::Model>) -> Result<Vec<Conversation>, Problem> {
    let reader = app.database.reader();
    let mut known = HashMap::new();
    for row in &rows {
        if let Some(account) = accounts::account_of_openid(reader, &row.app_id, &row.openid).await? {
            let units = accounts::units_of(reader, &account.id).await?;
            let units: Vec<String> = units.into_iter().map(|access| access.unit.name).collect();
            known.insert(row.id.clone(), (account, units));
        }
    }
    let now = app.now_ms();
    Ok(rows
        .into_iter()
        .map(|row| {
            let (account, units) = known.remove(&row.id).unzip();
            let tail: String = row.openid.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
            Conversation {
                name: account.as_ref().map_or_else(|| format!("微信用户 {tail}"), |one| one.display_name.clone()),
                phone_masked: account.as_ref().and_then(|one| one.phone.as_deref().map(foundation::text::mask_phone)),
                units: units.unwrap_or_default(),
                state: if row.state == "open" { ConversationState::Open } else { ConversationState::Closed },
                unread: row.unread,
                last_text: row.last_text,
                last_at: row.last_at,
                overdue: row.waiting_since.is_some_and(|since| now - since > PATIENCE_MS),
                waiting_since: row.waiting_since,
                window_until: row.window_until,
                window_left: row.window_left,
                can_answer: row.window_left > 0 && row.window_until > now,
                can_notify: account.is_some(),
                claimed_by: row.claimed_by.zip(row.claimed_name).map(Person::from),
                id: row.id,
            }
        })
        .collect())
}
