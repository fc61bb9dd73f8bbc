//! What a title is made of.

use std::str::FromStr;

use foundation::define_id;
use foundation::sealed::Sealed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

define_id!(
    /// One saved title.
    TitleId, "ttl"
);

/// A unit with a tax number, or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TitleKind {
    /// 单位.
    Organization,
    /// 个人.
    Individual,
}

impl TitleKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            TitleKind::Organization => "organization",
            TitleKind::Individual => "individual",
        }
    }
}

impl FromStr for TitleKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "organization" => Ok(TitleKind::Organization),
            "individual" => Ok(TitleKind::Individual),
            other => anyhow::bail!("unknown title kind {other}"),
        }
    }
}

/// A title as a person gives it: not checked yet.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct NewInvoiceTitle {
    /// Unit or person.
    pub kind: TitleKind,
    /// 抬头名称, at most 100 characters.
    pub name: String,
    /// 纳税人识别号: 15, 17, 18 or 20 characters; a unit must give it for a VAT invoice.
    pub tax_no: Option<String>,
    /// 地址.
    pub address: Option<String>,
    /// 电话.
    pub phone: Option<String>,
    /// 开户行.
    pub bank_name: Option<String>,
    /// 银行账号.
    pub bank_account: Option<String>,
    /// Where a copy may be sent.
    pub email: Option<String>,
}

/// A checked title, as an order and its receipt keep it: later changes of the saved title do not touch it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct TitleFacts {
    /// Unit or person.
    pub kind: TitleKind,
    /// 抬头名称.
    pub name: String,
    /// 纳税人识别号, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_no: Option<String>,
    /// 地址.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// 开户行.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_name: Option<String>,
    /// 银行账号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_account: Option<String>,
    /// Where a copy may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl TitleFacts {
    /// The form in which orders and receipts store it.
    pub fn to_stored(&self) -> Sealed {
        serde_json::to_string(self).expect("a title is plain data").into()
    }

    /// Reads [`TitleFacts::to_stored`].
    pub fn from_stored(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// A saved title.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvoiceTitle {
    /// Which.
    pub id: TitleId,
    /// What it says.
    #[serde(flatten)]
    pub facts: TitleFacts,
    /// Whether it is the one used last.
    pub is_default: bool,
}

/// The title a confirmation starts with; without an `id` it is the unit itself, which nobody saved yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProposedTitle {
    /// Which saved one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<TitleId>,
    /// What it says.
    #[serde(flatten)]
    pub facts: TitleFacts,
}
