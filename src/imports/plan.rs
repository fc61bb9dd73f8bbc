//! What a batch of rows changes, decided before anything is written: pure, no database, no clock.
//!
//! A row that contradicts what already happened (a fee in an order, a fee paid) is rejected whole and changes nothing,
//! not even the address of its unit. A blank optional cell means "not said" and keeps what is known. A payee that is known
//! stays as it is, whatever a row says: where the payers' money goes is changed by two people ([`crate::fees`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foundation::money::Fen;

use super::records::{device_record, fee_record, payee_record, says_otherwise};
use super::row::{FeeRow, WantedState};
use crate::accounts::UnitId;
use crate::accounts::intake::UnitRecord;
use crate::fees::device_intake::{DeviceId, DeviceRecord};
use crate::fees::intake::{FeeState, PayeeRecord, StoredFee};
use crate::fees::{FeeId, PayeeId};
use crate::reports::intake::{ReportId, ReportRecord, StoredReport};

/// What the database knows of the things that a batch names, by their external ids.
#[derive(Default)]
#[allow(missing_docs)]
pub struct Known {
    pub units: HashMap<String, (UnitId, UnitRecord)>,
    pub devices: HashMap<String, (DeviceId, DeviceRecord)>,
    pub payees: HashMap<String, (PayeeId, PayeeRecord)>,
    pub reports: HashMap<String, StoredReport>,
    pub fees: HashMap<String, StoredFee>,
    /// External id of the report that carries a 报告编号.
    pub report_no_owners: HashMap<String, String>,
    /// External id of the fee of a report, by our report id.
    pub report_fees: HashMap<String, String>,
    /// 单位账号 that somebody else signs in with.
    pub logins_of_others: HashSet<String>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A fee that was not known.
    New(ReportId),
    /// Something of it was known otherwise.
    Changed(ReportId),
    /// All of it was known.
    Unchanged(ReportId),
    /// Not taken; why.
    Rejected(String),
}

/// New payable fees of one unit and applicant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Posting {
    /// How many.
    pub fee_count: i64,
    /// Their sum, fen.
    pub amount_fen: i64,
}

#[derive(Clone)]
struct Entry<T> {
    value: T,
    is_changed: bool,
}

impl<T> Entry<T> {
    fn known(value: T) -> Self {
        Self { value, is_changed: false }
    }
    fn changed(value: T) -> Self {
        Self { value, is_changed: true }
    }
}

/// The decisions of a batch.
pub struct Plan {
    now_ms: i64,
    units: HashMap<String, Entry<(UnitId, UnitRecord)>>,
    devices: HashMap<String, Entry<(DeviceId, DeviceRecord)>>,
    payees: HashMap<String, Entry<(PayeeId, PayeeRecord)>>,
    reports: HashMap<String, Entry<StoredReport>>,
    fees: HashMap<String, Entry<StoredFee>>,
    report_no_owners: HashMap<String, String>,
    report_fees: HashMap<String, String>,
    logins_of_others: HashSet<String>,
    /// New payable fees by unit and applicant's phone (empty when there is none).
    pub postings: BTreeMap<(UnitId, String), Posting>,
    /// Codes of known payees of which rows told something else: none of it was taken.
    pub payees_told_otherwise: BTreeSet<String>,
    /// Reports whose fee was told as settled before and is taken back now: nobody has paid for them.
    closed: Vec<String>,
}

fn entries<T>(known: HashMap<String, T>) -> HashMap<String, Entry<T>> {
    known.into_iter().map(|(key, value)| (key, Entry::known(value))).collect()
}

fn changed_values<T>(entries: HashMap<String, Entry<T>>) -> Vec<T> {
    entries.into_values().filter(|entry| entry.is_changed).map(|entry| entry.value).collect()
}

/// What is written, by kind.
#[allow(missing_docs)]
pub struct Changes {
    pub units: Vec<(UnitId, UnitRecord)>,
    pub devices: Vec<(DeviceId, DeviceRecord)>,
    pub payees: Vec<(PayeeId, PayeeRecord)>,
    pub reports: Vec<StoredReport>,
    pub fees: Vec<StoredFee>,
    /// Ids of reports that are closed again.
    pub closed: Vec<String>,
}

impl Plan {
    /// Starts from what is known at `now_ms`.
    pub fn new(known: Known, now_ms: i64) -> Self {
        Self {
            now_ms,
            units: entries(known.units),
            devices: entries(known.devices),
            payees: entries(known.payees),
            reports: entries(known.reports),
            fees: entries(known.fees),
            report_no_owners: known.report_no_owners,
            report_fees: known.report_fees,
            logins_of_others: known.logins_of_others,
            postings: BTreeMap::new(),
            payees_told_otherwise: BTreeSet::new(),
            closed: Vec::new(),
        }
    }

