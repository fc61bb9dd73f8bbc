//! Reports as the institute's people look for them.

use foundation::calendar::{beijing_date, print_date};
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::sealed::Findable;
use foundation::search::{REPORTS, containing};
use foundation::text::search_form;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::reports::{Column, Entity, Model};

/// What others may know of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFacts {
    /// Which.
    pub id: String,
    /// 报告编号.
    pub report_no: String,
    /// Whose.
    pub unit_id: String,
    /// 单位名称.
    pub unit_name: String,
    /// 报检人电话.
    pub applicant_phone: Option<String>,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// Day of the inspection.
    pub inspected_on: Option<String>,
}

/// A report by its number, held until the transaction ends, so that two who post a fee for it queue up.
pub async fn hold_by_number<C: ConnectionTrait>(
    connection: &C,
    report_no: &str,
    now_ms: i64,
) -> Result<Option<ReportFacts>, Problem> {
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::ReportNo.eq(report_no))
        .exec(connection)
        .await?;
    let row = Entity::find().filter(Column::ReportNo.eq(report_no)).one(connection).await?;
    Ok(row.map(|row| ReportFacts {
        id: row.id,
        report_no: row.report_no,
        unit_id: row.unit_id,
        unit_name: row.unit_name,
        applicant_phone: row.applicant_phone.map(String::from),
        device_name: row.device_name,
        device_kind: row.device_kind,
        registration_code: row.registration_code,
        factory_serial_no: row.factory_serial_no,
        inspected_on: row.inspected_on,
    }))
}

/// A report that the fee desk knows of before the core system tells.
#[derive(Debug, Clone)]
pub struct ReportByHand {
    /// 报告编号.
    pub report_no: String,
    /// Whose.
    pub unit_id: String,
    /// 单位名称.
    pub unit_name: String,
    /// 报检人电话.
    pub applicant_phone: Option<String>,
    /// 设备名称.
    pub device_name: String,
    /// 注册代码; empty for what has none.
    pub registration_code: String,
}

/// Keeps it.
pub async fn insert_by_hand<C: ConnectionTrait>(
    connection: &C,
    report: ReportByHand,
    now_ms: i64,
) -> Result<ReportFacts, Problem> {
    let id = super::intake::ReportId::new().to_string();
    let searched = [&report.unit_name, &report.registration_code, &report.report_no, &report.device_name];
    let row = super::entity::reports::ActiveModel {
        id: Set(id.clone()),
        external_id: Set(format!("desk:{}", report.report_no)),
        report_no: Set(report.report_no.clone()),
        unit_id: Set(report.unit_id.clone()),
        // No device of the core system stands behind it yet.
        device_id: Set(String::new()),
        applicant_phone: Set(report.applicant_phone.as_deref().map(Findable::from)),
        unit_name: Set(report.unit_name.clone()),
        device_name: Set(report.device_name.clone()),
        device_kind: Set(String::new()),
        registration_code: Set(report.registration_code.clone()),
        factory_serial_no: Set(None),
        conclusion: Set(None),
        inspected_on: Set(None),
        issued_on: Set(print_date(beijing_date(now_ms))),
        file_key: Set(None),
        file_sha256: Set(None),
        file_bytes: Set(None),
        order_id: Set(None),
        released_at: Set(None),
        search_text: Set(searched.map(|text| search_form(text)).join("\n")),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
        credit_at: Set(None),
        file_asked_at: Set(0),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(ReportFacts {
        id,
        report_no: report.report_no,
        unit_id: report.unit_id,
        unit_name: report.unit_name,
        applicant_phone: report.applicant_phone,
        device_name: report.device_name,
        device_kind: String::new(),
        registration_code: report.registration_code,
        factory_serial_no: None,
        inspected_on: None,
    })
}

/// A report in a list of the institute's people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffReport {
    /// Which.
    pub id: String,
    /// 报告编号.
    pub report_no: String,
    /// The unit.
    pub unit_id: String,
    /// 单位名称.
    pub unit_name: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 检验结论.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<String>,
    /// Day of issue.
    pub issued_on: String,
    /// Whether its file is there.
    pub has_file: bool,
    /// The order that paid for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// When it was opened to its payer, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<i64>,
    /// For people: 待缴费, 待上传, 可下载.
    pub state_text: String,
}

impl From<Model> for StaffReport {
    fn from(row: Model) -> Self {
        let state_text = match (row.released_at, &row.file_key) {
            (None, _) => "待缴费",
            (Some(_), None) => "待上传",
            (Some(_), Some(_)) => "可下载",
        };
        Self {
            state_text: state_text.to_owned(),
            has_file: row.file_key.is_some(),
            id: row.id,
            report_no: row.report_no,
            unit_id: row.unit_id,
            unit_name: row.unit_name,
            device_name: row.device_name,
            device_kind: row.device_kind,
            registration_code: row.registration_code,
            conclusion: row.conclusion,
            issued_on: row.issued_on,
            order_id: row.order_id,
            released_at: row.released_at,
        }
    }
}

/// One page of all reports, newest first.
pub async fn staff_report_page<C: ConnectionTrait>(
    connection: &C,
    q: Option<&str>,
    wanted: &PageRequest,
) -> Result<Page<StaffReport>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(wanted.limit() + 1);
    select = select.filter(containing(connection, REPORTS, q.unwrap_or("")));
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(connection).await?;
    Ok(Page::from_rows(rows, wanted.limit(), |row| row.id.clone()).map(StaffReport::from))
}
