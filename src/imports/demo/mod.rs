//! The demo data: a small institute that a person can check by hand, with every edge that the product must bear. It
//! comes in through the same door as everything else, an import file; only passwords, orders and the one unit that
//! registered here are made afterwards.

mod console;
mod credit;
mod maker;
mod orders;
mod other_money;
mod past_day;
mod people;
mod reports;
mod rows;
mod units;
mod waiting;

use std::path::Path;

use anyhow::{Context, ensure};
use time::{Date, Duration, OffsetDateTime};

use super::service::import_file;
use super::writer::{Cells, TableWriter};
use crate::app::SharedApp;
use crate::reports::intake::reports_by_external_id;

pub use credit::make_credit;
pub use orders::{completed_orders, make_orders};
pub use other_money::make_other_money;
pub use past_day::{PaidBefore, compare_past_day, pay_on_past_day};
pub use people::{DEMO_PASSWORD, DemoLogin};
pub use waiting::until_found;

/// Name of two units with one payable fee each: the shortest way to pay.
pub const UNIT_WITH_ONE_FEE: &str = units::NAMESAKE_NORTH.name;

/// What was before: reports of earlier years and those that [`make_orders`] makes orders of. A second call changes
/// nothing.
///
/// # Errors
/// When a row of the demo data is rejected, or the database or the file store fails.
pub async fn seed_history(app: &SharedApp) -> anyhow::Result<()> {
    let today = first_day(app).await?;
    import(app, "往期.csv", rows::history(today)).await
}

/// What is new and payable, and the demo people's password. Comes after the orders, so that the newest message of a phone
/// tells of a fee. A second call changes nothing.
///
/// # Errors
/// As [`seed_history`].
pub async fn seed_current(app: &SharedApp) -> anyhow::Result<Vec<DemoLogin>> {
    let today = first_day(app).await?;
    import(app, "本期.csv", rows::current(today)).await?;
    maker::register(app).await?;
    people::give_passwords(app).await
}

/// One file, as an institute would send it.
async fn import(app: &SharedApp, name: &str, rows: Vec<rows::DemoRow>) -> anyhow::Result<()> {
    let directory = std::env::temp_dir().join(foundation::ids::new_id_text("demo-import"));
    std::fs::create_dir_all(&directory).context("无法建立演示数据的临时目录")?;
    let imported = import_from(app, &directory, name, rows).await;
    std::fs::remove_dir_all(&directory).context("无法删除演示数据的临时目录")?;
    imported
}

async fn import_from(app: &SharedApp, directory: &Path, name: &str, rows: Vec<rows::DemoRow>) -> anyhow::Result<()> {
    let rows = reports::write_files(&app.config.service.institute_name, directory, rows).await?;
    let path = directory.join(name);
    write_table(&path, &rows)?;
    let summary = import_file(app, &path, |_| ()).await?;
    ensure!(summary.rows.rejected == 0, "演示数据有误：{:?}", summary.errors);
    Ok(())
}

fn write_table(path: &Path, rows: &[Cells]) -> anyhow::Result<()> {
    let mut writer = TableWriter::new(std::fs::File::create(path)?)?;
    for row in rows {
        writer.write(row)?;
    }
    writer.finish()
}

/// The day on which the demo data stands: today, or the day of the first seeding.
async fn first_day(app: &SharedApp) -> anyhow::Result<Date> {
    let first = rows::FIRST_REPORT_NO.to_owned();
    let known = reports_by_external_id(app.database.reader(), &[first.clone()].into()).await?;
    if let Some(report) = known.get(&first) {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let issued = Date::parse(&report.record.issued_on, &format).context("issued_on")?;
        return Ok(issued + Duration::days(rows::FIRST_REPORT_AGE_DAYS));
    }
    let seconds = app.now_ms().div_euclid(1_000) + 8 * 3_600;
    Ok(OffsetDateTime::from_unix_timestamp(seconds).context("now")?.date())
}
