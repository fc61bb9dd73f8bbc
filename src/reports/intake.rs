//! Reports in bulk, for imports, and their files.

use std::collections::{BTreeSet, HashMap};

use foundation::batches::{key_batches, row_batches};
use foundation::define_id;
use foundation::files::StoredFile;
use foundation::sealed::Findable;
use foundation::text::search_form;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
};

use super::entity::reports;
use super::readiness::file_arrived;
use crate::orders;

define_id!(
    /// One report.
    ReportId, "rpt"
);

/// What the core system says of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRecord {
    /// Its key over there.
    pub external_id: String,
    /// 报告编号, unique.
    pub report_no: String,
    /// Our unit.
    pub unit_id: String,
    /// Our device.
    pub device_id: String,
    /// 报检人电话.
    pub applicant_phone: Option<String>,
    /// 单位名称.
    pub unit_name: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// 检验结论.
    pub conclusion: Option<String>,
    /// Day of the inspection.
    pub inspected_on: Option<String>,
    /// Day of issue.
    pub issued_on: String,
}

/// A report with what became of it.
#[derive(Debug, Clone)]
pub struct StoredReport {
    /// Which.
    pub id: ReportId,
    /// What the core system says.
    pub record: ReportRecord,
    /// When it was opened to its payer, epoch milliseconds.
    pub released_at: Option<i64>,
    /// SHA-256 of its file, if there is one.
    pub file_sha256: Option<String>,
}

/// Reports that carry one of the external ids.
pub async fn reports_by_external_id<C: ConnectionTrait>(
    connection: &C,
    external_ids: &BTreeSet<String>,
) -> Result<HashMap<String, StoredReport>, DbErr> {
    let mut found = HashMap::new();
    for batch in key_batches(external_ids) {
        let rows = reports::Entity::find().filter(reports::Column::ExternalId.is_in(batch)).all(connection).await?;
        for row in rows {
            let report = stored_report(row);
            found.insert(report.record.external_id.clone(), report);
        }
    }
    Ok(found)
}

