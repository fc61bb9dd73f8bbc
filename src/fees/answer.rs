//! A fee as the front end sees it.

use foundation::money::Fen;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Fee, FeeId, ReceiptClass};
use super::price_basis::PriceBasis;

/// One line of 待缴费报告明细 (S0-12).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Fee)]
pub struct FeeAnswer {
    /// Which.
    pub id: FeeId,
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factory_serial_no: Option<String>,
    /// 单位名称.
    pub unit_name: String,
    /// Where the device stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Fen.
    pub amount_fen: Fen,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// Who receives the money.
    pub payee_name: String,
    /// Day of the inspection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspected_on: Option<String>,
    /// Epoch milliseconds.
    pub posted_at: i64,
    /// Why it costs what it costs (B-08).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_basis: Option<PriceBasis>,
    /// Whether it is on credit (S1-56).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<FeeCredit>,
}

/// A fee whose report was asked for, or opened, before it is paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeeCredit {
    /// The request.
    pub id: String,
    /// `requested` or `granted`.
    pub state: String,
    /// The same for people.
    pub state_text: String,
    /// Until when it must be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<String>,
}

impl FeeCredit {
    fn of(id: String, due_on: Option<String>) -> Self {
        let (state, state_text) = match &due_on {
            Some(_) => ("granted", "欠费待缴"),
            None => ("requested", "欠费申请中"),
        };
        Self { id, state: state.to_owned(), state_text: state_text.to_owned(), due_on }
    }
}

impl FeeAnswer {
    /// A fee and the name of its payee.
    pub fn of(fee: Fee, payee_name: &str) -> Self {
        Self {
            id: fee.id,
            report_no: fee.report_no,
            device_name: fee.device_name,
            device_kind: fee.device_kind,
            registration_code: fee.registration_code,
            factory_serial_no: fee.factory_serial_no,
            unit_name: fee.unit_name,
            place: fee.place,
            amount_fen: fee.amount,
            receipt_class: fee.receipt_class,
            payee_name: payee_name.to_owned(),
            inspected_on: fee.inspected_on,
            posted_at: fee.posted_at,
            credit: fee.credit_id.map(|id| FeeCredit::of(id, fee.credit_due_on)),
            price_basis: fee.price_basis,
        }
    }
}
