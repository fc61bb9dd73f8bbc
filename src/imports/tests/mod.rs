//! Imports through their public door, on a database of their own.

mod contradictions;
mod demo;
mod files;
mod integration;
mod rows;
mod scale;
mod sources;

use std::path::PathBuf;

use foundation::clock::ManualClock;
use sea_orm::{ConnectionTrait, Statement};

use super::columns::COLUMNS;
use super::{ImportSummary, import_file};
use crate::app::SharedApp;
use crate::fees::intake::{StoredFee, fees_for_update};
use crate::reports::intake::{StoredReport, reports_by_external_id};

/// An application with a directory for import files.
pub struct Intake {
    pub app: SharedApp,
    pub clock: std::sync::Arc<ManualClock>,
    pub directory: PathBuf,
}

impl Intake {
    pub async fn new() -> Self {
        Self::with(crate::testing::config()).await
    }

    pub async fn with(config: foundation::config::Config) -> Self {
        let (app, clock) = crate::testing::app_with(config).await;
        let directory = std::env::temp_dir().join(foundation::ids::new_id_text("intake"));
        std::fs::create_dir_all(&directory).unwrap();
        Self { app, clock, directory }
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Imports rows written as CSV.
    pub async fn import(&self, rows: &[Row]) -> ImportSummary {
        let path = self.write("fees.csv", csv_of(rows));
        import_file(&self.app, &path, |_| {}).await.unwrap()
    }

    pub async fn fee(&self, external_id: &str) -> Option<StoredFee> {
        let ids = [external_id.to_owned()].into();
        fees_for_update(self.app.database.reader(), &ids).await.unwrap().remove(external_id)
    }

    pub async fn report(&self, external_id: &str) -> Option<StoredReport> {
        let ids = [external_id.to_owned()].into();
        reports_by_external_id(self.app.database.reader(), &ids).await.unwrap().remove(external_id)
    }

    /// One number from the database.
    pub async fn count(&self, sql: &str) -> i64 {
        let reader = self.app.database.reader();
        let statement = Statement::from_string(reader.get_database_backend(), sql);
        reader.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    pub async fn execute(&self, sql: &str) {
        let transaction = self.app.database.begin_write().await.unwrap();
        transaction.execute_unprepared(sql).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// The error file of an import as text.
    pub async fn error_file(&self, summary: &ImportSummary) -> String {
        let path = self.directory.join("errors.csv");
        super::save_error_file(&self.app, &summary.id, &path).await.unwrap();
        std::fs::read_to_string(path).unwrap()
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.directory).ok();
    }
}

/// A row under construction: cells by the English name of their column.
#[derive(Clone)]
pub struct Row(Vec<(&'static str, String)>);

/// A good row number `number`; all rows belong to one unit and applicant.
pub fn row(number: u32) -> Row {
    Row(vec![
        ("unit_id", "U001".into()),
        ("unit_name", "示例物业001有限公司".into()),
        ("uscc", "91500000DEM0000145".into()),
        ("applicant_name", "测试一号".into()),
        ("applicant_phone", "13900000001".into()),
        ("device_name", "曳引驱动乘客电梯".into()),
        ("registration_code", format!("3110500112201603{number:04}")),
        ("factory_serial_no", format!("SN-{number}")),
        ("place", "示例路 1 号".into()),
        ("report_no", format!("DT-DJ-2026-{number:07}")),
        ("conclusion", "合格".into()),
        ("inspected_on", "2026-07-01".into()),
        ("issued_on", "2026-07-10".into()),
        ("fee_id", format!("F{number:07}")),
        ("amount", "605.00".into()),
        ("receipt_class", "非税".into()),
        ("payee_code", "P-NT".into()),
        ("payee_name", "示例特检院".into()),
        ("payee_bank_name", "示例银行".into()),
        ("payee_bank_account", "0011223344556677".into()),
    ])
}

impl Row {
    /// The same row with one cell replaced.
    pub fn with(mut self, alias: &'static str, text: impl Into<String>) -> Self {
        assert!(COLUMNS.iter().any(|column| column.alias == alias), "no column {alias}");
        self.0.retain(|(name, _)| *name != alias);
        self.0.push((alias, text.into()));
        self
    }

    fn cells(&self) -> Vec<String> {
        let text = |alias: &str| self.0.iter().find(|(name, _)| *name == alias).map_or("", |(_, text)| text).to_owned();
        COLUMNS.iter().map(|column| text(column.alias)).collect()
    }
}

/// Rows under the Chinese headers of the template.
pub fn csv_of(rows: &[Row]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS.iter().map(|column| column.header)).unwrap();
    for row in rows {
        writer.write_record(row.cells()).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}
