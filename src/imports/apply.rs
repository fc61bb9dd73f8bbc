//! One batch of rows, taken in by one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::model::{ImportId, RowCounts};
use super::plan::{Known, Outcome, Plan};
use super::row::FeeRow;
use super::store;
use crate::accounts::{AccountId, Role, UnitId, intake as accounts};
use crate::app::App;
use crate::fees::{device_intake as devices, intake as fees};
use crate::happenings::{Happening, publish_all};
use crate::reports::{close_told_settled, intake as reports};

/// How long a batch waits for those of other imports before it.
const OTHER_IMPORTS: Duration = Duration::from_secs(60);

/// A batch that was taken in.
pub struct Applied {
    /// What became of each row, in order.
    pub outcomes: Vec<Outcome>,
    /// SHA-256 of the files that the reports have already, by row.
    pub file_sha256: Vec<Option<String>>,
}

/// Takes in rows that name each fee and each report at most once. `rejected_before` rows were refused before; they are
/// counted with this batch.
pub async fn apply(app: &App, import: &ImportId, rows: &[FeeRow], rejected_before: i64) -> Result<Applied, Problem> {
    let now_ms = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let connection = &*transaction;
    if !app.database.is_sqlite() {
        transaction.be_patient_for(OTHER_IMPORTS).await?;
    }
    // Imports run one after another on all nodes: what is read below stays true until it is written.
    fees::one_maker_at_a_time(connection).await?;
    let by_uscc = rows.iter().filter_map(|row| Some((row.unit.uscc.clone()?, row.unit.external_id.clone()))).collect();
    accounts::adopt_registered_units(connection, &by_uscc, now_ms).await?;
    let mut plan = Plan::new(read_known(connection, rows).await?, now_ms);
    let outcomes: Vec<Outcome> = rows.iter().map(|row| plan.take(row)).collect();
    let file_sha256 = rows.iter().map(|row| plan.file_sha256(&row.report.external_id).map(str::to_owned)).collect();
    let members = members_of(rows, &outcomes, &plan);
    for code in &plan.payees_told_otherwise {
        tracing::warn!(code, "an import tells another account or name of a known payee: nothing of that was taken");
    }
    store::add_postings(connection, import, &plan.postings).await?;
    let changes = plan.into_changes();
    let credits: BTreeSet<String> = changes.fees.iter().filter_map(|fee| fee.credit_id.clone()).collect();
    accounts::save_units(connection, changes.units, now_ms).await?;
    devices::save_devices(connection, changes.devices, now_ms).await?;
    fees::save_payees(connection, changes.payees, now_ms).await?;
    reports::save_reports(connection, changes.reports, now_ms).await?;
    fees::save_fees(connection, changes.fees, now_ms).await?;
    close_told_settled(connection, &changes.closed, now_ms).await?;
    let changed: Vec<Happening> = credits.into_iter().map(|credit_id| Happening::CreditChanged { credit_id }).collect();
    publish_all(connection, &changed, now_ms).await?;
    save_members(connection, members, now_ms).await?;
    store::count_rows(connection, import, counts(&outcomes, rejected_before), now_ms).await?;
    transaction.commit().await?;
    Ok(Applied { outcomes, file_sha256 })
}

async fn read_known<C: ConnectionTrait>(connection: &C, rows: &[FeeRow]) -> Result<Known, Problem> {
    let keys =
        |pick: fn(&FeeRow) -> &String| -> BTreeSet<String> { rows.iter().map(|row| pick(row).clone()).collect() };
    // Held before anything is read of their reports: whatever opens or closes a report changes its fee first, so that what is
    // read here is not overtaken until it is written.
    let fees = fees::fees_for_update(connection, &keys(|row| &row.fee.external_id)).await?;
    let reports = reports::reports_by_external_id(connection, &keys(|row| &row.report.external_id)).await?;
    let report_ids = reports.values().map(|report| report.id.to_string()).collect();
    Ok(Known {
        units: accounts::units_by_external_id(connection, &keys(|row| &row.unit.external_id)).await?,
        devices: devices::devices_by_external_id(connection, &keys(|row| &row.device.external_id)).await?,
        payees: fees::payees_by_code(connection, &keys(|row| &row.payee.code)).await?,
        report_no_owners: reports::owners_of_report_nos(connection, &keys(|row| &row.report.report_no)).await?,
        report_fees: fees::fees_of_reports(connection, &report_ids).await?,
        fees,
        logins_of_others: accounts::login_names_of_others(connection, &keys(|row| &row.unit_login)).await?,
        reports,
    })
}

/// Who may act for which unit after this batch: people by phone, unit accounts by login name.
#[derive(Default)]
struct Members {
    people: BTreeMap<String, (String, BTreeSet<UnitId>)>,
    unit_accounts: BTreeMap<String, (String, BTreeSet<UnitId>)>,
}

fn members_of(rows: &[FeeRow], outcomes: &[Outcome], plan: &Plan) -> Members {
    let mut members = Members::default();
    for (row, outcome) in rows.iter().zip(outcomes) {
        let unit = plan.unit_id(&row.unit.external_id);
        let (Some(unit), false) = (unit, matches!(outcome, Outcome::Rejected(_))) else { continue };
        if let Some((name, phone)) = &row.applicant {
            let person = members.people.entry(phone.clone()).or_insert_with(|| (name.clone(), BTreeSet::new()));
            person.1.insert(unit.clone());
        }
        let account = members.unit_accounts.entry(row.unit_login.clone());
        account.or_insert_with(|| (row.unit.name.clone(), BTreeSet::new())).1.insert(unit.clone());
    }
    members
}

async fn save_members<C: ConnectionTrait>(connection: &C, members: Members, now_ms: i64) -> Result<(), Problem> {
    let names = |accounts: &BTreeMap<String, (String, BTreeSet<UnitId>)>| -> BTreeMap<String, String> {
        accounts.iter().map(|(key, (name, _))| (key.clone(), name.clone())).collect()
    };
    let mut members = members;
    // A unit that has an owner needs no account of its own; one made for it would belong nowhere.
    let units = members.unit_accounts.values().flat_map(|(_, units)| units.iter().map(UnitId::to_string)).collect();
    let owned = accounts::owned_units(connection, &units).await?;
    members.unit_accounts.retain(|_, (_, units)| units.iter().any(|unit| !owned.contains(unit.as_str())));
    let people = accounts::ensure_people(connection, &names(&members.people), now_ms).await?;
    let unit_accounts = accounts::ensure_unit_accounts(connection, &names(&members.unit_accounts), now_ms).await?;
    let mut roles: BTreeMap<(AccountId, UnitId), Role> = BTreeMap::new();
    for (kind, ids, role) in
        [(members.people, people, Role::Applicant), (members.unit_accounts, unit_accounts, Role::Owner)]
    {
        for (key, (_, units)) in kind {
            let Some(account) = ids.get(&key) else { continue };
            roles.extend(units.into_iter().map(|unit| ((account.clone(), unit), role)));
        }
    }
    accounts::ensure_members(connection, roles, now_ms).await?;
    Ok(())
}

fn counts(outcomes: &[Outcome], rejected_before: i64) -> RowCounts {
    let mut counts = RowCounts { total: rejected_before, rejected: rejected_before, ..RowCounts::default() };
    for outcome in outcomes {
        counts.count(outcome);
    }
    counts
}
