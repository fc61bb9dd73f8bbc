//! Files and requests of a core system, for tests that throw bytes at them (`crate::doors`).

use foundation::ids::new_id_text;

use super::columns::Layout;
use super::integration::batch::FeeBatch;
use super::report_file::FileRules;
use super::row::{RawRow, ReportFile, read_row};
use super::source::read_rows;
use crate::web::parse_json;

fn rules() -> FileRules {
    FileRules::new(None, "files.example.cn")
}

/// Reads a row under a layout: facts within their bounds, or the reasons why not.
fn take(row: &RawRow, layout: &Layout) {
    match read_row(row, layout, &rules()) {
        Err(reasons) => assert!(!reasons.is_empty(), "a refusal says why"),
        Ok(facts) => {
            assert!((0..=10_000_000_000).contains(&facts.fee.amount.0), "{:?}", facts.fee.amount);
            assert!(!facts.report.report_no.is_empty() && !facts.fee.external_id.is_empty());
            assert!(facts.device.name.chars().count() <= 100 && facts.fee.external_id.chars().count() <= 64);
            match facts.report.file {
                ReportFile::Local(path) => panic!("a path over the network: {}", path.display()),
                ReportFile::Remote(url) => assert_eq!(url.host_str(), Some("files.example.cn")),
                ReportFile::None => {}
            }
        }
    }
}

/// A file of fees, CSV or XLSX.
pub fn fee_file(bytes: &[u8]) {
    let path = std::env::temp_dir().join(new_id_text("door"));
    std::fs::write(&path, bytes).expect("the temporary directory takes files");
    let mut layout = None;
    let mut line_before = 0;
    let _read_or_refused = read_rows(&path, &mut |row| {
        assert!(row.cells.len() <= 200, "so many cells are looked at");
        assert!(row.line > line_before, "line {} after {line_before}", row.line);
        line_before = row.line;
        match &layout {
            None => match Layout::of_header(&row.cells) {
                Ok(found) => layout = Some(found),
                // Rows are read under the layout of the template then.
                Err(reason) => {
                    assert!(!reason.is_empty());
                    layout = Some(Layout::complete());
                }
            },
            Some(layout) => take(&row, layout),
        }
        Ok(true)
    });
    std::fs::remove_file(&path).expect("what was written can be removed");
}

/// The body of a signed request of the core system. What is read says the same when it is written and read again.
pub fn core_system_batch(bytes: &[u8]) {
    let Ok(batch) = parse_json::<FeeBatch>(bytes) else { return };
    let written = serde_json::to_vec(&batch).expect("what was read can be written");
    let again = parse_json::<FeeBatch>(&written).expect("what was written can be read");
    let rows = batch.into_rows();
    assert_eq!(rows, again.into_rows());
    let layout = Layout::complete();
    rows.iter().for_each(|row| take(row, &layout));
}