/// External id of the report that carries each 报告编号.
pub async fn owners_of_report_nos<C: ConnectionTrait>(
    connection: &C,
    report_nos: &BTreeSet<String>,
) -> Result<HashMap<String, String>, DbErr> {
    let mut found = HashMap::new();
    for batch in key_batches(report_nos) {
        let rows: Vec<(String, String)> = reports::Entity::find()
            .select_only()
            .column(reports::Column::ReportNo)
            .column(reports::Column::ExternalId)
            .filter(reports::Column::ReportNo.is_in(batch))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// What one unit was given before it paid, another one was not.
const CREDIT_AT: &str = "CASE WHEN reports.unit_id <> excluded.unit_id THEN NULL ELSE reports.credit_at END";

/// Makes or updates reports by their id; file and order stay, and so does what was opened on credit while the unit does.
pub async fn save_reports<C: ConnectionTrait>(
    connection: &C,
    saved: Vec<StoredReport>,
    now_ms: i64,
) -> Result<(), DbErr> {
    use reports::Column as C;
    let update = OnConflict::column(C::Id)
        .update_columns([
            C::ReportNo,
            C::UnitId,
            C::DeviceId,
            C::ApplicantPhone,
            C::UnitName,
            C::DeviceName,
            C::DeviceKind,
            C::RegistrationCode,
            C::FactorySerialNo,
            C::Conclusion,
            C::InspectedOn,
            C::IssuedOn,
            C::ReleasedAt,
            C::SearchText,
            C::UpdatedAt,
        ])
        .value(C::CreditAt, Expr::cust(CREDIT_AT))
        .to_owned();
    for batch in row_batches(saved.into_iter().map(|report| row_of_report(report, now_ms))) {
        reports::Entity::insert_many(batch).on_conflict(update.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Holds the orders that paid for these reports until the transaction ends: whoever closes the reports of an order holds the
/// order first, and two who took them the other way round would wait for each other in a circle.
pub async fn hold_orders<C: ConnectionTrait>(connection: &C, of: &[&ReportId]) -> Result<(), DbErr> {
    let ids = reports::Entity::find()
        .select_only()
        .column(reports::Column::OrderId)
        .filter(reports::Column::Id.is_in(of.iter().map(|report| report.as_str())))
        .filter(reports::Column::OrderId.is_not_null());
    orders::lock_rows(connection, ids.into_query()).await.map(drop)
}

/// A stored file that is to be the one of a report.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Of which report.
    pub report: ReportId,
    /// Where it is.
    pub stored: StoredFile,
    /// When it was handed in, or its address told for the first time, epoch milliseconds.
    pub asked_at: i64,
}

/// What became of a file that was to be the one of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// It is the one of now.
    Kept,
    /// The report has a file that was asked for later; nothing was changed.
    Newer,
    /// There is no such report.
    NoReport,
}

/// Keeps where the file of a report is, unless it has one that was asked for later: a file that took hours to come is not
/// newer than what was handed in meanwhile. When this was the last file that a paid order was waiting for, its payer is
/// told. Whoever keeps several holds their orders first ([`hold_orders`]).
pub async fn attach_file<C: ConnectionTrait>(connection: &C, new: &NewFile, now_ms: i64) -> Result<Attached, DbErr> {
    let NewFile { report, stored: file, asked_at } = new;
    let Some(before) = reports::Entity::find_by_id(report.as_str()).one(connection).await? else {
        return Ok(Attached::NoReport);
    };
    let updated = reports::Entity::update_many()
        .col_expr(reports::Column::FileKey, Expr::value(file.key.as_str()))
        .col_expr(reports::Column::FileSha256, Expr::value(file.sha256.as_str()))
        .col_expr(reports::Column::FileBytes, Expr::value(file.bytes))
        .col_expr(reports::Column::FileAskedAt, Expr::value(*asked_at))
        .col_expr(reports::Column::UpdatedAt, Expr::value(now_ms))
        .filter(reports::Column::Id.eq(report.as_str()))
        .filter(reports::Column::FileAskedAt.lte(*asked_at))
        .exec(connection)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(Attached::Newer);
    }
    if before.file_key.is_none() {
        file_arrived(connection, report.as_str(), now_ms).await?;
    }
    Ok(Attached::Kept)
}

fn stored_report(row: reports::Model) -> StoredReport {
    StoredReport {
        id: ReportId::from_stored(row.id),
        released_at: row.released_at,
        file_sha256: row.file_sha256,
        record: ReportRecord {
            external_id: row.external_id,
            report_no: row.report_no,
            unit_id: row.unit_id,
            device_id: row.device_id,
            applicant_phone: row.applicant_phone.map(String::from),
            unit_name: row.unit_name,
            device_name: row.device_name,
            device_kind: row.device_kind,
            registration_code: row.registration_code,
            factory_serial_no: row.factory_serial_no,
            conclusion: row.conclusion,
            inspected_on: row.inspected_on,
            issued_on: row.issued_on,
        },
    }
}

fn row_of_report(report: StoredReport, now_ms: i64) -> reports::ActiveModel {
    let record = report.record;
    let serial = record.factory_serial_no.as_deref().unwrap_or("");
    let search_text = [&record.unit_name, &record.registration_code, serial, &record.report_no, &record.device_name]
        .map(search_form)
        .join("\n");
    reports::ActiveModel {
        id: Set(report.id.into()),
        external_id: Set(record.external_id),
        report_no: Set(record.report_no),
        unit_id: Set(record.unit_id),
        device_id: Set(record.device_id),
        applicant_phone: Set(record.applicant_phone.map(Findable::from)),
        unit_name: Set(record.unit_name),
        device_name: Set(record.device_name),
        device_kind: Set(record.device_kind),
        registration_code: Set(record.registration_code),
        factory_serial_no: Set(record.factory_serial_no),
        conclusion: Set(record.conclusion),
        inspected_on: Set(record.inspected_on),
        issued_on: Set(record.issued_on),
        file_key: Set(None),
        file_sha256: Set(None),
        file_bytes: Set(None),
        order_id: Set(None),
        released_at: Set(report.released_at),
        search_text: Set(search_text),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
        credit_at: Set(None),
        file_asked_at: Set(0),
    }
}
