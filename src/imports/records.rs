//! The facts of a row in the form in which they are kept.

use super::row::{DeviceFacts, FeeRow, PayeeFacts};
use crate::accounts::UnitId;
use crate::fees::PayeeId;
use crate::fees::device_intake::DeviceRecord;
use crate::fees::intake::{FeeRecord, PayeeRecord};
use crate::reports::intake::StoredReport;

/// The device of a row, kept with its unit.
pub(super) fn device_record(facts: &DeviceFacts, unit_id: &UnitId) -> DeviceRecord {
    DeviceRecord {
        external_id: facts.external_id.clone(),
        unit_id: unit_id.to_string(),
        name: facts.name.clone(),
        kind_code: facts.kind_code.clone(),
        kind: facts.kind.clone(),
        registration_code: facts.registration_code.clone(),
        device_code: facts.device_code.clone(),
        use_cert_no: facts.use_cert_no.clone(),
        factory_serial_no: facts.factory_serial_no.clone(),
        internal_no: facts.internal_no.clone(),
        district_code: facts.district_code.clone(),
        place: facts.place.clone(),
        next_inspection_on: facts.next_inspection_on.clone(),
    }
}

/// A payee that was not known.
pub(super) fn payee_record(row: &FeeRow) -> PayeeRecord {
    let PayeeFacts { code, name, account_name, bank_name, bank_account } = row.payee.clone();
    let name = name.unwrap_or_default();
    PayeeRecord {
        code,
        account_name: account_name.unwrap_or_else(|| name.clone()),
        name,
        bank_name: bank_name.unwrap_or_default(),
        bank_account: bank_account.unwrap_or_default(),
        receipt_class: row.fee.receipt_class,
    }
}

/// Whether a row tells something else of a payee than is known; a blank tells nothing.
pub(super) fn says_otherwise(said: &PayeeFacts, known: &PayeeRecord) -> bool {
    let pairs = [
        (&said.name, &known.name),
        (&said.account_name, &known.account_name),
        (&said.bank_name, &known.bank_name),
        (&said.bank_account, &known.bank_account),
    ];
    pairs.into_iter().any(|(said, known)| said.as_ref().is_some_and(|said| said != known))
}

/// The fee of a row, with what lists and searches show of its report and device.
pub(super) fn fee_record(row: &FeeRow, report: &StoredReport, device: &DeviceRecord, payee_id: &PayeeId) -> FeeRecord {
    FeeRecord {
        external_id: row.fee.external_id.clone(),
        report_id: report.id.to_string(),
        unit_id: report.record.unit_id.clone(),
        applicant_phone: report.record.applicant_phone.clone(),
        payee_id: payee_id.to_string(),
        receipt_class: row.fee.receipt_class,
        amount: row.fee.amount,
        report_no: report.record.report_no.clone(),
        unit_name: report.record.unit_name.clone(),
        device_name: report.record.device_name.clone(),
        device_kind: report.record.device_kind.clone(),
        registration_code: report.record.registration_code.clone(),
        factory_serial_no: report.record.factory_serial_no.clone(),
        place: device.place.clone(),
        inspected_on: report.record.inspected_on.clone(),
        price_basis: row.fee.price_basis.clone(),
    }
}
