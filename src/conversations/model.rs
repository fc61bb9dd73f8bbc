//! States of a thread and of what is said in it, and WeChat's window.

use foundation::define_id;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

define_id!(
    /// A person's thread.
    ConversationId, "cvs"
);
define_id!(
    /// One thing that was said.
    SaidId, "cvm"
);

/// After what a person wrote the desk may answer for so long (mp §11).
pub const WINDOW_MS: i64 = 48 * 3_600_000;
/// And so often, until he writes again.
pub const WINDOW_ANSWERS_MAX: i64 = 5;
/// Somebody who waits longer than this for an answer waits too long.
pub const PATIENCE_MS: i64 = 4 * 3_600_000;
/// A text of a customer-service message.
pub const TEXT_BYTES_MAX: usize = 2_048;

/// Whether somebody is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// It goes on.
    Open,
    /// It is done, until the person writes again.
    Closed,
}

impl ConversationState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ConversationState::Open => "open",
            ConversationState::Closed => "closed",
        }
    }
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The person.
    In,
    /// The desk.
    Out,
}

impl Direction {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
        }
    }
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaidKind {
    /// Words.
    Text,
    /// A picture.
    Picture,
    /// Something that the desk cannot show: a recording, a place.
    Other,
    /// An answer that went as an ordinary message, because the window was over.
    Notice,
}

impl SaidKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            SaidKind::Text => "text",
            SaidKind::Picture => "picture",
            SaidKind::Other => "other",
            SaidKind::Notice => "notice",
        }
    }

    /// Of a stored row.
    pub fn of_stored(text: &str) -> Self {
        match text {
            "text" => SaidKind::Text,
            "picture" => SaidKind::Picture,
            "notice" => SaidKind::Notice,
            _ => SaidKind::Other,
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaidState {
    /// On its way: to the person, or a picture from WeChat to us.
    Waiting,
    /// There.
    Done,
    /// It will not get there; `failure` says why.
    Failed,
}

impl SaidState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            SaidState::Waiting => "waiting",
            SaidState::Done => "done",
            SaidState::Failed => "failed",
        }
    }

    /// Of a stored row.
    pub fn of_stored(text: &str) -> Self {
        match text {
            "waiting" => SaidState::Waiting,
            "failed" => SaidState::Failed,
            _ => SaidState::Done,
        }
    }
}

/// Nothing can be sent by customer-service message now.
pub fn window_closed() -> Problem {
    Problem::conflict("reply_window_closed", "微信只允许在对方来消息后 48 小时内、最多回复 5 条，现在不能直接回复")
        .advice("可以改发站内信和短信，或致电对方")
}

/// There is no such thread.
pub fn not_found() -> Problem {
    Problem::not_found("conversation_not_found", "没有找到这个会话")
}
