//! Fees as JSON; each becomes a row as if it stood in a file.

use foundation::money::Fen;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fees::PriceBasis;
use crate::imports::columns::Field;
use crate::imports::price;
use crate::imports::row::RawRow;
use crate::imports::writer::Cells;

/// Up to 500 fees with all that belongs to them.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeBatch {
    /// 1–500 rows.
    #[schema(min_items = 1, max_items = 500)]
    pub rows: Vec<BatchRow>,
}

/// One fee and all that belongs to it. Absent facts keep what is known.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRow {
    unit: BatchUnit,
    #[serde(default)]
    applicant: Option<BatchApplicant>,
    device: BatchDevice,
    report: BatchReport,
    fee: BatchFee,
    payee: BatchPayee,
}

/// 单位.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchUnit {
    /// Key in the core system; stays when the unit is renamed.
    #[schema(example = "U0001")]
    id: String,
    #[schema(example = "示例物业001有限公司")]
    name: String,
    /// 统一社会信用代码.
    #[serde(default)]
    #[schema(example = "91500000DEM0000145")]
    uscc: Option<String>,
    /// GB/T 2260, or the name of a district without a code.
    #[serde(default)]
    district: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    /// 单位账号; the id when absent.
    #[serde(default)]
    login: Option<String>,
}

/// 报检人.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchApplicant {
    #[serde(default)]
    name: Option<String>,
    #[schema(example = "13900000001")]
    phone: String,
}

/// 设备.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchDevice {
    /// Key in the core system; the registration code when absent.
    #[serde(default)]
    id: Option<String>,
    #[schema(example = "曳引驱动乘客电梯")]
    name: String,
    /// 设备种类.
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    kind_code: Option<String>,
    /// 注册代码, 20 characters.
    #[serde(default)]
    #[schema(example = "31105001032016030001")]
    registration_code: Option<String>,
    #[serde(default)]
    device_code: Option<String>,
    #[serde(default)]
    use_cert_no: Option<String>,
    #[serde(default)]
    factory_serial_no: Option<String>,
    #[serde(default)]
    internal_no: Option<String>,
    #[serde(default)]
    district: Option<String>,
    #[serde(default)]
    place: Option<String>,
    #[serde(default)]
    next_inspection_on: Option<String>,
}

/// 检验报告.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchReport {
    /// Key in the core system; the report number when absent.
    #[serde(default)]
    id: Option<String>,
    #[schema(example = "DT-DJ-2026-0000001")]
    report_no: String,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    inspected_on: Option<String>,
    #[schema(example = "2026-07-10")]
    issued_on: String,
    /// Where the PDF is fetched from; its host must be allowed by the configuration.
    #[serde(default)]
    file_url: Option<String>,
}

/// 待缴费.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchFee {
    /// Key in the core system.
    #[schema(example = "F0000001")]
    id: String,
    /// Fen; 0 is settled at once.
    #[schema(example = 126500)]
    amount_fen: i64,
    /// `nontax` or `vat`.
    #[schema(example = "nontax")]
    receipt_class: String,
    /// `payable` (when absent), `settled` elsewhere, or `cancelled`.
    #[serde(default)]
    state: Option<String>,
    /// Why it costs what it costs (B-08); the sum of the items is the amount.
    #[serde(default)]
    price_basis: Option<PriceBasis>,
}

/// 收款单位; all but the code may be absent once it is known.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchPayee {
    #[schema(example = "NT01")]
    code: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    account_name: Option<String>,
    #[serde(default)]
    bank_name: Option<String>,
    #[serde(default)]
    bank_account: Option<String>,
}

impl FeeBatch {
    /// The rows as an import takes them, numbered from 1.
    pub fn into_rows(self) -> Vec<RawRow> {
        let rows = self.rows.into_iter().zip(1..);
        rows.map(|(row, line)| RawRow { line, cells: row.into_cells().into_texts(), fault: None }).collect()
    }
}

impl BatchRow {
    fn into_cells(self) -> Cells {
        let Self { unit, applicant, device, report, fee, payee } = self;
        let (applicant_name, applicant_phone) =
            applicant.map_or((None, None), |applicant| (applicant.name, Some(applicant.phone)));
        let amount = Fen(fee.amount_fen).to_yuan_text();
        let (price_rule, price_items, legal_basis) = match fee.price_basis {
            Some(basis) => (Some(basis.rule), Some(price::items_text(&basis.items)), basis.legal_basis),
            None => (None, None, None),
        };
        let mut cells = Cells::default();
        for (field, text) in [
            (Field::UnitExternalId, Some(unit.id)),
            (Field::UnitName, Some(unit.name)),
            (Field::UnitUscc, unit.uscc),
            (Field::UnitDistrict, unit.district),
            (Field::UnitAddress, unit.address),
            (Field::UnitPhone, unit.phone),
            (Field::UnitLogin, unit.login),
            (Field::ApplicantName, applicant_name),
            (Field::ApplicantPhone, applicant_phone),
            (Field::DeviceExternalId, device.id),
            (Field::DeviceName, Some(device.name)),
            (Field::DeviceKind, device.kind),
            (Field::DeviceKindCode, device.kind_code),
            (Field::RegistrationCode, device.registration_code),
            (Field::DeviceCode, device.device_code),
            (Field::UseCertNo, device.use_cert_no),
            (Field::FactorySerialNo, device.factory_serial_no),
            (Field::InternalNo, device.internal_no),
            (Field::DeviceDistrict, device.district),
            (Field::Place, device.place),
            (Field::NextInspectionOn, device.next_inspection_on),
            (Field::ReportExternalId, report.id),
            (Field::ReportNo, Some(report.report_no)),
            (Field::Conclusion, report.conclusion),
            (Field::InspectedOn, report.inspected_on),
            (Field::IssuedOn, Some(report.issued_on)),
            (Field::ReportFile, report.file_url),
            (Field::FeeExternalId, Some(fee.id)),
            (Field::Amount, Some(amount)),
            (Field::ReceiptClass, Some(fee.receipt_class)),
            (Field::FeeState, fee.state),
            (Field::PayeeCode, Some(payee.code)),
            (Field::PayeeName, payee.name),
            (Field::PayeeAccountName, payee.account_name),
            (Field::PayeeBankName, payee.bank_name),
            (Field::PayeeBankAccount, payee.bank_account),
            (Field::PriceRule, price_rule),
            (Field::PriceItems, price_items),
            (Field::LegalBasis, legal_basis),
        ] {
            cells.set(field, text.unwrap_or_default());
        }
        cells
    }
}
