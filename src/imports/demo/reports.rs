//! The report files of the demo data.

use std::path::Path;

use anyhow::Context;

use super::rows::{DemoRow, Pdf};
use crate::documents::{SampleReport, sample_report};
use crate::imports::columns::Field;
use crate::imports::writer::Cells;

/// The one file of all reports that share theirs.
const SHARED_NAME: &str = "shared.pdf";
/// Files made on one thread before the next thread starts.
const FILES_PER_THREAD: usize = 32;

/// Makes the files in `directory` and says in each row where its file is.
pub async fn write_files(institute_name: &str, directory: &Path, rows: Vec<DemoRow>) -> anyhow::Result<Vec<Cells>> {
    let mut to_make: Vec<(String, SampleReport)> = Vec::new();
    let mut written = Vec::with_capacity(rows.len());
    for DemoRow { mut cells, pdf } in rows {
        let name = match pdf {
            Pdf::Missing => String::new(),
            Pdf::Own => format!("{}.pdf", cells.get(Field::ReportNo)),
            Pdf::Shared => SHARED_NAME.to_owned(),
        };
        let is_made = pdf == Pdf::Shared && to_make.last().is_some_and(|(last, _)| last == SHARED_NAME);
        if pdf != Pdf::Missing && !is_made {
            to_make.push((name.clone(), content(institute_name, &cells, pdf)));
        }
        cells.set(Field::ReportFile, name);
        written.push(cells);
    }
    let making: Vec<_> = to_make
        .chunks(FILES_PER_THREAD)
        .map(|files| {
            let (files, directory) = (files.to_vec(), directory.to_owned());
            tokio::task::spawn_blocking(move || {
                files.iter().try_for_each(|(name, report)| -> anyhow::Result<()> {
                    std::fs::write(directory.join(name), sample_report(report)?).context("无法写示例报告")
                })
            })
        })
        .collect();
    for made in making {
        made.await??;
    }
    Ok(written)
}

fn content(institute_name: &str, cells: &Cells, pdf: Pdf) -> SampleReport {
    let text = |field: Field| cells.get(field).to_owned();
    let is_shared = pdf == Pdf::Shared;
    let own_or = |field: Field, shared: &str| if is_shared { shared.to_owned() } else { text(field) };
    SampleReport {
        institute_name: institute_name.to_owned(),
        report_no: own_or(Field::ReportNo, "示例（集团各梯通用）"),
        unit_name: text(Field::UnitName),
        device_name: text(Field::DeviceName),
        device_kind: text(Field::DeviceKind),
        registration_code: own_or(Field::RegistrationCode, "—"),
        factory_serial_no: (!is_shared).then(|| text(Field::FactorySerialNo)),
        place: (!is_shared).then(|| text(Field::Place)),
        conclusion: text(Field::Conclusion),
        inspected_on: Some(text(Field::InspectedOn)),
        issued_on: text(Field::IssuedOn),
    }
}
