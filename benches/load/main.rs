//! Measures the application over real HTTP beside the limits of its database: `make bench`.
//!
//! Nothing here asserts a speed; what is asserted is that every measured answer was right. Sizes come from the
//! environment, see [`settings`].

mod callbacks;
mod checkout;
mod driver;
mod limits;
mod lists;
mod processor;
mod report;
mod seed;
mod settings;
mod settlement;
mod stage;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::callbacks::Orders;
use crate::report::Report;
use crate::settings::Settings;
use crate::stage::Stage;

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
        measure(&Stage::sqlite(&directory)?, &settings, &mut report)?;
    }
    if settings.wants("postgres") {
        match Stage::postgres(&directory)? {
            Some(stage) => measure(&stage, &settings, &mut report)?,
            None => report.progress("no PostgreSQL was started (scripts/with_services.sh does): left out"),
        }
    }
    report.publish(&settings, &directory.join("results.md"))
}

fn measure(stage: &Stage, settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
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
    Ok(())
}

/// `bench/` in cargo's target directory, where this program was built.
fn directory() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.map_or_else(|| Path::new("target").to_owned(), Path::to_owned).join("bench")
}
