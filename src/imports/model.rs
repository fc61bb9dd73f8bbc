//! Imports as others see them.

use foundation::define_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Outcome;
use crate::reports::intake::ReportId;

define_id!(
    /// One import.
    ImportId, "imp"
);

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Rows are being taken in.
    Running,
    /// All rows were looked at.
    Finished,
    /// Ended before its end; the rows up to there are taken in, the same file again completes it.
    Interrupted,
}

impl ImportState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportState::Running => "running",
            ImportState::Finished => "finished",
            ImportState::Interrupted => "interrupted",
        }
    }
}

impl std::str::FromStr for ImportState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "running" => ImportState::Running,
            "finished" => ImportState::Finished,
            "interrupted" => ImportState::Interrupted,
            other => anyhow::bail!("unknown import state {other}"),
        })
    }
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowCounts {
    /// Rows looked at.
    pub total: i64,
    /// Fees that were not known.
    pub new: i64,
    /// Rows that changed something known.
    pub changed: i64,
    /// Rows that said nothing new.
    pub unchanged: i64,
    /// Rows that were not taken.
    pub rejected: i64,
}

impl RowCounts {
    /// Counts one row; gives the report of a row that was taken.
    pub(super) fn count<'outcome>(&mut self, outcome: &'outcome Outcome) -> Option<&'outcome ReportId> {
        self.total += 1;
        let (counter, report) = match outcome {
            Outcome::New(report) => (&mut self.new, Some(report)),
            Outcome::Changed(report) => (&mut self.changed, Some(report)),
            Outcome::Unchanged(report) => (&mut self.unchanged, Some(report)),
            Outcome::Rejected(_) => (&mut self.rejected, None),
        };
        *counter += 1;
        report
    }
}

/// Why a row was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowError {
    /// Line of the file, row of the sheet, or place in the request, from 1.
    pub line: u64,
    /// 费用编号 as far as it could be read.
    pub fee_id: String,
    /// In Chinese.
    pub reason: String,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportSummary {
    /// Which import.
    #[schema(value_type = String)]
    pub id: String,
    /// How it stands.
    pub state: ImportState,
    /// Rows by what became of them.
    pub rows: RowCounts,
    /// The first rejected rows, at most 100; all of them are in the error file.
    pub errors: Vec<RowError>,
    /// Whether there is an error file to download.
    pub has_error_file: bool,
    /// Columns that were not understood.
    #[serde(default)]
    pub unknown_columns: Vec<String>,
}
