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
    /// 营业执照 of a registration (S1-09, S2-07).
    BusinessLicence,
    /// The sealed 注册申请书 (S1-08).
    ApplicationForm,
    /// A paper of a unit's own: a new licence, a certificate (S1-57, S1-58).
    UnitPaper,
    /// A paper that shows whose account it is (B-03).
    PhoneProof,
    /// A paper that came by post or over the counter, scanned by staff (S2-09).
    PaperScan,
}

impl Purpose {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::RemittanceProof => "remittance_proof",
            Purpose::BusinessLicence => "business_licence",
            Purpose::ApplicationForm => "application_form",
            Purpose::UnitPaper => "unit_paper",
            Purpose::PhoneProof => "phone_proof",
            Purpose::PaperScan => "paper_scan",
        }
    }

    /// Whether a file belongs to its sender alone and not to the unit he acts for: whoever registers a unit does not act
    /// for it yet.
    pub fn is_personal(self) -> bool {
        matches!(self, Purpose::BusinessLicence | Purpose::ApplicationForm | Purpose::PhoneProof | Purpose::PaperScan)
    }

    /// Whether payers may send files for it; the rest comes from staff.
    pub(super) fn is_for_payers(self) -> bool {
        self != Purpose::PaperScan
    }
}

impl FromStr for Purpose {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "remittance_proof" => Ok(Purpose::RemittanceProof),
            "business_licence" => Ok(Purpose::BusinessLicence),
            "application_form" => Ok(Purpose::ApplicationForm),
            "unit_paper" => Ok(Purpose::UnitPaper),
            "phone_proof" => Ok(Purpose::PhoneProof),
            "paper_scan" => Ok(Purpose::PaperScan),
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
