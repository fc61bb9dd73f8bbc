//! The same looks while the number of reports grows: what is fast today stays so.

use crate::callbacks::Orders;
use crate::lists;
use crate::report::Report;
use crate::seed;
use crate::settings::Settings;
use crate::stage::Stage;

/// Measures list and search over each number of reports, in a database of its own that is thrown away.
pub fn measure(
    open: impl Fn() -> anyhow::Result<Option<Stage>>,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    for rows in &settings.growth {
        let Some(stage) = open()? else { return Ok(()) };
        let size = settings.with_rows(*rows);
        seed::keep_words(&stage, false)?;
        seed::units_and_fees(&stage, size.rows, size.units())?;
        lists::measure_growth(&stage, &size, &mut Orders::new(size.units()), report)?;
        report.progress(&format!("{}: {rows} reports", stage.name));
    }
    Ok(())
}