    /// Our id of a unit that is known or was taken in by this plan.
    pub fn unit_id(&self, external_id: &str) -> Option<&UnitId> {
        self.units.get(external_id).map(|entry| &entry.value.0)
    }

    /// SHA-256 of the file that a report has, if any.
    pub fn file_sha256(&self, report_external_id: &str) -> Option<&str> {
        self.reports.get(report_external_id).and_then(|entry| entry.value.file_sha256.as_deref())
    }

    /// What has to be written.
    pub fn into_changes(self) -> Changes {
        Changes {
            units: changed_values(self.units),
            devices: changed_values(self.devices),
            payees: changed_values(self.payees),
            reports: changed_values(self.reports),
            fees: changed_values(self.fees),
            closed: self.closed,
        }
    }

    /// Decides one row and remembers its changes for the rows after it.
    pub fn take(&mut self, row: &FeeRow) -> Outcome {
        let state = match self.contradiction(row) {
            Ok(state) => state,
            Err(reason) => return Outcome::Rejected(reason),
        };
        let (unit_id, unit, unit_changed) = self.take_unit(row);
        let (device_id, device, device_changed) = self.take_device(row, &unit_id);
        let (payee_id, payee_changed) = self.take_payee(row);
        let (report, report_changed) = self.take_report(row, &unit_id, &unit, &device_id, &device, state);
        let (is_new, fee_changed) = self.take_fee(row, &report, &device, &payee_id, state);
        match (is_new, unit_changed || device_changed || payee_changed || report_changed || fee_changed) {
            (true, _) => Outcome::New(report.id),
            (false, true) => Outcome::Changed(report.id),
            (false, false) => Outcome::Unchanged(report.id),
        }
    }

    /// Which state the fee gets, or why the row cannot be taken.
    fn contradiction(&self, row: &FeeRow) -> Result<FeeState, String> {
        self.demand_fitting_payee(row)?;
        if self.logins_of_others.contains(&row.unit_login) {
            return Err(format!(
                "单位账号 {} 已有个人账号或子账号在用，没有关联；请在客服台核对后收回该登录名，或为该单位换一个单位账号",
                row.unit_login
            ));
        }
        let report_id = self.reports.get(&row.report.external_id).map(|entry| entry.value.id.to_string());
        if let Some(owner) = self.report_no_owners.get(&row.report.report_no)
            && *owner != row.report.external_id
        {
            return Err(format!("报告编号 {} 已属于另一份报告（{owner}）", row.report.report_no));
        }
        let wanted = row.fee.wanted;
        let known = self.fees.get(&row.fee.external_id).map(|entry| &entry.value);
        // One that was cancelled, and stays so, stands beside the one in its place; but it gives their report to nobody else.
        let stands_beside = known.is_some_and(|fee| fee.state == FeeState::Cancelled)
            && matches!(wanted, None | Some(WantedState::Cancelled))
            && self.is_of_unit(row);
        if let Some(fee) = report_id.as_ref().and_then(|id| self.report_fees.get(id))
            && *fee != row.fee.external_id
            && !stands_beside
        {
            return Err(format!("报告 {} 已有另一笔费用（{fee}）", row.report.report_no));
        }
        let Some(fee) = known else {
            return Ok(state_of_new(wanted, row.fee.amount));
        };
        if report_id.as_ref() != Some(&fee.record.report_id) {
            return Err(format!("费用 {} 属于报告 {}", row.fee.external_id, fee.record.report_no));
        }
        let same_terms = self.has_same_terms(row, fee);
        match (fee.state, wanted) {
            (FeeState::Locked, None | Some(WantedState::Payable)) if same_terms => Ok(FeeState::Locked),
            (FeeState::Locked, _) => Err(format!(
                "该费用（{} 元）正在订单中，不能修改；请等订单付清或作废后再导入",
                fee.record.amount.to_yuan_text()
            )),
            (FeeState::Paid, None | Some(WantedState::Payable | WantedState::Settled)) if same_terms => {
                Ok(FeeState::Paid)
            }
            // Told as settled by mistake: taken back outright first, so that an old file asks nobody for money again.
            (FeeState::Paid, Some(WantedState::Cancelled)) if fee.is_told_settled() => Ok(FeeState::Cancelled),
            (FeeState::Paid, None | Some(WantedState::Payable)) if fee.is_told_settled() => Err(format!(
                "该费用（{} 元）导入时已结清，不能直接改为待缴；如确有差错，请先以“取消”导入这笔费用，再以“待缴”导入，或在费用台更正",
                fee.record.amount.to_yuan_text()
            )),
            (FeeState::Paid, _) => Err(format!("该费用（{} 元）已缴清，不能修改", fee.record.amount.to_yuan_text())),
            (FeeState::Cancelled, None) => Ok(FeeState::Cancelled),
            (FeeState::Payable | FeeState::Cancelled, wanted) => Ok(state_of_new(wanted, row.fee.amount)),
        }
    }

