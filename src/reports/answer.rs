//! Reports as the front end sees them.

use serde::Serialize;
use utoipa::ToSchema;

use super::entity::reports::Model;
use super::intake::ReportId;

/// One report of the scope.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    /// Which.
    pub id: ReportId,
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类, such as 电梯.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factory_serial_no: Option<String>,
    /// 单位名称.
    pub unit_name: String,
    /// 检验结论.
    pub conclusion: String,
    /// 签发日期, `YYYY-MM-DD`.
    pub issued_on: String,
    /// The order that paid for it, or whose money went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Whether the file can be downloaded now.
    pub downloadable: bool,
    /// Why not: 未缴费, 已退款, or 报告上传中.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_reason: Option<String>,
    /// Size of the file, when it can be downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
}

impl From<Model> for Report {
    fn from(row: Model) -> Self {
        let blocked_reason = match (row.released_at, &row.file_key) {
            (None, _) if row.order_id.is_some() => Some("已退款".to_owned()),
            (None, _) => Some("未缴费".to_owned()),
            (Some(_), None) => Some("报告上传中".to_owned()),
            (Some(_), Some(_)) => None,
        };
        let downloadable = blocked_reason.is_none();
        Self {
            id: ReportId::from_stored(row.id),
            report_no: row.report_no,
            device_name: row.device_name,
            device_kind: row.device_kind,
            registration_code: row.registration_code,
            factory_serial_no: row.factory_serial_no,
            unit_name: row.unit_name,
            conclusion: row.conclusion.unwrap_or_default(),
            issued_on: row.issued_on,
            order_id: row.order_id,
            downloadable,
            blocked_reason,
            bytes: row.file_bytes.filter(|_| downloadable),
        }
    }
}
