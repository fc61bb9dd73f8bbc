//! Windows and stations where receipts and reports are handed out, from `config/offices.toml`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfficeKind {
    /// 服务大厅窗口.
    Window,
    /// 检验站.
    Station,
}

/// A place where papers are handed out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// Which; stays the same when the name changes.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its phone.
    pub phone: String,
    /// Window or station.
    pub kind: OfficeKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    offices: Vec<Office>,
}

/// All places, in the order of the file.
pub fn offices() -> anyhow::Result<Vec<Office>> {
    let file: File = toml::from_str(include_str!("../../config/offices.toml"))?;
    Ok(file.offices)
}
