//! Measures the application over real HTTP beside the limits of its database: `make bench`.
//!
//! Nothing here asserts a speed; what is asserted is that every measured answer was right. Sizes come from the
//! environment, see [`settings`].

mod callbacks;
mod chart;
mod checkout;
mod downloads;
mod driver;
mod goals;
mod growth;
mod imports;
mod limits;
mod lists;
mod nation;
mod nodes;
mod outbox;
mod processor;
mod pushes;
mod report;
mod seed;
mod settings;
mod settlement;
mod stage;
mod stand_in;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::callbacks::Orders;
use crate::report::Report;
use crate::settings::Settings;
use crate::stage::Stage;

/// As the delivered program.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    // Asked for by `cargo test --benches`: there is nothing to test without measuring.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return Ok(());
    }
    foundation::telemetry::start_logs("error", false);
    let settings = Settings::from_environment()?;
    let directory = directory();
    std::fs::create_dir_all(&directory)?;
    let mut report = Report::default();
    if settings.wants("sqlite") {
        measure(&Stage::sqlite(&directory)?, &settings, &directory, &mut report)?;
        measure_apart(|folder| Stage::sqlite(folder).map(Some), &settings, &directory, &mut report)?;
    }
    if settings.wants("postgres") {
        match Stage::postgres(&directory)? {
            Some(stage) => measure(&stage, &settings, &directory, &mut report)?,
            None => report.progress("no PostgreSQL was started (scripts/with_services.sh does): left out"),
        }
        measure_apart(Stage::postgres, &settings, &directory, &mut report)?;
    }
    if settings.wants_part("nodes") {
        nodes::sizes(&mut report)?;
    }
    report.publish(&settings, &directory)
}

fn measure(stage: &Stage, settings: &Settings, directory: &Path, report: &mut Report) -> anyhow::Result<()> {
    let started = Instant::now();
    seed::units_and_fees(stage, settings.rows, settings.units())?;
    report.progress(&format!("{}: {} reports in {:.0?}", stage.name, settings.rows, started.elapsed()));
    let mut orders = Orders::new(settings.units());
    if settings.wants_part("lists") {
        lists::measure(stage, settings, &mut orders, report)?;
    }
    if settings.wants_part("callbacks") {
        callbacks::measure(stage, settings, &mut orders, report)?;
    }
    if settings.wants_part("checkout") {
        checkout::measure(stage, settings, report)?;
    }
    if settings.wants_part("pushes") {
        pushes::measure(stage, settings, report)?;
    }
    if settings.wants_part("downloads") {
        downloads::measure(stage, settings, &mut orders, report)?;
    }
    if settings.wants_part("nodes") {
        nodes::measure(stage, settings, directory, report)?;
    }
    if settings.wants_part("imports") {
        imports::measure(stage, settings, directory, report)?;
    }
    Ok(())
}

/// What is measured in databases of its own, which are thrown away.
fn measure_apart(
    open: impl Fn(&Path) -> anyhow::Result<Option<Stage>>,
    settings: &Settings,
    directory: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let folder = directory.join("apart");
    std::fs::create_dir_all(&folder)?;
    if settings.wants_part("outbox")
        && let Some(stage) = open(&folder)?
    {
        let size = settings.with_rows(OUTBOX_ROWS);
        seed::units_and_fees(&stage, size.rows, size.units())?;
        outbox::measure(&stage, &size, &mut Orders::new(size.units()), report)?;
    }
    if settings.wants_part("growth") {
        growth::measure(|| open(&folder), settings, report)?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Reports in the database in which messages are sent.
const OUTBOX_ROWS: i64 = 50_000;

/// `bench/` in cargo's target directory, where this program was built.
fn directory() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.map_or_else(|| Path::new("target").to_owned(), Path::to_owned).join("bench")
}