    /// Whether the report of a row belongs to the unit of the row already.
    fn is_of_unit(&self, row: &FeeRow) -> bool {
        let owner = self.reports.get(&row.report.external_id).map(|entry| entry.value.record.unit_id.as_str());
        owner.is_some() && owner == self.unit_id(&row.unit.external_id).map(UnitId::as_str)
    }

    fn demand_fitting_payee(&self, row: &FeeRow) -> Result<(), String> {
        match self.payees.get(&row.payee.code).map(|entry| &entry.value.1) {
            Some(known) if known.receipt_class != row.fee.receipt_class => {
                Err(format!("收款单位 {} 的收费类别是{}，与本行不符", row.payee.code, known.receipt_class.text()))
            }
            None if row.payee.name.is_none() || row.payee.bank_name.is_none() || row.payee.bank_account.is_none() => {
                Err(format!("收款单位 {} 是第一次出现，请填写收款单位、开户银行和银行账号", row.payee.code))
            }
            _ => Ok(()),
        }
    }

    /// Whether what the payer decided on is as it was: whose, how much, to whom, with which receipt.
    fn has_same_terms(&self, row: &FeeRow, fee: &StoredFee) -> bool {
        let unit_id = self.unit_id(&row.unit.external_id).map(UnitId::as_str);
        let payee_id = self.payees.get(&row.payee.code).map(|entry| entry.value.0.as_str());
        fee.record.amount == row.fee.amount
            && fee.record.receipt_class == row.fee.receipt_class
            && unit_id == Some(&fee.record.unit_id)
            && payee_id == Some(&fee.record.payee_id)
    }

    fn take_unit(&mut self, row: &FeeRow) -> (UnitId, UnitRecord, bool) {
        let key = &row.unit.external_id;
        let known = self.units.get(key).map(|entry| entry.value.clone());
        let mut record = row.unit.clone();
        if let Some((_, known)) = &known {
            keep_known(&mut record.uscc, &known.uscc);
            keep_known(&mut record.district_code, &known.district_code);
            keep_known(&mut record.address, &known.address);
            keep_known(&mut record.phone, &known.phone);
        }
        let changed = known.as_ref().is_none_or(|(_, known)| *known != record);
        let id = known.map_or_else(UnitId::new, |(id, _)| id);
        if changed {
            self.units.insert(key.clone(), Entry::changed((id.clone(), record.clone())));
        }
        (id, record, changed)
    }

    fn take_device(&mut self, row: &FeeRow, unit_id: &UnitId) -> (DeviceId, DeviceRecord, bool) {
        let key = &row.device.external_id;
        let known = self.devices.get(key).map(|entry| entry.value.clone());
        let mut record = device_record(&row.device, unit_id);
        if let Some((_, known)) = &known {
            keep_known(&mut record.device_code, &known.device_code);
            keep_known(&mut record.use_cert_no, &known.use_cert_no);
            keep_known(&mut record.factory_serial_no, &known.factory_serial_no);
            keep_known(&mut record.internal_no, &known.internal_no);
            keep_known(&mut record.district_code, &known.district_code);
            keep_known(&mut record.place, &known.place);
            keep_known(&mut record.next_inspection_on, &known.next_inspection_on);
        }
        let changed = known.as_ref().is_none_or(|(_, known)| *known != record);
        let id = known.map_or_else(DeviceId::new, |(id, _)| id);
        if changed {
            self.devices.insert(key.clone(), Entry::changed((id.clone(), record.clone())));
        }
        (id, record, changed)
    }

    fn take_payee(&mut self, row: &FeeRow) -> (PayeeId, bool) {
        if let Some(entry) = self.payees.get(&row.payee.code) {
            let (id, known) = &entry.value;
            if says_otherwise(&row.payee, known) {
                self.payees_told_otherwise.insert(row.payee.code.clone());
            }
            return (id.clone(), false);
        }
        let id = PayeeId::new();
        self.payees.insert(row.payee.code.clone(), Entry::changed((id.clone(), payee_record(row))));
        (id, true)
    }

