//! Uploads and their states.

use std::str::FromStr;

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

define_id!(
    /// One file of a person.
    UploadId, "upl"
);

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The slip of a remittance (S0-37).
    RemittanceProof,
}

impl Purpose {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::RemittanceProof => "remittance_proof",
        }
    }
}

impl FromStr for Purpose {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "remittance_proof" => Ok(Purpose::RemittanceProof),
            other => anyhow::bail!("unknown purpose of a file {other}"),
        }
    }
}

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Not all of it is here.
    Receiving,
    /// Looked at and kept.
    Ready,
    /// Not taken; the reason says why.
    Refused,
}

impl UploadState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            UploadState::Receiving => "receiving",
            UploadState::Ready => "ready",
            UploadState::Refused => "refused",
        }
    }
}

impl FromStr for UploadState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "receiving" => UploadState::Receiving,
            "ready" => UploadState::Ready,
            "refused" => UploadState::Refused,
            other => anyhow::bail!("unknown upload state {other}"),
        })
    }
}
