//! Payment attempts and their states.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

define_id!(
    /// One try to pay an order.
    AttemptId, "att"
);

/// Where the payer pays (B-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// H5 inside WeChat.
    Jsapi,
    /// The mini-program.
    MiniProgram,
    /// A QR code on a second screen.
    Native,
}

impl Channel {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Jsapi => "jsapi",
            Channel::MiniProgram => "mini_program",
            Channel::Native => "native",
        }
    }
}

impl FromStr for Channel {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "jsapi" => Ok(Channel::Jsapi),
            "mini_program" => Ok(Channel::MiniProgram),
            "native" => Ok(Channel::Native),
            other => anyhow::bail!("unknown channel {other}"),
        }
    }
}

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Committed with us; WeChat may or may not know it.
    Created,
    /// WeChat gave a prepay id or a code: the payer can pay.
    Pending,
    /// Being closed: whether money came is not known yet.
    Closing,
    /// Closed without money; money that comes all the same is still taken seriously.
    Closed,
    /// WeChat refused it.
    Failed,
    /// Money came that does not fit our books: not booked, a person decides (pitfalls A16).
    Disputed,
    /// Money came.
    Paid,
}

impl AttemptState {
    /// The states in which money may still come in the ordinary way.
    pub const OPEN: [AttemptState; 3] = [AttemptState::Created, AttemptState::Pending, AttemptState::Closing];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            AttemptState::Created => "created",
            AttemptState::Pending => "pending",
            AttemptState::Closing => "closing",
            AttemptState::Closed => "closed",
            AttemptState::Failed => "failed",
            AttemptState::Disputed => "disputed",
            AttemptState::Paid => "paid",
        }
    }

    /// Whether money may still come in the ordinary way.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

impl FromStr for AttemptState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "created" => AttemptState::Created,
            "pending" => AttemptState::Pending,
            "closing" => AttemptState::Closing,
            "closed" => AttemptState::Closed,
            "failed" => AttemptState::Failed,
            "disputed" => AttemptState::Disputed,
            "paid" => AttemptState::Paid,
            other => anyhow::bail!("unknown attempt state {other}"),
        })
    }
}