    fn take_report(
        &mut self,
        row: &FeeRow,
        unit_id: &UnitId,
        unit: &UnitRecord,
        device_id: &DeviceId,
        device: &DeviceRecord,
        fee_state: FeeState,
    ) -> (StoredReport, bool) {
        let known = self.reports.get(&row.report.external_id).map(|entry| entry.value.clone());
        let mut record = ReportRecord {
            external_id: row.report.external_id.clone(),
            report_no: row.report.report_no.clone(),
            unit_id: unit_id.to_string(),
            device_id: device_id.to_string(),
            applicant_phone: row.applicant.as_ref().map(|(_, phone)| phone.clone()),
            unit_name: unit.name.clone(),
            device_name: device.name.clone(),
            device_kind: device.kind.clone(),
            registration_code: device.registration_code.clone(),
            factory_serial_no: device.factory_serial_no.clone(),
            conclusion: row.report.conclusion.clone(),
            inspected_on: row.report.inspected_on.clone(),
            issued_on: row.report.issued_on.clone(),
        };
        if let Some(known) = &known {
            keep_known(&mut record.applicant_phone, &known.record.applicant_phone);
            keep_known(&mut record.conclusion, &known.record.conclusion);
            keep_known(&mut record.inspected_on, &known.record.inspected_on);
        }
        // What is settled outside an order is opened here; orders open theirs when they are paid. What was opened for one unit
        // on credit is not open for another one: it was granted nothing.
        let opened_at = (fee_state == FeeState::Paid).then_some(self.now_ms);
        let same_owner = known.as_ref().filter(|known| known.record.unit_id == record.unit_id);
        let released_at = same_owner.and_then(|known| known.released_at).or(opened_at);
        let changed = known.as_ref().is_none_or(|known| known.record != record || known.released_at != released_at);
        let report = StoredReport {
            id: known.as_ref().map_or_else(ReportId::new, |known| known.id.clone()),
            record,
            released_at,
            file_sha256: known.and_then(|known| known.file_sha256),
        };
        if changed {
            self.report_no_owners.insert(row.report.report_no.clone(), row.report.external_id.clone());
            self.reports.insert(row.report.external_id.clone(), Entry::changed(report.clone()));
        }
        (report, changed)
    }

    fn take_fee(
        &mut self,
        row: &FeeRow,
        report: &StoredReport,
        device: &DeviceRecord,
        payee_id: &PayeeId,
        state: FeeState,
    ) -> (bool, bool) {
        let known = self.fees.get(&row.fee.external_id).map(|entry| entry.value.clone());
        let mut record = fee_record(row, report, device, payee_id);
        if let Some(known) = &known {
            // An explanation that is not told again stays, as long as it explains this amount.
            if record.price_basis.is_none() && known.record.amount == record.amount {
                record.price_basis.clone_from(&known.record.price_basis);
            }
            // What the payer sees of a fee in an order or paid stays what he saw.
            if known.state == state && matches!(state, FeeState::Locked | FeeState::Paid) {
                record = known.record.clone();
            }
            if known.is_told_settled() && state == FeeState::Cancelled {
                self.closed.push(report.id.to_string());
            }
            if known.record == record && known.state == state {
                return (false, false);
            }
        }
        let was_payable = known.as_ref().is_some_and(|known| known.state == FeeState::Payable);
        if state == FeeState::Payable && !was_payable {
            let applicant = record.applicant_phone.clone().unwrap_or_default();
            let key = (UnitId::from_stored(record.unit_id.clone()), applicant);
            let posting = self.postings.entry(key).or_default();
            posting.fee_count += 1;
            posting.amount_fen += record.amount.0;
        }
        let fee = StoredFee {
            id: known.as_ref().map_or_else(FeeId::new, |known| known.id.clone()),
            posted_at: known.as_ref().filter(|_| was_payable).map_or(self.now_ms, |known| known.posted_at),
            paid_at: (state == FeeState::Paid).then_some(self.now_ms),
            credit_id: known.as_ref().and_then(|known| known.credit_id.clone()),
            order_id: known.as_ref().and_then(|known| known.order_id.clone()),
            record,
            state,
        };
        let (report_id, external_id) = (report.id.to_string(), row.fee.external_id.clone());
        if state == FeeState::Cancelled {
            // It does not take the place of the one that it stands beside.
            self.report_fees.entry(report_id).or_insert(external_id);
        } else {
            self.report_fees.insert(report_id, external_id);
        }
        self.fees.insert(row.fee.external_id.clone(), Entry::changed(fee));
        (known.is_none(), true)
    }
}

fn state_of_new(wanted: Option<WantedState>, amount: Fen) -> FeeState {
    match wanted {
        Some(WantedState::Cancelled) => FeeState::Cancelled,
        Some(WantedState::Settled) => FeeState::Paid,
        // Nothing is owed (免收费): settled at once, the report is open.
        None | Some(WantedState::Payable) if amount == Fen::ZERO => FeeState::Paid,
        None | Some(WantedState::Payable) => FeeState::Payable,
    }
}

fn keep_known(said: &mut Option<String>, known: &Option<String>) {
    if said.is_none() {
        said.clone_from(known);
    }
}
