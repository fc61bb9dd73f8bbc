//! What comes from the core system: rows of a file become units, devices, reports and fees.

use std::path::Path;
use std::time::Instant;

use tejian::imports::generator::{Generated, write_csv};
use tejian::imports::import_file;
use time::OffsetDateTime;

use crate::report::{Report, Row};
use crate::seed::{keep_words, payable_fees};
use crate::settings::Settings;
use crate::stage::Stage;

/// Rows of one file.
const ROWS: i64 = 20_000;
/// Fees that the limit makes are numbered from here.
const FIRST_BARE: i64 = 50_000_000_000;

/// Measures files with other rows each time, with the parts of the texts kept beside them and without.
pub fn measure(stage: &Stage, settings: &Settings, directory: &Path, report: &mut Report) -> anyhow::Result<()> {
    let mut bare = FIRST_BARE;
    for round in 0..settings.rounds {
        let name = if stage.is_sqlite() { "import, rows" } else { "import, rows, with the index of words" };
        one(stage, directory, name, round as u64 * 2, report)?;
        let started = Instant::now();
        payable_fees(stage, bare, bare + ROWS, "(i % 100)")?;
        bare += ROWS;
        let limit = ROWS as f64 / started.elapsed().as_secs_f64();
        report.add_limit(stage, name, "INSERT … SELECT of reports and fees", Some(limit));
        if !stage.is_sqlite() {
            keep_words(stage, false)?;
            let without =
                one(stage, directory, "import, rows, without the index of words", round as u64 * 2 + 1, report);
            keep_words(stage, true)?;
            without?;
        }
        report.progress(&format!("{}: imports, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

fn one(stage: &Stage, directory: &Path, name: &str, seed: u64, report: &mut Report) -> anyhow::Result<()> {
    let path = directory.join(format!("import-{seed}.csv"));
    let today = OffsetDateTime::from_unix_timestamp(stage.app.now_ms() / 1_000)?.date();
    let mut content = Vec::new();
    write_csv(&mut content, Generated { rows: ROWS as u64, seed, today })?;
    // Other devices, reports and fees than those of the files before.
    let content = String::from_utf8(content)?;
    let names = [("GD", format!("D{seed}x")), ("GF", format!("F{seed}x")), ("G-", format!("R{seed}-"))];
    let content = names.iter().fold(content, |content, (general, own)| content.replace(general, own));
    std::fs::write(&path, content)?;
    let before = stage.number("SELECT COUNT(*) FROM fees")?;
    let used = stage.processor.used();
    let started = Instant::now();
    let summary = stage.wait(import_file(&stage.app, &path, |_| {}))?;
    let elapsed = started.elapsed();
    let now_used = stage.processor.used();
    let made = stage.number("SELECT COUNT(*) FROM fees")? - before;
    let rows = summary.rows.total;
    anyhow::ensure!(rows == ROWS && summary.rows.rejected == 0, "{rows} rows, {} rejected", summary.rows.rejected);
    anyhow::ensure!(made == ROWS, "{made} fees");
    report.add(stage, name, Row::of_batch(ROWS, elapsed, used, now_used));
    std::fs::remove_file(path)?;
    Ok(())
}
