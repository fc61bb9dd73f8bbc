//! Fees and payees.

use std::str::FromStr;

use foundation::define_id;
use foundation::money::Fen;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::price_basis::PriceBasis;

define_id!(
    /// One fee.
    FeeId, "fee"
);
define_id!(
    /// One payee.
    PayeeId, "pye"
);
define_id!(
    /// What is to be changed of a payee.
    PayeeChangeId, "pyc"
);

/// What kind of receipt a fee gets; decides the ways to pay (S0-23…25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptClass {
    /// 非税缴款书: government revenue, fiscal e-receipt.
    Nontax,
    /// 增值税发票.
    Vat,
}

impl ReceiptClass {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ReceiptClass::Nontax => "nontax",
            ReceiptClass::Vat => "vat",
        }
    }
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            ReceiptClass::Nontax => "非税缴款书",
            ReceiptClass::Vat => "增值税发票",
        }
    }
}

impl FromStr for ReceiptClass {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "nontax" => Ok(ReceiptClass::Nontax),
            "vat" => Ok(ReceiptClass::Vat),
            other => anyhow::bail!("unknown receipt class {other}"),
        }
    }
}

/// A payable (or once payable) fee.
#[derive(Debug, Clone)]
pub struct Fee {
    /// Which.
    pub id: FeeId,
    /// The report it is for.
    pub report_id: String,
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类, such as 电梯.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// 单位名称.
    pub unit_name: String,
    /// Where the device stands.
    pub place: Option<String>,
    /// Day of the inspection.
    pub inspected_on: Option<String>,
    /// Fen.
    pub amount: Fen,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// Who receives the money.
    pub payee_id: PayeeId,
    /// 报检人电话.
    pub applicant_phone: Option<String>,
    /// When it was posted, epoch milliseconds.
    pub posted_at: i64,
    /// The request for credit it is in.
    pub credit_id: Option<String>,
    /// Until when it must be paid, once that was granted.
    pub credit_due_on: Option<String>,
    /// Why it costs what it costs.
    pub price_basis: Option<PriceBasis>,
}

/// Who receives the money.
#[derive(Debug, Clone)]
pub struct Payee {
    /// Which.
    pub id: PayeeId,
    /// 收款单位.
    pub name: String,
    /// 户名.
    pub account_name: String,
    /// 开户行.
    pub bank_name: String,
    /// 账号.
    pub bank_account: String,
}
