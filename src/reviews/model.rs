//! Reviews and their states.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::reviews::Model;

define_id!(
    /// One decision to be made.
    ReviewId, "rev"
);

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Nobody has taken it yet.
    Open,
    /// Somebody is at it.
    Claimed,
    /// Decided: yes.
    Approved,
    /// Decided: no.
    Rejected,
    /// Its subject went away before.
    Withdrawn,
}

impl ReviewState {
    /// All states.
    pub const ALL: [ReviewState; 5] =
        [ReviewState::Open, ReviewState::Claimed, ReviewState::Approved, ReviewState::Rejected, ReviewState::Withdrawn];
    /// The states that wait for a decision.
    pub const LIVE: [ReviewState; 2] = [ReviewState::Open, ReviewState::Claimed];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ReviewState::Open => "open",
            ReviewState::Claimed => "claimed",
            ReviewState::Approved => "approved",
            ReviewState::Rejected => "rejected",
            ReviewState::Withdrawn => "withdrawn",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            ReviewState::Open => "待审核",
            ReviewState::Claimed => "审核中",
            ReviewState::Approved => "已通过",
            ReviewState::Rejected => "已驳回",
            ReviewState::Withdrawn => "已撤回",
        }
    }

    /// Whether it waits for a decision.
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }
}

impl FromStr for ReviewState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| anyhow::anyhow!("unknown review state {text}"))
    }
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No; an opinion is mandatory.
    Rejected,
}

impl Verdict {
    /// The state it leads to.
    pub fn state(self) -> ReviewState {
        match self {
            Verdict::Approved => ReviewState::Approved,
            Verdict::Rejected => ReviewState::Rejected,
        }
    }
}

/// A review as stored.
#[derive(Debug, Clone)]
pub struct Review {
    /// Which.
    pub id: ReviewId,
    /// Code of its [`super::ReviewKind`].
    pub kind: String,
    /// Id of what is decided on.
    pub subject_id: String,
    /// What is decided on, for people.
    pub title: String,
    /// Fen, where money is decided on.
    pub amount_fen: Option<i64>,
    /// Where it stands.
    pub state: ReviewState,
    /// Id of a payer's account or of a member of staff.
    pub submitted_by: String,
    /// His name.
    pub submitted_by_name: String,
    /// Who is at it, and his name.
    pub claimed_by: Option<(String, String)>,
    /// Who decided, and his name.
    pub decided_by: Option<(String, String)>,
    /// Epoch milliseconds.
    pub decided_at: Option<i64>,
    /// What the decider said.
    pub opinion: Option<String>,
    /// What an approval grants, in the form of its kind.
    pub terms: Option<serde_json::Value>,
    /// Epoch milliseconds.
    pub due_at: i64,
    /// When it was opened, epoch milliseconds.
    pub submitted_at: i64,
}

impl Review {
    pub(super) fn of_row(row: Model) -> anyhow::Result<Self> {
        Ok(Self {
            state: row.state.parse()?,
            id: ReviewId::from_stored(row.id),
            kind: row.kind,
            subject_id: row.subject_id,
            title: row.title,
            amount_fen: row.amount_fen,
            submitted_by: row.submitted_by,
            submitted_by_name: row.submitted_by_name,
            claimed_by: row.claimed_by.zip(row.claimed_by_name),
            decided_by: row.decided_by.zip(row.decided_by_name),
            decided_at: row.decided_at,
            opinion: row.opinion,
            terms: row.terms.as_deref().map(serde_json::from_str).transpose()?,
            due_at: row.due_at,
            submitted_at: row.created_at,
        })
    }

    /// Whether its time is over and nobody decided.
    pub fn is_overdue(&self, now_ms: i64) -> bool {
        self.state.is_live() && now_ms > self.due_at
    }
}
